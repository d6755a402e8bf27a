/* Where a process's paths begin. */
#ifndef LINTEL_PROCFS_PROCESS_ROOT_H
#define LINTEL_PROCFS_PROCESS_ROOT_H

#include <stdbool.h>

#include "fs/path.h"

struct process;

/* Its root and working directory (NULL: not wanted), with references. False: it has none any more. Context:
 * thread. Takes: process_tree, fs_context.lock. */
bool process_get_paths(struct process *process, struct path *ret_root, struct path *ret_directory);

/* The caller's root, with references; what the very top is, for a thread of the kernel. */
bool process_get_own_root(struct path *ret_root);

#endif
