/* Creating, removing and renaming. The order of checks is Linux's (fs/namei.c): programs see by it which
 * error they get where several are due. */
#include "abi/errno.h"
#include "fs/path.h"
#include "fs/path_permission.h"
#include "fs/path_walk.h"
#include "fs/watch.h"
#include "lib/string.h"

#define LINKS_MAX 65000

static int walk_begin_to_last(struct walk *walk, const struct path_context *context, const char *name)
{
    int error = walk_begin(walk, context, name);

    if (error != 0)
        return error;
    error = walk_to_last(walk);
    if (error != 0)
        walk_end(walk);
    return error;
}

int path_check_parent(const struct path_context *context, const char *name)
{
    struct walk walk;

    fs_tree_lock();
    int error = walk_begin_to_last(&walk, context, name);
    if (error == 0)
        walk_end(&walk);
    fs_tree_unlock();
    return error;
}

/* Whether the last name of a walk can be created. */
static int walk_check_new(struct walk *walk, bool is_directory)
{
    struct node *node;

    if (walk->last != WALK_NAME)
        return -EEXIST;
    int error = walk_lookup_last(walk, &node);
    if (error == 0) {
        node_unref(node);
        return -EEXIST;
    }
    if (error != -ENOENT)
        return error;
    if (walk->must_be_directory && !is_directory)
        return -ENOENT;
    return path_check_create(walk->at.node, walk->context->credentials);
}

static int template_check(const struct node_template *template)
{
    switch (template->mode & S_IFMT) {
    case S_IFLNK:
        if (template->target[0] == '\0')
            return -ENOENT;
        return strnlen(template->target, PATH_MAX) == PATH_MAX ? -ENAMETOOLONG : 0;
    case S_IFCHR:
    case S_IFBLK:
    case S_IFDIR:
    case S_IFREG:
    case S_IFIFO:
    case S_IFSOCK:
        return 0;
    default:
        return -EINVAL;
    }
}

static int create_at_last(struct walk *walk, const struct node_template *template)
{
    struct node_template inherited = *template;
    struct node *node;
    int error = walk_check_new(walk, S_ISDIR(template->mode));

    bool is_device = S_ISCHR(template->mode) || S_ISBLK(template->mode);
    if (error == 0 && is_device && !credentials_are_root(walk->context->credentials))
        error = -EPERM;
    if (S_ISDIR(template->mode))
        inherited.mode &= S_IFMT | S_IRWXUGO | S_ISVTX;
    inherited = path_inherit(walk->at.node, &inherited);

    if (error == 0)
        error = node_create(walk->at.node, walk->name, walk->length, &inherited, &node);
    if (error == 0) {
        node_unref(node);
        watch_tell_name(walk->at.node, walk->name, walk->length, IN_CREATE, template->mode);
    }
    return error;
}

int path_create(const struct path_context *context, const char *name, const struct node_template *template)
{
    struct walk walk;
    int error = template_check(template);

    if (error != 0)
        return error;
    fs_tree_lock();
    error = walk_begin_to_last(&walk, context, name);
    if (error == 0) {
        error = create_at_last(&walk, template);
        walk_end(&walk);
    }
    fs_tree_unlock();
    return error;
}

static int link_at_last(struct walk *walk, const struct path *old)
{
    int error = walk_check_new(walk, false);

    if (error != 0 && error != -EACCES && error != -EROFS)
        return error;
    if (old->mount != walk->at.mount)
        return -EXDEV;
    if (error != 0)
        return error;
    struct node_attributes attributes = node_get_attributes(old->node);
    if (S_ISDIR(attributes.mode))
        return -EPERM;
    if (attributes.nlink == 0 && !old->node->is_linkable)
        return -ENOENT;
    if (attributes.nlink >= LINKS_MAX)
        return -EMLINK;
    error = node_link(walk->at.node, walk->name, walk->length, old->node);
    if (error != 0)
        return error;
    old->node->is_linkable = false; /* it has its name now: when it loses that, it is as gone as others */
    watch_tell_self(old->node, IN_ATTRIB);
    watch_tell_name(walk->at.node, walk->name, walk->length, IN_CREATE, attributes.mode);
    return 0;
}

int path_link(const struct path_context *old_context, const char *old_name, unsigned flags,
              const struct path_context *context, const char *name)
{
    struct walk walk;
    struct path old;
    int error = path_lookup(old_context, old_name, flags, &old);

    if (error != 0)
        return error;
    fs_tree_lock();
    error = walk_begin_to_last(&walk, context, name);
    if (error == 0) {
        error = link_at_last(&walk, &old);
        walk_end(&walk);
    }
    fs_tree_unlock();
    path_unref(&old);
    return error;
}

static int remove_file(struct walk *walk, struct node *node)
{
    if (walk->must_be_directory)
        return S_ISDIR(node_mode(node)) ? -EISDIR : -ENOTDIR;
    int error = path_check_delete(walk->at.node, node, walk->context->credentials, S_IFREG);
    return error != 0 ? error : node_unlink(walk->at.node, walk->name, walk->length, node);
}

static int remove_directory(struct walk *walk, struct node *node)
{
    int error = path_check_delete(walk->at.node, node, walk->context->credentials, S_IFDIR);

    if (error != 0)
        return error;
    if (node->mount_count != 0)
        return -EBUSY;
    return node_unlink(walk->at.node, walk->name, walk->length, node);
}

static int remove_last(struct walk *walk, int (*remove)(struct walk *walk, struct node *node))
{
    struct node *node;
    int error = walk_lookup_last(walk, &node);

    if (error != 0)
        return error;
    const uint32_t mode = node_mode(node);
    error = remove(walk, node);
    if (error == 0 && !S_ISDIR(mode))
        watch_tell_self(node, IN_ATTRIB); /* a link less */
    node_unref(node);
    if (error == 0)
        watch_tell_name(walk->at.node, walk->name, walk->length, IN_DELETE, mode);
    return error;
}

int path_unlink(const struct path_context *context, const char *name)
{
    struct walk walk;

    fs_tree_lock();
    int error = walk_begin_to_last(&walk, context, name);
    if (error == 0) {
        error = walk.last != WALK_NAME ? -EISDIR : remove_last(&walk, remove_file);
        walk_end(&walk);
    }
    fs_tree_unlock();
    return error;
}

int path_rmdir(const struct path_context *context, const char *name)
{
    static const int errors[] = {[WALK_ROOT] = -EBUSY, [WALK_DOT] = -EINVAL, [WALK_DOT_DOT] = -ENOTEMPTY};
    struct walk walk;

    fs_tree_lock();
    int error = walk_begin_to_last(&walk, context, name);
    if (error == 0) {
        error = walk.last != WALK_NAME ? errors[walk.last] : remove_last(&walk, remove_directory);
        walk_end(&walk);
    }
    fs_tree_unlock();
    return error;
}

/* What one renaming is about. */
struct renaming {
    struct walk from, to;
    struct node *from_node;
    struct node *to_node; /* NULL: the name is not in use */
    unsigned flags;
};

/* Whether `above` is `node` or a directory above it. */
static bool is_above(const struct node *above, const struct node *node)
{
    while (node != above && node->parent != node)
        node = node->parent;
    return node == above;
}

/* What depends on the names only. */
static int rename_check_names(const struct renaming *renaming)
{
    bool from_is_directory = S_ISDIR(node_mode(renaming->from_node));
    bool exchanges = (renaming->flags & RENAME_EXCHANGE) != 0;

    if (renaming->to_node != NULL && (renaming->flags & RENAME_NOREPLACE) != 0)
        return -EEXIST;
    if (exchanges) {
        if (renaming->to_node == NULL)
            return -ENOENT;
        if (!S_ISDIR(node_mode(renaming->to_node)) && renaming->to.must_be_directory)
            return -ENOTDIR;
    }
    if (!from_is_directory &&
        (renaming->from.must_be_directory || (!exchanges && renaming->to.must_be_directory)))
        return -ENOTDIR;
    if (from_is_directory && is_above(renaming->from_node, renaming->to.at.node))
        return -EINVAL;
    if (renaming->to_node != NULL && S_ISDIR(node_mode(renaming->to_node)) &&
        is_above(renaming->to_node, renaming->from.at.node))
        return exchanges ? -EINVAL : -ENOTEMPTY;
    return 0;
}

/* A directory that gets another parent is itself written to. */
static int rename_check_parent(const struct renaming *renaming, struct node *node)
{
    if (!S_ISDIR(node_mode(node)) || renaming->from.at.node == renaming->to.at.node)
        return 0;
    return node_check_access(node, renaming->from.context->credentials, W_OK);
}

static int rename_check_permissions(const struct renaming *renaming)
{
    const struct credentials *who = renaming->from.context->credentials;
    bool exchanges = (renaming->flags & RENAME_EXCHANGE) != 0;
    uint32_t type = node_mode(renaming->from_node) & S_IFMT;
    int error = path_check_delete(renaming->from.at.node, renaming->from_node, who, type);

    if (error != 0)
        return error;
    if (renaming->to_node == NULL) {
        error = path_check_create(renaming->to.at.node, who);
    } else {
        uint32_t to_type = exchanges ? node_mode(renaming->to_node) & S_IFMT : type;
        error = path_check_delete(renaming->to.at.node, renaming->to_node, who, to_type);
    }
    if (error == 0)
        error = rename_check_parent(renaming, renaming->from_node);
    if (error == 0 && exchanges)
        error = rename_check_parent(renaming, renaming->to_node);
    if (error != 0)
        return error;
    bool is_busy = renaming->from_node->mount_count != 0 ||
                   (renaming->to_node != NULL && renaming->to_node->mount_count != 0);
    return is_busy ? -EBUSY : 0;
}

static void rename_tell(const struct renaming *renaming)
{
    const bool exchanges = (renaming->flags & RENAME_EXCHANGE) != 0;
    const struct walk *from = &renaming->from, *to = &renaming->to;
    const struct watch_move there = {
        from->at.node, to->at.node,  renaming->from_node, from->name,
        to->name,      from->length, to->length,          exchanges ? NULL : renaming->to_node};
    const struct watch_move back = {to->at.node, from->at.node, renaming->to_node, to->name,
                                    from->name,  to->length,    from->length,      NULL};

    watch_tell_move(&there);
    if (exchanges)
        watch_tell_move(&back);
}

static int rename_nodes(const struct renaming *renaming)
{
    const struct walk *from = &renaming->from, *to = &renaming->to;
    int error = rename_check_names(renaming);

    if (error != 0)
        return error;
    if (renaming->from_node == renaming->to_node)
        return 0;
    error = rename_check_permissions(renaming);
    if (error != 0)
        return error;
    error = node_rename(from->at.node, from->name, from->length, renaming->from_node, to->at.node, to->name,
                        to->length, renaming->to_node, renaming->flags);
    if (error == 0)
        rename_tell(renaming);
    return error;
}

static int rename_last(struct renaming *renaming)
{
    if (renaming->from.at.mount != renaming->to.at.mount)
        return -EXDEV;
    if (renaming->from.last != WALK_NAME)
        return -EBUSY;
    if (renaming->to.last != WALK_NAME)
        return (renaming->flags & RENAME_NOREPLACE) != 0 ? -EEXIST : -EBUSY;
    int error = walk_lookup_last(&renaming->from, &renaming->from_node);
    if (error != 0)
        return error;
    renaming->to_node = NULL;
    error = walk_lookup_last(&renaming->to, &renaming->to_node);
    if (error == 0 || error == -ENOENT)
        error = rename_nodes(renaming);
    node_unref(renaming->from_node);
    node_unref(renaming->to_node);
    return error;
}

int path_rename(const struct path_context *from_context, const char *from_name,
                const struct path_context *to_context, const char *to_name, unsigned flags)
{
    struct renaming renaming = {.flags = flags};

    if (flags > RENAME_EXCHANGE) /* unknown, or both */
        return -EINVAL;
    fs_tree_lock();
    int error = walk_begin_to_last(&renaming.from, from_context, from_name);
    if (error != 0)
        goto unlock;
    error = walk_begin_to_last(&renaming.to, to_context, to_name);
    if (error != 0)
        goto end_from;
    error = rename_last(&renaming);
    walk_end(&renaming.to);
end_from:
    walk_end(&renaming.from);
unlock:
    fs_tree_unlock();
    return error;
}
