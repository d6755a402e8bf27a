#include "fs/path_permission.h"

#include "abi/errno.h"

int path_check_create(struct node *directory, const struct credentials *who)
{
    if (directory->file_system->is_read_only)
        return -EROFS;
    if (directory->is_dead)
        return -ENOENT;
    return node_check_access(directory, who, W_OK | X_OK);
}

/* In a sticky directory names belong to the owner of the file, or of the directory. */
static bool may_delete_sticky(const struct node_attributes *directory, const struct node_attributes *node,
                              const struct credentials *who)
{
    return (directory->mode & S_ISVTX) == 0 || who->uid == node->uid || who->uid == directory->uid ||
           credentials_are_root(who);
}

int path_check_delete(struct node *directory, struct node *node, const struct credentials *who, uint32_t type)
{
    struct node_attributes attributes = node_get_attributes(directory), of_node = node_get_attributes(node);
    int error = node_check_access(directory, who, W_OK | X_OK);

    if (error != 0)
        return error;
    if (!may_delete_sticky(&attributes, &of_node, who))
        return -EPERM;
    if (S_ISDIR(type) != S_ISDIR(of_node.mode))
        return S_ISDIR(type) ? -ENOTDIR : -EISDIR;
    if (node->parent == node)
        return -EBUSY;
    return directory->is_dead ? -ENOENT : 0;
}

struct node_template path_inherit(struct node *directory, const struct node_template *template)
{
    struct node_attributes attributes = node_get_attributes(directory);
    struct node_template inherited = *template;

    if ((attributes.mode & S_ISGID) == 0)
        return inherited;
    inherited.gid = attributes.gid;
    if (S_ISDIR(inherited.mode))
        inherited.mode |= S_ISGID;
    return inherited;
}
