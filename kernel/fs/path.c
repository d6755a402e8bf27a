/* Looking up. Holding the tree lock from the first name to the last makes a look-up one step: nothing moves
 * under it. Walks are short and never wait, so that one lock serves all of them. */
#include "fs/path.h"

#include "abi/errno.h"
#include "fs/path_walk.h"
#include "lib/format.h"
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
    error = node_prepare_target(path.node);
    const char *target = error == 0 ? node_get_target(path.node) : NULL;
    fs_tree_unlock();
    size_t length = target == NULL ? 0 : strlen(target);
    if (length > size)
        length = size;
    memcpy(buffer, target == NULL ? "" : target, length);
    path_unref(&path);
    if (error != 0)
        return error;
    if (target == NULL)
        return *name == '\0' ? -ENOENT : -EINVAL;
    return (int)length;
}

/* Put the name of one node, and a '/', before what is there. Goes up. Holds: the tree lock. */
static int prepend_name(struct mount **mount, struct node **node, char *buffer, char **at)
{
    char name[NAME_MAX];

    while (*node == (*mount)->root && (*mount)->parent != NULL) {
        *node = (*mount)->place;
        *mount = (*mount)->parent;
    }
    int length = (*node)->parent == NULL ? -ENOENT : node_get_name(*node, name);
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

bool path_is_below(const struct path *root, const struct path *place)
{
    const struct mount *mount = place->mount;
    const struct node *node = place->node;

    while (mount != root->mount || node != root->node) {
        while (node == mount->root && mount->parent != NULL) {
            node = mount->place;
            mount = mount->parent;
        }
        if (mount == root->mount && node == root->node)
            break;
        if (node->parent == node || node->parent == NULL)
            return false;
        node = node->parent;
    }
    return true;
}

/* Put the path of a place before what is at *at. *ret_is_dead: a name of it has been removed. Holds: the tree
 * lock. */
static int prepend_path(const struct path *root, const struct path *place, char *buffer, char **at,
                        bool *ret_is_dead)
{
    const char *end = *at;
    struct mount *mount = place->mount;
    struct node *node = place->node;
    int error = 0;

    *ret_is_dead = false;
    while (error == 0 && (mount != root->mount || node != root->node)) {
        if (node->parent == node && mount->parent == NULL)
            break; /* not below `root`: the path from the very top */
        *ret_is_dead |= node->is_dead;
        error = prepend_name(&mount, &node, buffer, at);
    }
    if (error == 0 && *at == end) {
        if (*at == buffer)
            return -ERANGE;
        *--*at = '/';
    }
    return error;
}

char *path_to_string(const struct path *root, const struct path *directory, char *buffer, size_t size,
                     int *ret_error)
{
    char *at = buffer + size;
    bool is_dead = false;
    int error = size < 2 ? -ERANGE : 0;

    if (error == 0)
        *--at = '\0';
    fs_tree_lock();
    if (error == 0)
        error = prepend_path(root, directory, buffer, &at, &is_dead);
    fs_tree_unlock();
    if (error == 0 && !is_dead)
        return at;
    *ret_error = error == 0 ? -ENOENT : error;
    return NULL;
}

int path_show(const struct path *root, const struct path *place, char *buffer)
{
    static const char deleted[] = " (deleted)";
    char *at = buffer + PATH_MAX - sizeof(deleted);
    char *end = at;
    bool is_dead;
    int error = prepend_path(root, place, buffer, &at, &is_dead);

    if (error == -ENOENT) {
        at = end;
        is_dead = true;
        at -= format_to_buffer(buffer, PATH_MAX, "/#%lu", node_get_attributes(place->node).ino);
        memmove(at, buffer, (size_t)(end - at));
    } else if (error != 0) {
        return -ENAMETOOLONG;
    }
    size_t length = (size_t)(end - at);
    memmove(buffer, at, length);
    (void)format_to_buffer(buffer + length, sizeof(deleted), "%s", is_dead ? deleted : "");
    return 0;
}

int path_show_node(const struct path *root, struct node *node, char *buffer)
{
    struct mount hidden = {.root =
                               node->file_system->root}; /* where there is no mount: as if it were the top */
    struct mount *mount = mount_of_file_system(node->file_system);
    const struct path place = {mount == NULL ? &hidden : mount, node};

    return path_show(root, &place, buffer);
}
