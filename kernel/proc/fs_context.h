/* Where a process's paths begin, and its umask. Shared by CLONE_FS, copied by fork().
 * Locks: f = fs_context.lock */
#ifndef LINTEL_PROC_FS_CONTEXT_H
#define LINTEL_PROC_FS_CONTEXT_H

#include <stdint.h>

#include "core/ref_count.h"
#include "core/spinlock.h"
#include "fs/path.h"

struct fs_context {
    struct ref_count references;
    struct spinlock lock;  /* rank LOCK_RANK_FS_CONTEXT */
    struct path root;      /* [f] with references */
    struct path directory; /* [f] the working directory, with references */
    uint32_t umask;        /* [f] */
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
