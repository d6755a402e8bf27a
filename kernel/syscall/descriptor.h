/* Giving a program a descriptor for a new file. Context: system call. */
#ifndef LINTEL_SYSCALL_DESCRIPTOR_H
#define LINTEL_SYSCALL_DESCRIPTOR_H

#include "fs/fd_table.h"
#include "proc/process.h"

/* The lowest free descriptor for `file`, whose reference goes to it, or is given back on error. flags:
 * O_CLOEXEC. Errors: -EMFILE, -ENOMEM. */
static inline int descriptor_install(struct file *file, unsigned flags)
{
    uint64_t limit = limit_current(RLIMIT_NOFILE);
    int fd =
        fd_table_add(process_current()->files, file, 0, limit < FD_TABLE_MAX ? (unsigned)limit : FD_TABLE_MAX,
                     (flags & O_CLOEXEC) != 0 ? FD_CLOSE_ON_EXEC : 0);

    file_unref(file);
    return fd;
}

#endif
