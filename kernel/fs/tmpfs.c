/* File systems and nodes; tmpfs_directory.c has names, tmpfs_file.c contents. */
#include "fs/tmpfs.h"

#include "abi/errno.h"
#include "fs/tmpfs_internal.h"
#include "lib/string.h"
#include "mm/frames.h"

static struct object_cache tmpfs_cache;
static struct object_cache node_cache;

static const char *tmpfs_get_target(struct node *node)
{
    return tmpfs_node_of(node)->target;
}

static const struct node_operations link_operations = {
    .get_target = tmpfs_get_target,
    .get_name = tmpfs_get_name,
    .release = tmpfs_node_release,
};

/* Device nodes, FIFOs, sockets */
static const struct node_operations special_operations = {
    .get_name = tmpfs_get_name,
    .release = tmpfs_node_release,
};

void tmpfs_setup(const struct hash_key *key)
{
    object_cache_init(&tmpfs_cache, "tmpfs", sizeof(struct tmpfs), 8);
    object_cache_init(&node_cache, "tmpfs-node", sizeof(struct tmpfs_node), 8);
    tmpfs_directory_setup(key);
}

static const struct node_operations *operations_for(uint32_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return &tmpfs_directory_operations;
    case S_IFREG:
        return &tmpfs_file_operations;
    case S_IFLNK:
        return &link_operations;
    default:
        return &special_operations;
    }
}

static int node_set_target(struct tmpfs_node *node, const char *target)
{
    paddr_t frame;

    if (frames_alloc(0, &frame) != 0)
        return -ENOMEM;
    node->target = direct_map(frame);
    node->base.attributes.size = strlen(target);
    memcpy(node->target, target, node->base.attributes.size + 1);
    return 0;
}

static int node_init_contents(struct tmpfs_node *node, const struct node_template *template)
{
    if (S_ISDIR(template->mode))
        tmpfs_directory_init(node);
    else if (S_ISREG(template->mode))
        tmpfs_file_init(&node->file);
    else if (S_ISLNK(template->mode))
        return node_set_target(node, template->target);
    return 0;
}

int tmpfs_node_create(struct tmpfs *tmpfs, const struct node_template *template, struct tmpfs_node **ret_node)
{
    int error = -ENOSPC;

    if (atomic_fetch_add(&tmpfs->node_count, 1) >= tmpfs->limits.nodes && tmpfs->limits.nodes != 0)
        goto uncount;
    error = -ENOMEM;
    struct tmpfs_node *node = object_cache_alloc(&node_cache);
    if (node == NULL)
        goto uncount;
    node_init(&node->base, &tmpfs->base, operations_for(template->mode),
              atomic_fetch_add(&tmpfs->next_ino, 1), template);
    node->own_entry = NULL;
    error = node_init_contents(node, template);
    if (error != 0)
        goto free_node;
    *ret_node = node;
    return 0;

free_node:
    object_cache_free(&node_cache, node);
uncount:
    atomic_fetch_sub(&tmpfs->node_count, 1);
    return error;
}

void tmpfs_node_release(struct node *base)
{
    struct tmpfs_node *node = tmpfs_node_of(base);
    struct tmpfs *tmpfs = tmpfs_of(base);

    if (S_ISREG(base->attributes.mode))
        tmpfs_file_clear(node);
    else if (S_ISLNK(base->attributes.mode))
        frames_free((vaddr_t)node->target - direct_map_base, 0);
    tmpfs_forget_name(node);
    object_cache_free(&node_cache, node);
    if (atomic_fetch_sub(&tmpfs->node_count, 1) == 1)
        object_cache_free(&tmpfs_cache, tmpfs);
}

static void tmpfs_destroy(struct file_system *file_system)
{
    fs_tree_lock();
    tmpfs_directory_clear(tmpfs_node_of(file_system->root));
    fs_tree_unlock();
    node_unref(file_system->root);
}

static struct file_system_usage tmpfs_get_file_system_usage(struct file_system *file_system)
{
    struct tmpfs_usage usage = tmpfs_get_usage(file_system);

    return (struct file_system_usage){.frames = usage.frames,
                                      .frames_limit = usage.limits.frames,
                                      .nodes = usage.nodes,
                                      .nodes_limit = usage.limits.nodes};
}

int tmpfs_create(const struct tmpfs_limits *limits, uint32_t permissions,
                 struct file_system **ret_file_system)
{
    struct node_template template = {.mode = S_IFDIR | permissions};
    struct tmpfs *tmpfs = object_cache_alloc(&tmpfs_cache);
    struct tmpfs_node *root;

    if (tmpfs == NULL)
        return -ENOMEM;
    *tmpfs = (struct tmpfs){
        .base = {.dev = file_system_next_dev(),
                 .name = "tmpfs",
                 .magic = TMPFS_MAGIC,
                 .destroy = tmpfs_destroy,
                 .get_usage = tmpfs_get_file_system_usage},
        .limits = *limits,
        .next_ino = 1,
    };
    int error = tmpfs_node_create(tmpfs, &template, &root);
    if (error != 0) {
        object_cache_free(&tmpfs_cache, tmpfs);
        return error;
    }
    root->base.parent = &root->base;
    tmpfs->base.root = &root->base;
    *ret_file_system = &tmpfs->base;
    return 0;
}

struct tmpfs_usage tmpfs_get_usage(struct file_system *file_system)
{
    struct tmpfs *tmpfs = (struct tmpfs *)file_system;

    return (struct tmpfs_usage){
        .limits = tmpfs->limits,
        .frames = atomic_load(&tmpfs->frame_count),
        .nodes = atomic_load(&tmpfs->node_count),
    };
}
