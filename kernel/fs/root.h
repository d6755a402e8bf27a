/* The root file system: a tmpfs, filled from the initrd. */
#ifndef LINTEL_FS_ROOT_H
#define LINTEL_FS_ROOT_H

#include <stddef.h>

#include "fs/path.h"

/* Set up files of all kinds and make the root, from the initrd's bytes (size 0: there is none). What of it
 * cannot be unpacked is logged. *ret_root is the root's place, with references. Errors: -ENOMEM.
 * Context: early boot, once, after random_seed(). */
int root_setup(const void *initrd, size_t size, struct path *ret_root);

#endif
