/* Where a process's paths begin, and its umask. Shared by CLONE_FS, copied by fork().
 * Terms:  the only thread of the only process that has one borrows its places for a call, without references.
 *         Nobody but fs_context_replace_all() can change them meanwhile, which then leaves the references
 *         that it replaces to the borrower.
 * Locks:  f = fs_context.lock   a = atomic */
#ifndef LINTEL_PROC_FS_CONTEXT_H
#define LINTEL_PROC_FS_CONTEXT_H

#include <stdint.h>

#include "core/ref_count.h"
#include "core/spinlock.h"
#include "fs/path.h"

/*                       fs_context_borrow()
 *      FREE ---------> COPYING ---------> BORROWED <--------------+
 *       ^  |              ^                   |   fs_context_replace_all()
 *       |  +--replace_all-+ (and back)        v
 *       +---- fs_context_return() ------- or KEEPING: `kept` is to be unreferenced */
enum fs_context_state { FS_CONTEXT_FREE, FS_CONTEXT_COPYING, FS_CONTEXT_BORROWED, FS_CONTEXT_KEEPING };

struct fs_context {
    struct ref_count references;
    _Atomic(enum fs_context_state) state; /* [a] */
    struct spinlock lock;                 /* rank LOCK_RANK_FS_CONTEXT */
    struct path root;                     /* [f] with references; changed in COPYING, BORROWED, KEEPING */
    struct path directory;                /* [f] the working directory; the same */
    struct path kept;                     /* [f] of KEEPING: what was replaced, ... */
    unsigned kept_count;                  /* [f] ... with so many references */
    uint32_t umask;                       /* [f] */
};

/* Set up; files are from now on bound to RLIMIT_FSIZE. Context: early boot, once. */
void fs_context_setup(void);

/* One with root and working directory at `root`, umask 022. The caller has a reference. NULL: no memory.
 * Context: thread. */
struct fs_context *fs_context_create(const struct path *root);
struct fs_context *fs_context_copy(struct fs_context *context);
struct fs_context *fs_context_ref(struct fs_context *context);
void fs_context_unref(struct fs_context *context);

/* Root and working directory, with references; the umask. */
void fs_context_get(struct fs_context *context, struct path *ret_root, struct path *ret_directory);
uint32_t fs_context_get_umask(struct fs_context *context);

/* Root and working directory of a context that is private to a process with one thread, until they are given
 * back: without references. False: this thread has borrowed them already, for another path of its call.
 * Context: system call. */
static inline bool fs_context_borrow(struct fs_context *context, struct path *ret_root,
                                     struct path *ret_directory)
{
    enum fs_context_state state = FS_CONTEXT_FREE;

    while (!atomic_compare_exchange_strong_explicit(&context->state, &state, FS_CONTEXT_COPYING,
                                                    memory_order_acquire, memory_order_relaxed)) {
        if (state != FS_CONTEXT_COPYING) /* by fs_context_replace_all(), for a moment */
            return false;
        state = FS_CONTEXT_FREE;
    }
    *ret_root = context->root;
    *ret_directory = context->directory;
    atomic_store_explicit(&context->state, FS_CONTEXT_BORROWED, memory_order_release);
    return true;
}

void fs_context_end_keeping(struct fs_context *context);

/* Context: as above, no lock held.  Sleeps: yes. */
static inline void fs_context_return(struct fs_context *context)
{
    enum fs_context_state state = FS_CONTEXT_BORROWED;

    if (!atomic_compare_exchange_strong_explicit(&context->state, &state, FS_CONTEXT_FREE,
                                                 memory_order_acq_rel, memory_order_relaxed))
        fs_context_end_keeping(context);
}

/* pivot_root(): let every process whose root or working directory is `from` have `to` instead. Of one that
 * has been in one call since before the last replacement nothing changes. Context: system call.
 * Takes: process_tree.  Sleeps: yes. */
void fs_context_replace_all(const struct path *from, const struct path *to);

/* Whether nobody else has a reference to it. */
static inline bool fs_context_is_private(struct fs_context *context)
{
    return ref_count_get(&context->references) == 1;
}

/* chdir(), chroot(): `place` is taken over with its references. */
void fs_context_set_directory(struct fs_context *context, const struct path *place);
void fs_context_set_root(struct fs_context *context, const struct path *place);

/* Set the umask; returns the one before. */
uint32_t fs_context_set_umask(struct fs_context *context, uint32_t umask);

#endif
