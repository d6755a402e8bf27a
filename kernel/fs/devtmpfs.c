#include "fs/devtmpfs.h"

#include "fs/devices.h"
#include "fs/file_system_type.h"
#include "fs/tmpfs.h"
#include "lib/string.h"

static struct file_system *devtmpfs;

static int devtmpfs_mount(const char *options, size_t size, struct file_system **ret_file_system)
{
    (void)options; /* as on Linux: they do not change what is there already */
    (void)size;
    *ret_file_system = devtmpfs;
    return 0;
}

/* It stays, mounted or not. */
static void devtmpfs_destroy(struct file_system *file_system)
{
    (void)file_system;
}

static int create_nodes(struct node *root)
{
    const struct device *device;
    int error = 0;

    fs_tree_lock();
    for (size_t i = 0; error == 0 && (device = devices_get(i)) != NULL; i++) {
        const struct node_template template = {
            .mode = device->mode, .gid = device->gid, .rdev = device->number};
        struct node *node;
        error = node_create(root, device->name, strlen(device->name), &template, &node);
        if (error == 0)
            node_unref(node);
    }
    fs_tree_unlock();
    return error;
}

int devtmpfs_setup(void)
{
    static struct file_system_type type = {.name = "devtmpfs", .create = devtmpfs_mount};
    const struct tmpfs_limits limits = {0};
    int error = tmpfs_create(&limits, 0755, &devtmpfs);

    if (error != 0)
        return error;
    devtmpfs->name = type.name;
    devtmpfs->destroy = devtmpfs_destroy;
    file_system_type_add(&type);
    return create_nodes(devtmpfs->root);
}
