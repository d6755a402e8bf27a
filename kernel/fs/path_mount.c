/* Mounting by name. */
#include "abi/errno.h"
#include "fs/path.h"

/* Where a mount may be put: a directory that is not removed, and not of a mount that is detached, since the
 * look-up or before: who works there still sees it. Holds: the tree lock. */
static int check_place(const struct path *place)
{
    if (!S_ISDIR(node_mode(place->node)))
        return -ENOTDIR;
    return place->node->is_dead || !place->mount->is_attached ? -ENOENT : 0;
}

/* The place that a name leads to, for the superuser. */
static int lookup_place(const struct path_context *context, const char *name, unsigned flags,
                        struct path *ret_path)
{
    struct path path;
    int error = path_lookup(context, name, flags, &path);

    if (error != 0)
        return error;
    if (!credentials_are_root(context->credentials)) {
        path_unref(&path);
        return -EPERM;
    }
    *ret_path = path;
    return 0;
}

/* Whether something is mounted there, and not detached. Holds: the tree lock. */
static bool is_mount_root(const struct path *path)
{
    return path->node == path->mount->root && path->mount->is_attached;
}

int path_mount(const struct path_context *context, const char *name, const char *source,
               struct file_system *file_system, unsigned flags)
{
    struct path place;
    int error = lookup_place(context, name, 0, &place);

    if (error != 0)
        return error;
    fs_tree_lock();
    error = check_place(&place);
    if (error == 0)
        error = mount_add(place.mount, place.node, file_system->root, source, flags);
    fs_tree_unlock();
    path_unref(&place);
    return error;
}

int path_bind(const struct path_context *context, const char *old_name, const char *name)
{
    struct path place, old;
    int error = lookup_place(context, name, 0, &place);

    if (error != 0)
        return error;
    error = path_lookup(context, old_name, 0, &old);
    if (error != 0)
        goto unref_place;
    fs_tree_lock();
    error = check_place(&place);
    if (error == 0)
        error = old.mount->is_attached ? check_place(&old) : -EINVAL;
    if (error == 0)
        error = mount_add(place.mount, place.node, old.node, old.mount->source, old.mount->flags);
    fs_tree_unlock();
    path_unref(&old);
unref_place:
    path_unref(&place);
    return error;
}

/* Whether `mount` is `above` or upon it. Holds: the tree lock. */
static bool mount_is_upon(const struct mount *mount, const struct mount *above)
{
    while (mount != above && mount->parent != NULL)
        mount = mount->parent;
    return mount == above;
}

/* Holds: the tree lock. */
static int check_move(const struct path *old, const struct path *place)
{
    int error = check_place(place);

    if (error != 0)
        return error;
    if (!is_mount_root(old) || old->mount->parent == NULL)
        return -EINVAL;
    return mount_is_upon(place->mount, old->mount) ? -ELOOP : 0;
}

int path_move_mount(const struct path_context *context, const char *old_name, const char *name)
{
    struct mount *parent = NULL;
    struct node *covered = NULL;
    struct path place, old;
    int error = lookup_place(context, name, 0, &place);

    if (error != 0)
        return error;
    error = path_lookup(context, old_name, 0, &old);
    if (error != 0)
        goto unref_place;
    fs_tree_lock();
    error = check_move(&old, &place);
    if (error == 0)
        mount_move(old.mount, place.mount, place.node, &parent, &covered);
    fs_tree_unlock();
    node_unref(covered);
    mount_unref(parent);
    path_unref(&old);
unref_place:
    path_unref(&place);
    return error;
}

/* Holds: the tree lock. */
static int check_pivot(const struct path *root, const struct path *new, const struct path *old)
{
    if (old->node->is_dead || new->node->is_dead)
        return -ENOENT;
    if (!old->mount->is_attached || !new->mount->is_attached || !root->mount->is_attached)
        return -EINVAL;
    if (new->mount == root->mount || old->mount == root->mount)
        return -EBUSY;
    if (root->node != root->mount->root || root->mount->parent == NULL || new->node != new->mount->root ||
        new->mount->parent == NULL)
        return -EINVAL;
    return path_is_below(new, old) && path_is_below(root, new) ? 0 : -EINVAL;
}

/* What a mount was upon, for its references to be dropped without the tree lock. */
struct former_place {
    struct mount *parent;
    struct node *covered;
};

static void pivot(const struct path *root, const struct path *new, const struct path *old,
                  struct former_place former[2])
{
    struct mount *parent = root->mount->parent;
    struct node *place = root->mount->place;

    mount_move(root->mount, old->mount, old->node, &former[0].parent, &former[0].covered);
    mount_move(new->mount, parent, place, &former[1].parent, &former[1].covered);
}

static int lookup_pivot(const struct path_context *context, const char *new_name, const char *old_name,
                        struct path *ret_new, struct path *ret_old)
{
    int error = path_lookup(context, new_name, 0, ret_new);

    if (error != 0)
        return error;
    error = S_ISDIR(node_mode(ret_new->node)) ? path_lookup(context, old_name, 0, ret_old) : -ENOTDIR;
    if (error != 0)
        path_unref(ret_new);
    return error;
}

int path_pivot(const struct path_context *context, const char *new_name, const char *old_name,
               struct path *ret_new_root)
{
    struct former_place former[2] = {0};
    struct path new, old;
    int error = lookup_pivot(context, new_name, old_name, &new, &old);

    if (error != 0)
        return error;
    if (!S_ISDIR(node_mode(old.node)))
        error = -ENOTDIR;
    else if (!credentials_are_root(context->credentials))
        error = -EPERM;
    fs_tree_lock();
    if (error == 0)
        error = check_pivot(&context->root, &new, &old);
    if (error == 0)
        pivot(&context->root, &new, &old, former);
    fs_tree_unlock();
    for (int i = 0; i < 2; i++) {
        node_unref(former[i].covered);
        mount_unref(former[i].parent);
    }
    path_unref(&old);
    if (error == 0)
        *ret_new_root = new;
    else
        path_unref(&new);
    return error;
}

int path_set_mount_flags(const struct path_context *context, const char *name, unsigned flags)
{
    struct path place;
    int error = lookup_place(context, name, 0, &place);

    if (error != 0)
        return error;
    fs_tree_lock();
    if (is_mount_root(&place))
        place.mount->flags = flags;
    else
        error = -EINVAL;
    fs_tree_unlock();
    path_unref(&place);
    return error;
}

int path_remount(const struct path_context *context, const char *name, bool is_read_only, unsigned flags)
{
    struct path place;
    int error = lookup_place(context, name, 0, &place);

    if (error != 0)
        return error;
    struct file_system *file_system = place.node->file_system;
    fs_tree_lock();
    if (!is_mount_root(&place))
        error = -EINVAL;
    else if (is_read_only && atomic_load(&file_system->writer_count) != 0)
        error = -EBUSY;
    if (error == 0) {
        file_system->is_read_only = is_read_only;
        place.mount->flags = flags;
    }
    fs_tree_unlock();
    path_unref(&place);
    return error;
}

int path_check_mount(const struct path_context *context, const char *name)
{
    struct path place;
    int error = lookup_place(context, name, 0, &place);

    if (error != 0)
        return error;
    fs_tree_lock();
    error = is_mount_root(&place) ? 0 : -EINVAL;
    fs_tree_unlock();
    path_unref(&place);
    return error;
}

int path_unmount(const struct path_context *context, const char *name, unsigned flags)
{
    struct list gone = {&gone, &gone};
    struct path place;
    int error = lookup_place(context, name, flags & PATH_NO_FOLLOW, &place);

    if (error != 0)
        return error;
    fs_tree_lock();
    if (!is_mount_root(&place) || place.mount->parent == NULL)
        error = -EINVAL;
    else if ((flags & PATH_UNMOUNT_DETACH) == 0 && mount_is_used(place.mount, 1)) /* 1: by `place` */
        error = -EBUSY;
    else
        mount_detach(place.mount, &gone);
    fs_tree_unlock();
    path_unref(&place);
    mount_unref_list(&gone);
    return error;
}
