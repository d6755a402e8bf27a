/* The file of a descriptor, for as long as a system call uses it. A process with one thread and descriptors
 * of its own needs no reference: nobody can close the file meanwhile. */
#ifndef LINTEL_SYSCALL_FILE_USE_H
#define LINTEL_SYSCALL_FILE_USE_H

#include <stdbool.h>

#include "fs/fd_table.h"
#include "proc/process.h"

struct file_use {
    struct file *file; /* NULL: the descriptor is not open, -EBADF; then nothing is to be ended */
    bool has_reference;
};

/* The file of a descriptor that nobody else can close; NULL if that cannot be said without looking closer.
 * Context: system call. */
static inline struct file *file_use_peek(unsigned fd)
{
    const struct process *process = process_current();
    struct fd_table *files = process->files;

    return process->thread_count == 1 && fd_table_is_private(files) ? fd_table_peek(files, fd) : NULL;
}

/* Context: system call. */
static inline struct file_use file_use_begin(unsigned fd)
{
    const struct process *process = process_current();
    struct fd_table *files = process->files;

    if (process->thread_count == 1 && fd_table_is_private(files))
        return (struct file_use){fd_table_peek(files, fd), false};
    return (struct file_use){fd_table_lookup(files, fd), true};
}

static inline void file_use_end(struct file_use use)
{
    if (use.has_reference)
        file_unref(use.file);
}

/* The same, but -EBADF also for what was opened by O_PATH. */
static inline struct file_use file_use_begin_open(unsigned fd)
{
    struct file_use use = file_use_begin(fd);

    if (use.file != NULL && (use.file->flags & O_PATH) != 0) {
        file_use_end(use);
        use.file = NULL;
    }
    return use;
}

#endif
