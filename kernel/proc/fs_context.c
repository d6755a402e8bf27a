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
