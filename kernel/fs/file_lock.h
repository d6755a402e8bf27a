/* Advisory locks on files: of byte ranges (fcntl()), owned by a process or an open file, and of whole files
 * (flock()), owned by an open file. Both kinds know nothing of each other.
 *
 * Context of all functions: thread, no spin lock held.  Takes: the spin lock of all file locks. */
#ifndef LINTEL_FS_FILE_LOCK_H
#define LINTEL_FS_FILE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "fs/node.h"

#define FILE_LOCK_END_MAX ((uint64_t)INT64_MAX)

enum file_lock_kind { FILE_LOCK_RANGE, FILE_LOCK_WHOLE, FILE_LOCK_KINDS };

struct file_lock {
    enum file_lock_kind kind;
    int type;            /* F_RDLCK, F_WRLCK; F_UNLCK: none */
    uint64_t start, end; /* bytes, the last one included; of a whole file 0 and FILE_LOCK_END_MAX */
    const void *owner;   /* a process's descriptors, or an open file: compared only */
    int pid;             /* that F_GETLK tells */
};

/* Set up. Context: early boot, once. */
void file_lock_setup(void);

/* Give the owner this lock for its range instead of what it has there. If others' locks are in the way, wait,
 * or answer -EAGAIN. Errors: -EDEADLK (by finds_deadlocks: one waits for a lock whose owner waits for one of
 * his), -ENOLCK (no memory), -ERESTARTSYS. Sleeps: if `waits`. */
int file_lock_set(struct node *node, const struct file_lock *lock, bool waits, bool finds_deadlocks);

/* F_GETLK: turn the lock into the first one that is in its way; its type is F_UNLCK if there is none. */
void file_lock_test(struct node *node, struct file_lock *lock);

/* Take all of an owner's locks on a file away. Cheap if the file has never had any. */
void file_lock_release_slow(struct node *node, const void *owner);

static inline void file_lock_release(struct node *node, const void *owner)
{
    if (node != NULL && atomic_load_explicit(&node->locks, memory_order_acquire) != NULL)
        file_lock_release_slow(node, owner);
}

/* The node goes away: nobody has a lock. */
void file_lock_forget(struct node *node);

#endif
