/* Looking up. Holding the tree lock from the first name to the last makes a look-up one step: nothing moves
 * under it. Walks are short and never wait, so that one lock serves all of them. */
#include "fs/path.h"

#include "abi/errno.h"
#include "fs/path_walk.h"
#include "lib/string.h"

void path_ref(const struct path *path)
{
    (void)mount_ref(path->mount);
    (void)node_ref(path->node);
}

void path_unref(const struct path *path)
{
    node_unref(path->node);
    mount_unref(path->mount);
}

static int path_lookup_locked(struct walk *walk, unsigned flags, struct path *ret_path)
{
    int error = walk_to_end(walk, (flags & PATH_NO_FOLLOW) == 0);

    if (error == 0) {
        *ret_path = walk->at;
        path_ref(ret_path);
    }
    return error;
}

int path_lookup(const struct path_context *context, const char *name, unsigned flags, struct path *ret_path)
{
    struct walk walk;

    if (*name == '\0' && (flags & PATH_EMPTY) != 0) {
        *ret_path = context->start;
        path_ref(ret_path);
        return 0;
    }
    fs_tree_lock();
    int error = walk_begin(&walk, context, name);
    if (error == 0) {
        error = path_lookup_locked(&walk, flags, ret_path);
        walk_end(&walk);
    }
    fs_tree_unlock();
    return error;
}

int path_lookup_directory(const struct path_context *context, const char *name, struct path *ret_path)
{
    struct path path;
    int error = path_lookup(context, name, 0, &path);

    if (error != 0)
        return error;
    error =
        S_ISDIR(node_mode(path.node)) ? node_check_access(path.node, context->credentials, X_OK) : -ENOTDIR;
    if (error != 0)
        path_unref(&path);
    else
        *ret_path = path;
    return error;
}

int path_readlink(const struct path_context *context, const char *name, char *buffer, size_t size)
{
    struct path path;
    int error = path_lookup(context, name, PATH_NO_FOLLOW | PATH_EMPTY, &path);

    if (error != 0)
        return error;
    fs_tree_lock();
    const char *target = node_get_target(path.node);
    fs_tree_unlock();
    size_t length = target == NULL ? 0 : strlen(target);
    if (length > size)
        length = size;
    memcpy(buffer, target == NULL ? "" : target, length);
    path_unref(&path);
    if (target == NULL)
        return *name == '\0' ? -ENOENT : -EINVAL;
    return (int)length;
}

/* Put the name of one directory, and a '/', before what is there. Goes up. */
static int prepend_name(struct mount **mount, struct node **node, char *buffer, char **at)
{
    char name[NAME_MAX];

    while (*node == (*mount)->root && (*mount)->parent != NULL) {
        *node = (*mount)->place;
        *mount = (*mount)->parent;
    }
    int length = node_get_name(*node, name);
    if (length < 0)
        return length;
    if (*at - buffer < length + 1)
        return -ERANGE;
    *at -= length;
    memcpy(*at, name, (size_t)length);
    *--*at = '/';
    *node = (*node)->parent;
    return 0;
}

char *path_to_string(const struct path *root, const struct path *directory, char *buffer, size_t size,
                     int *ret_error)
{
    struct mount *mount = directory->mount;
    struct node *node = directory->node;
    char *at = buffer + size;
    int error = size < 2 ? -ERANGE : 0;

    if (error == 0)
        *--at = '\0';
    fs_tree_lock();
    while (error == 0 && (mount != root->mount || node != root->node)) {
        if (node->parent == node && mount->parent == NULL)
            break; /* not below `root`: the path from the very top */
        error = prepend_name(&mount, &node, buffer, &at);
    }
    fs_tree_unlock();
    if (error == 0 && *at == '\0')
        *--at = '/';
    if (error == 0)
        return at;
    *ret_error = error;
    return NULL;
}
