#include "fs/memory_file.h"

#include "fs/tmpfs.h"

static struct path place; /* the root of a file system that no path leads to */

int memory_file_setup(void)
{
    struct tmpfs_limits limits = {0};
    struct file_system *file_system;
    int error = tmpfs_create(&limits, S_ISVTX | S_IRWXUGO, &file_system);

    if (error == 0)
        error = mount_create_hidden(file_system, &place.mount);
    if (error == 0)
        place.node = node_ref(file_system->root);
    return error;
}

int memory_file_create(const struct credentials *who, uint32_t mode, unsigned seals, struct file **ret_file)
{
    const struct path_context context = {.root = place, .start = place, .credentials = who};

    int error = file_open(&context, ".", O_TMPFILE | O_EXCL | O_RDWR | O_LARGEFILE, mode, ret_file);

    if (error == 0)
        tmpfs_file_permit_seals((*ret_file)->path.node, seals);
    return error;
}
