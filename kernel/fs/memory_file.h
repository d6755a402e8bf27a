/* Files that are nothing but memory: memfd_create(). They lie in a file system of their own, have no names
 * and get none. */
#ifndef LINTEL_FS_MEMORY_FILE_H
#define LINTEL_FS_MEMORY_FILE_H

#include "fs/file.h"

/* Errors: -ENOMEM. Context: early boot, once, after tmpfs_setup() and mount_setup(). */
int memory_file_setup(void);

/* An empty file, open for reading and writing, with permissions `mode` and F_SEAL_* `seals`. Errors: -ENFILE,
 * -ENOMEM. Context: thread.  Sleeps: yes. */
int memory_file_create(const struct credentials *who, uint32_t mode, unsigned seals, struct file **ret_file);

#endif
