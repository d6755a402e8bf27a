#include "proc/fs_context.h"

#include "mm/object_cache.h"
#include "proc/process.h"

static struct object_cache context_cache;

static uint64_t current_size_limit(void)
{
    return user_thread_current() == NULL ? UINT64_MAX : limit_current(RLIMIT_FSIZE);
}

void fs_context_setup(void)
{
    node_set_size_limit(current_size_limit);
    object_cache_init(&context_cache, "fs-context", sizeof(struct fs_context), 8);
}

/* Takes over the references of both paths. */
static struct fs_context *fs_context_make(const struct path *root, const struct path *directory,
                                          uint32_t umask)
{
    struct fs_context *context = object_cache_alloc(&context_cache);

    if (context == NULL) {
        path_unref(root);
        path_unref(directory);
        return NULL;
    }
    *context = (struct fs_context){.root = *root, .directory = *directory, .umask = umask};
    ref_count_init(&context->references, 1);
    spinlock_init(&context->lock, LOCK_RANK_FS_CONTEXT);
    return context;
}

struct fs_context *fs_context_create(const struct path *root)
{
    path_ref(root);
    path_ref(root);
    return fs_context_make(root, root, 022);
}

void fs_context_get(struct fs_context *context, struct path *ret_root, struct path *ret_directory)
{
    struct spinlock_state state = spin_lock(&context->lock);

    *ret_root = context->root;
    *ret_directory = context->directory;
    path_ref(ret_root);
    path_ref(ret_directory);
    spin_unlock(&context->lock, state);
}

uint32_t fs_context_get_umask(struct fs_context *context)
{
    struct spinlock_state state = spin_lock(&context->lock);
    uint32_t umask = context->umask;

    spin_unlock(&context->lock, state);
    return umask;
}

struct fs_context *fs_context_copy(struct fs_context *context)
{
    struct path root, directory;

    fs_context_get(context, &root, &directory);
    return fs_context_make(&root, &directory, fs_context_get_umask(context));
}

struct fs_context *fs_context_ref(struct fs_context *context)
{
    ref_count_take(&context->references);
    return context;
}

void fs_context_unref(struct fs_context *context)
{
    if (!ref_count_drop(&context->references))
        return;
    path_unref(&context->root);
    path_unref(&context->directory);
    object_cache_free(&context_cache, context);
}

static void fs_context_set(struct fs_context *context, struct path *member, const struct path *place)
{
    struct spinlock_state state = spin_lock(&context->lock);
    struct path before = *member;

    *member = *place;
    spin_unlock(&context->lock, state);
    path_unref(&before);
}

void fs_context_set_directory(struct fs_context *context, const struct path *place)
{
    fs_context_set(context, &context->directory, place);
}

void fs_context_set_root(struct fs_context *context, const struct path *place)
{
    fs_context_set(context, &context->root, place);
}

uint32_t fs_context_set_umask(struct fs_context *context, uint32_t umask)
{
    struct spinlock_state state = spin_lock(&context->lock);
    uint32_t before = context->umask;

    context->umask = umask & S_IRWXUGO;
    spin_unlock(&context->lock, state);
    return before;
}

void fs_context_end_keeping(struct fs_context *context)
{
    struct spinlock_state state = spin_lock(&context->lock);
    const struct path kept = context->kept;
    const unsigned count = context->kept_count;

    context->kept_count = 0;
    atomic_store(&context->state, FS_CONTEXT_FREE);
    spin_unlock(&context->lock, state);
    for (unsigned i = 0; i < count; i++)
        path_unref(&kept);
}

static bool path_is_same(const struct path *a, const struct path *b)
{
    return a->mount == b->mount && a->node == b->node;
}

/* Returns how many references to `from` there were. Holds: context->lock. */
static unsigned fs_context_replace_places(struct fs_context *context, const struct path *from,
                                          const struct path *to)
{
    struct path *const places[] = {&context->root, &context->directory};
    unsigned count = 0;

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (!path_is_same(places[i], from))
            continue;
        path_ref(to);
        *places[i] = *to;
        count++;
    }
    return count;
}

/* Returns false if the context is being copied from: again later. *dropped: references to `from` that the
 * caller has to drop. Holds: context->lock. */
static bool fs_context_replace_locked(struct fs_context *context, const struct path *from,
                                      const struct path *to, unsigned *dropped)
{
    enum fs_context_state state = FS_CONTEXT_FREE;

    if (!path_is_same(&context->root, from) && !path_is_same(&context->directory, from))
        return true;
    if (atomic_compare_exchange_strong(&context->state, &state, FS_CONTEXT_COPYING)) {
        *dropped += fs_context_replace_places(context, from, to);
        atomic_store(&context->state, FS_CONTEXT_FREE);
        return true;
    }
    if (state == FS_CONTEXT_KEEPING)
        return true;
    if (state != FS_CONTEXT_BORROWED ||
        !atomic_compare_exchange_strong(&context->state, &state, FS_CONTEXT_KEEPING))
        return false;
    context->kept = *from;
    context->kept_count = fs_context_replace_places(context, from, to);
    return true;
}

static bool fs_context_replace(struct fs_context *context, const struct path *from, const struct path *to,
                               unsigned *dropped)
{
    struct spinlock_state state = spin_lock(&context->lock);
    const bool is_done = fs_context_replace_locked(context, from, to, dropped);

    spin_unlock(&context->lock, state);
    return is_done;
}

#define COPYING_NS 1000000u /* whoever copies has been interrupted in a few instructions */

void fs_context_replace_all(const struct path *from, const struct path *to)
{
    for (bool is_done = false; !is_done;) {
        unsigned dropped = 0;
        struct spinlock_state state = spin_lock(&process_tree);
        is_done = true;
        for (struct process *each = process_next(0); each != NULL; each = process_next(each->id))
            is_done &= each->fs == NULL || fs_context_replace(each->fs, from, to, &dropped);
        spin_unlock(&process_tree, state);
        while (dropped-- > 0)
            path_unref(from);
        if (!is_done)
            thread_sleep_ns(COPYING_NS);
    }
}
