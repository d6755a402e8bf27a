/* New descriptors of the calling process. Context of all functions: system call. */
#ifndef LINTEL_SYSCALL_DESCRIPTOR_H
#define LINTEL_SYSCALL_DESCRIPTOR_H

#include "fs/fd_table.h"
#include "proc/process.h"

/* Below which number descriptors must lie: RLIMIT_NOFILE, or FD_TABLE_MAX. */
unsigned descriptor_limit(void);

/* The lowest free descriptor for a file, whose reference is used up, also by an error. flags: O_CLOEXEC
 * counts. Errors: -EMFILE, -ENOMEM. */
int descriptor_install(struct file *file, unsigned flags);

/* The same for two files, whose descriptors are told to the program: all or nothing. Errors: also -EFAULT. */
int descriptor_install_pair(struct file *const files[2], unsigned flags, user_ptr_t destination);

#endif
