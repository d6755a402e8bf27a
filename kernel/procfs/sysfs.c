#include "procfs/sysfs.h"

#include "fs/file_system_type.h"
#include "procfs/sysfs_files.h"
#include "procfs/system_files.h"

#define SYSFS_MAGIC 0x62656572

#define FOLDER(name, files)                       \
    {                                             \
        name, S_IFDIR | 0555, .children = (files) \
    }

static const struct pseudo_entry none[] = {{0}};
static const struct pseudo_entry devices_folders[] = {FOLDER("system", sysfs_cpu_folders), {0}};
static const struct pseudo_entry efi_files[] = {
    {"fw_platform_size", S_IFREG | 0444, .show = system_show_constant, .argument = "64\n"}, {0}};
static const struct pseudo_entry firmware_folders[] = {FOLDER("efi", efi_files), {0}};

static const struct pseudo_entry root_folders[] = {FOLDER("block", none),
                                                   FOLDER("bus", none),
                                                   FOLDER("class", sysfs_classes),
                                                   FOLDER("dev", sysfs_by_number),
                                                   FOLDER("devices", devices_folders),
                                                   FOLDER("firmware", firmware_folders),
                                                   FOLDER("fs", none),
                                                   FOLDER("kernel", none),
                                                   FOLDER("module", none),
                                                   {0}};
static const struct pseudo_entry root = {.mode = S_IFDIR | 0555, .children = root_folders};

static struct pseudo_file_system sysfs;

static int sysfs_mount(const char *options, size_t size, struct file_system **ret_file_system)
{
    (void)options;
    (void)size;
    *ret_file_system = &sysfs.base;
    return 0;
}

int sysfs_setup(void)
{
    static struct file_system_type type = {.name = "sysfs", .create = sysfs_mount};
    int error = pseudo_create(&sysfs, NULL, type.name, SYSFS_MAGIC, &root);

    if (error == 0)
        file_system_type_add(&type);
    return error;
}
