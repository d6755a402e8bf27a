/* A walk goes along a string, name by name. A symbolic link puts its target in front of what is left: the
 * rest of the outer string waits on a small stack. Targets are not copied, the walk has references to the
 * links that they belong to. The name is the last one when all strings are used up. */
#include "fs/path_walk.h"

#include "abi/errno.h"
#include "lib/string.h"

static const char *skip_slashes(const char *string)
{
    while (*string == '/')
        string++;
    return string;
}

static void walk_move(struct walk *walk, struct mount *mount, struct node *node)
{
    struct path old = walk->at;

    walk->at = (struct path){mount_ref(mount), node_ref(node)};
    path_unref(&old);
}

/* Begin at the root if the string says so. */
static void walk_start_string(struct walk *walk, const char *string)
{
    if (*string == '/')
        walk_move(walk, walk->context->root.mount, walk->context->root.node);
    walk->rest = skip_slashes(string);
}

int walk_begin(struct walk *walk, const struct path_context *context, const char *name)
{
    if (*name == '\0')
        return -ENOENT;
    if (strnlen(name, PATH_MAX) == PATH_MAX)
        return -ENAMETOOLONG;
    walk->context = context;
    walk->at = context->start;
    path_ref(&walk->at);
    walk->depth = 0;
    walk->link_count = 0;
    walk->must_be_directory = false;
    walk_start_string(walk, name);
    return 0;
}

void walk_end(struct walk *walk)
{
    while (walk->link_count > 0)
        node_unref(walk->links[--walk->link_count]);
    path_unref(&walk->at);
}

static void walk_go_up(struct walk *walk)
{
    const struct path *root = &walk->context->root;
    struct mount *mount = walk->at.mount;
    struct node *node = walk->at.node;

    if (mount == root->mount && node == root->node)
        return;
    while (node == mount->root && mount->parent != NULL) {
        node = mount->place;
        mount = mount->parent;
    }
    node = node->parent;
    for (struct mount *upper = mount_lookup(mount, node); upper != NULL; upper = mount_lookup(mount, node)) {
        mount = upper;
        node = mount->root;
    }
    walk_move(walk, mount, node);
}

void walk_enter(struct walk *walk, struct node *node)
{
    struct mount *mount = walk->at.mount;
    struct node *reached = node;

    for (struct mount *upper = mount_lookup(mount, reached); upper != NULL;
         upper = mount_lookup(mount, reached)) {
        mount = upper;
        reached = mount->root;
    }
    walk_move(walk, mount, reached);
    node_unref(node);
}

/* Go to the place that a link leads to. */
static int walk_jump(struct walk *walk, struct node *link)
{
    struct path old = walk->at, place;
    int error = link->operations->follow(link, walk->at.mount, &place);

    if (error != 0)
        return error;
    walk->at = place;
    path_unref(&old);
    return 0;
}

int walk_follow(struct walk *walk, struct node *link)
{
    int error = walk->link_count == PATH_LINKS_MAX ? -ELOOP : node_prepare_target(link);
    const char *target = error == 0 ? node_get_target(link) : NULL;

    if (error == 0 && target == NULL)
        error = -ELOOP;
    if (error != 0) {
        node_unref(link);
        return error;
    }
    walk->links[walk->link_count++] = link;
    if (link->operations->follow != NULL)
        return walk_jump(walk, link);
    if (*walk->rest != '\0')
        walk->outer_rest[walk->depth++] = walk->rest;
    walk_start_string(walk, target);
    return 0;
}

/* Cut the next name off. Says whether it is the last. */
static bool walk_next_name(struct walk *walk)
{
    const char *name = walk->rest, *end = name;

    while (*end != '\0' && *end != '/')
        end++;
    const char *rest = skip_slashes(end);
    while (*rest == '\0' && walk->depth > 0)
        rest = walk->outer_rest[--walk->depth];
    bool is_last = *rest == '\0';

    walk->name = name;
    walk->length = (size_t)(end - name);
    walk->rest = rest;
    walk->last = WALK_NAME;
    if (walk->length == 0)
        walk->last = WALK_ROOT;
    else if (walk->length == 1 && name[0] == '.')
        walk->last = WALK_DOT;
    else if (walk->length == 2 && name[0] == '.' && name[1] == '.')
        walk->last = WALK_DOT_DOT;
    walk->must_be_directory |= is_last && *end == '/';
    return is_last;
}

int walk_lookup_last(struct walk *walk, struct node **ret_node)
{
    return node_lookup(walk->at.node, walk->name, walk->length, ret_node);
}

static int walk_step(struct walk *walk, bool follows, bool *ret_has_followed)
{
    struct node *node;

    *ret_has_followed = false;
    if (walk->last == WALK_DOT_DOT)
        walk_go_up(walk);
    if (walk->last != WALK_NAME)
        return 0;
    int error = walk_lookup_last(walk, &node);
    if (error != 0)
        return error;
    if (follows && S_ISLNK(node_mode(node))) {
        *ret_has_followed = true;
        return walk_follow(walk, node);
    }
    walk_enter(walk, node);
    return 0;
}

int walk_to_last(struct walk *walk)
{
    for (;;) {
        if (*walk->rest != '\0') {
            if (!S_ISDIR(node_mode(walk->at.node)))
                return -ENOTDIR;
            int error = node_check_access(walk->at.node, walk->context->credentials, X_OK);
            if (error != 0)
                return error;
        }
        if (walk_next_name(walk))
            return 0;
        bool has_followed;
        int error = walk_step(walk, true, &has_followed);
        if (error != 0)
            return error;
    }
}

int walk_last_step(struct walk *walk, bool follows, bool *ret_has_followed)
{
    return walk_step(walk, follows || walk->must_be_directory, ret_has_followed);
}

int walk_to_end(struct walk *walk, bool follows)
{
    for (;;) {
        bool has_followed;
        int error = walk_to_last(walk);
        if (error == 0)
            error = walk_last_step(walk, follows, &has_followed);
        if (error != 0)
            return error;
        if (!has_followed)
            break;
    }
    return walk->must_be_directory && !S_ISDIR(node_mode(walk->at.node)) ? -ENOTDIR : 0;
}
