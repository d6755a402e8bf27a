/* The locks of fcntl(). */
#ifndef LINTEL_SYSCALL_FILE_LOCK_CALL_H
#define LINTEL_SYSCALL_FILE_LOCK_CALL_H

#include "fs/file.h"
#include "mm/types.h"

/* F_GETLK, F_SETLK, F_SETLKW, and their kin for open files; `argument` is a struct flock. Errors: Linux's.
 * Context: system call. */
int64_t fcntl_lock(struct file *file, unsigned command, user_ptr_t argument);

#endif
