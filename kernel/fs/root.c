#include "fs/root.h"

#include "abi/errno.h"
#include "core/log.h"
#include "core/random.h"
#include "fs/devices.h"
#include "fs/devtmpfs.h"
#include "fs/fd_table.h"
#include "fs/file_lock.h"
#include "fs/initramfs.h"
#include "fs/memory_file.h"
#include "fs/nameless_node.h"
#include "fs/pipe.h"
#include "fs/tmpfs.h"

static const struct credentials superuser;

static void unpack(const struct path_context *context, const void *initrd, size_t size)
{
    struct initramfs_report report;
    int error = initramfs_unpack(context, initrd, size, &report);

    if (error != 0)
        log_error("initrd: damaged, or no cpio archive (error %d): %lu entries were unpacked", error,
                  report.entries);
    else
        log_info("initrd: %lu entries, %lu KiB of files", report.entries, report.bytes / 1024);
    if (report.skipped > 0)
        log_warning("initrd: %lu entries could not be made, the first is %s (error %d)", report.skipped,
                    report.first_skipped, report.first_error);
}

/* The names of the caller's descriptors, which lead somewhere once /proc is mounted. */
static int make_descriptor_links(const struct path_context *context)
{
    static const char *const links[][2] = {{"fd", "/proc/self/fd"},
                                           {"stdin", "/proc/self/fd/0"},
                                           {"stdout", "/proc/self/fd/1"},
                                           {"stderr", "/proc/self/fd/2"}};

    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        const struct node_template link = {.mode = S_IFLNK | 0777, .target = links[i][1]};
        int error = path_create(context, links[i][0], &link);
        if (error != 0 && error != -EEXIST)
            return error;
    }
    return 0;
}

/* An initrd without device nodes has some all the same, as a Linux with devtmpfs would. */
static int make_devices(const struct path_context *context)
{
    static const struct node_template folder = {.mode = S_IFDIR | 0755};
    struct path_context devices = *context;
    int error = path_create(context, "/dev", &folder);

    if (error != 0 && error != -EEXIST)
        return error;
    error = path_lookup_directory(context, "/dev", &devices.start);
    if (error != 0)
        return error;
    error = devices_create_nodes(&devices);
    if (error == 0)
        error = make_descriptor_links(&devices);
    path_unref(&devices.start);
    return error;
}

int root_setup(const void *initrd, size_t size, struct path *ret_root)
{
    struct tmpfs_limits limits = {0};
    struct file_system *file_system;
    struct hash_key key;

    random_fill(&key, sizeof(key));
    tmpfs_setup(&key);
    tmpfs_add_type();
    mount_setup();
    nameless_node_setup();
    file_setup();
    fd_table_setup();
    file_lock_setup();
    pipe_setup();
    int error = devices_setup();
    if (error == 0)
        error = devtmpfs_setup();
    if (error == 0)
        error = memory_file_setup();
    if (error == 0)
        error = tmpfs_create(&limits, 0755, &file_system);
    if (error == 0)
        error = mount_create_root(file_system, &ret_root->mount);
    if (error != 0)
        return error;
    file_system->name = "rootfs";
    ret_root->node = node_ref(file_system->root);

    const struct path_context context = {.root = *ret_root, .start = *ret_root, .credentials = &superuser};
    if (size > 0)
        unpack(&context, initrd, size);
    return make_devices(&context);
}
