#include "procfs/procfs.h"

#include "abi/errno.h"
#include "fs/file_system_type.h"
#include "lib/format.h"
#include "proc/kmsg.h"
#include "procfs/process_files.h"
#include "procfs/sysctl.h"
#include "procfs/system_files.h"

#define PROC_SUPER_MAGIC 0x9fa0

/* The process, or the thread, that asks. */
static int get_self(struct pseudo_node *node, char *buffer)
{
    const struct user_thread *self = user_thread_current();

    (void)node;
    if (self == NULL)
        return -ENOENT;
    (void)format_to_buffer(buffer, PATH_MAX, "%d", self->process->id);
    return 0;
}

static int get_thread_self(struct pseudo_node *node, char *buffer)
{
    const struct user_thread *self = user_thread_current();

    (void)node;
    if (self == NULL)
        return -ENOENT;
    (void)format_to_buffer(buffer, PATH_MAX, "%d/task/%d", self->process->id, self->id);
    return 0;
}

static const struct pseudo_entry tty_files[] = {
    {"drivers", S_IFREG | 0444, .show = system_show_constant,
     .argument = "/dev/tty             /dev/tty        5       0 system:/dev/tty\n"
                 "/dev/console         /dev/console    5       1 system:console\n"
                 "/dev/ptmx            /dev/ptmx       5       2 system\n"
                 "serial               /dev/ttyS       4      64 serial\n"
                 "pty_slave            /dev/pts      136 0-255 pty:slave\n"
                 "unknown              /dev/tty        4 1-63 console\n"},
    {0}};

static const struct pseudo_entry root_files[] = {
    {"self", S_IFLNK | 0777, .get_target = get_self},
    {"thread-self", S_IFLNK | 0777, .get_target = get_thread_self},
    {"cmdline", S_IFREG | 0444, .show = system_show_cmdline},
    {"cpuinfo", S_IFREG | 0444, .show = system_show_cpuinfo},
    {"devices", S_IFREG | 0444, .show = system_show_devices},
    {"diskstats", S_IFREG | 0444, .show = system_show_constant, .argument = ""},
    {"filesystems", S_IFREG | 0444, .show = system_show_filesystems},
    {"interrupts", S_IFREG | 0444, .show = system_show_interrupts},
    {"consoles", S_IFREG | 0444, .show = system_show_consoles},
    {"kmsg", S_IFREG | 0400, .open = kmsg_open_proc},
    {"loadavg", S_IFREG | 0444, .show = system_show_loadavg},
    {"meminfo", S_IFREG | 0444, .show = system_show_meminfo},
    {"misc", S_IFREG | 0444, .show = system_show_misc},
    {"modules", S_IFREG | 0444, .show = system_show_constant, .argument = ""},
    {"mounts", S_IFLNK | 0777, .target = "self/mounts"},
    {"net", S_IFLNK | 0777, .target = "self/net"},
    {"partitions", S_IFREG | 0444, .show = system_show_constant,
     .argument = "major minor  #blocks  name\n\n"},
    {"stat", S_IFREG | 0444, .show = system_show_stat},
    {"swaps", S_IFREG | 0444, .show = system_show_constant,
     .argument = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"},
    {"sys", S_IFDIR | 0555, .children = sysctl_folders},
    {"sysrq-trigger", S_IFREG | 0200, .store = system_store_sysrq},
    {"tty", S_IFDIR | 0555, .children = tty_files},
    {"uptime", S_IFREG | 0444, .show = system_show_uptime},
    {"version", S_IFREG | 0444, .show = system_show_version},
    {"vmstat", S_IFREG | 0444, .show = system_show_vmstat},
    {0}};

static const struct pseudo_entry root = {
    .mode = S_IFDIR | 0555, .children = root_files, .lookup = process_lookup_id, .next = process_next_id};

static struct pseudo_file_system proc;

static int proc_mount(const char *options, size_t size, struct file_system **ret_file_system)
{
    (void)options;
    (void)size;
    *ret_file_system = &proc.base;
    return 0;
}

int procfs_setup(void)
{
    static struct file_system_type type = {.name = "proc", .create = proc_mount};

    sysctl_setup();
    int error = pseudo_create(&proc, &process_pseudo_type, type.name, PROC_SUPER_MAGIC, &root);

    if (error == 0)
        file_system_type_add(&type);
    return error;
}
