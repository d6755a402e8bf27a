/* Descriptors: the small numbers by which a process names its open files.
 *
 * Context of all functions: thread, no spin lock held; of fd_table_lookup() any.  Takes: the table's spin
 * lock. */
#ifndef LINTEL_FS_FD_TABLE_H
#define LINTEL_FS_FD_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "arch/x86_64/cpu.h"
#include "core/spinlock.h"
#include "fs/file.h"

#define FD_CHUNK_SLOTS 64u
#define FD_CHUNKS 64u
#define FD_TABLE_MAX (FD_CHUNK_SLOTS * FD_CHUNKS) /* descriptors at most: the highest RLIMIT_NOFILE */
#define FD_TABLE_LIMIT_DEFAULT 1024u

/* Locks: f = fd_table.lock */
struct fd_chunk {
    uint64_t used;                      /* [f] bit a slot; without a file it is reserved */
    uint64_t closes_on_exec;            /* [f] */
    struct file *files[FD_CHUNK_SLOTS]; /* [f] with a reference each; NULL where none is in use */
};

/* Locks: a = atomic   f = fd_table.lock */
struct fd_table {
    struct spinlock lock;               /* rank LOCK_RANK_FD_TABLE */
    struct ref_count references;        /* of processes that share it */
    unsigned chunk_limit;               /* [f] chunks from this one on were never made */
    struct fd_chunk *chunks[FD_CHUNKS]; /* [f] made when first needed, gone with the table */
};

/* Set up. Context: early boot, once. */
void fd_table_setup(void);

/* A table without descriptors; a copy for fork(), with all of them. The caller has a reference.
 * NULL: no memory. */
struct fd_table *fd_table_create(void);
struct fd_table *fd_table_copy(struct fd_table *table);

struct fd_table *fd_table_ref(struct fd_table *table);

/* The last reference closes all descriptors. */
void fd_table_unref(struct fd_table *table);

#define FD_CLOSE_ON_EXEC 1u

/* Give a file the lowest free descriptor that is at least `lowest` and below `limit` (RLIMIT_NOFILE; more
 * than FD_TABLE_MAX counts as that). The table takes a reference of its own. Returns the descriptor. Errors:
 * -EMFILE, -ENOMEM; -EINVAL if lowest >= limit. */
int fd_table_add(struct fd_table *table, struct file *file, unsigned lowest, unsigned limit, unsigned flags);

/* The same for a file that does not exist yet: the descriptor is taken, but not open until it is filled, with
 * a file whose reference is used up, or cancelled. */
int fd_table_reserve(struct fd_table *table, unsigned limit, unsigned flags);
void fd_table_fill(struct fd_table *table, unsigned fd, struct file *file);
void fd_table_cancel(struct fd_table *table, unsigned fd);

/* The file of a descriptor, with a reference; NULL: -EBADF. */
struct file *fd_table_lookup(struct fd_table *table, unsigned fd);

/* The same without a reference and without the lock, for the one thread that can change the table: the file
 * is open until that thread closes the descriptor. */
static inline struct file *fd_table_peek(const struct fd_table *table, unsigned fd)
{
    if (fd >= FD_TABLE_MAX)
        return NULL;
    uint64_t index = cpu_wrap_index(fd, FD_TABLE_MAX); /* not even speculatively beyond the table */
    const struct fd_chunk *chunk = table->chunks[index / FD_CHUNK_SLOTS];
    return chunk == NULL ? NULL : chunk->files[index % FD_CHUNK_SLOTS];
}

/* Whether nobody else has a reference to the table. */
static inline bool fd_table_is_private(struct fd_table *table)
{
    return ref_count_get(&table->references) == 1;
}

/* close(): take the descriptor out. The file may be closed by it. Errors: -EBADF. */
int fd_table_close(struct fd_table *table, unsigned fd);

/* dup(): the same as fd_table_add() of the file. dup2(), dup3(): `to` shall mean what `from` does; what it
 * was before is closed. from == to: dup2() returns it if it is open; dup3() refuses it with -EINVAL, which is
 * the caller's to check. Return the new descriptor. Errors: -EBADF (from; to >= limit), -EMFILE, -EINVAL
 * (lowest >= limit), -EBUSY (to is reserved), -ENOMEM. */
int fd_table_dup(struct fd_table *table, unsigned from, unsigned lowest, unsigned limit, unsigned flags);
int fd_table_dup_to(struct fd_table *table, unsigned from, unsigned to, unsigned limit, unsigned flags);

/* The descriptor's flags (FD_CLOSE_ON_EXEC); -EBADF. */
int fd_table_get_flags(struct fd_table *table, unsigned fd);
int fd_table_set_flags(struct fd_table *table, unsigned fd, unsigned flags);

/* execve(): close all with FD_CLOSE_ON_EXEC. The table is not shared. */
void fd_table_close_on_exec(struct fd_table *table);

/* The first descriptor in use that is at least fd; -EBADF if there is none (/proc/self/fd). */
int fd_table_next(struct fd_table *table, unsigned fd);

#endif
