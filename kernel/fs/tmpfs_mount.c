/* mount(2) of a tmpfs. */
#include "boot_info.h"
#include "fs/file_system_type.h"
#include "fs/text.h"
#include "fs/tmpfs_options.h"
#include "mm/frames.h"

static void tmpfs_show_options(struct file_system *file_system, struct text *text)
{
    const struct tmpfs_usage usage = tmpfs_get_usage(file_system);

    if (usage.limits.frames != 0)
        text_print(text, ",size=%luk", usage.limits.frames * (uint64_t)PAGE_SIZE / 1024);
    if (usage.limits.nodes != 0)
        text_print(text, ",nr_inodes=%lu", usage.limits.nodes);
    const uint32_t permissions = node_mode(file_system->root) & S_IALLUGO;
    if (permissions != 01777)
        text_print(text, ",mode=%o", permissions);
}

static int tmpfs_mount(const char *text, size_t size, struct file_system **ret_file_system)
{
    static const struct credentials superuser;
    const uint64_t frames = frames_get_stats().total;
    struct tmpfs_options options = {.limits = {.frames = frames / 2}, .mode = 01777};
    int error = tmpfs_options_parse(&options, text, size, frames);

    if (error == 0)
        error = tmpfs_create(&options.limits, options.mode, ret_file_system);
    if (error != 0)
        return error;
    (*ret_file_system)->show_options = tmpfs_show_options;
    (void)node_set_owner((*ret_file_system)->root, &superuser, options.uid, options.gid);
    return 0;
}

void tmpfs_add_type(void)
{
    static struct file_system_type type = {.name = "tmpfs", .create = tmpfs_mount};

    file_system_type_add(&type);
}
