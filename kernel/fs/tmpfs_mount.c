/* mount(2) of a tmpfs. */
#include "fs/file_system_type.h"
#include "fs/tmpfs_options.h"
#include "mm/frames.h"

static int tmpfs_mount(const char *text, size_t size, struct file_system **ret_file_system)
{
    static const struct credentials superuser;
    const uint64_t frames = frames_get_stats().total;
    struct tmpfs_options options = {.limits = {.frames = frames / 2}, .mode = 01777};
    int error = tmpfs_options_parse(&options, text, size, frames);

    if (error == 0)
        error = tmpfs_create(&options.limits, options.mode, ret_file_system);
    if (error == 0)
        (void)node_set_owner((*ret_file_system)->root, &superuser, options.uid, options.gid);
    return error;
}

void tmpfs_add_type(void)
{
    static struct file_system_type type = {.name = "tmpfs", .create = tmpfs_mount};

    file_system_type_add(&type);
}
