/* Values that never change stand in the tables as text; others have functions. Only what has an effect can be
 * written, but for what tells the kernel of programs that it does not start (hotplug, modprobe). */
#include "procfs/sysctl.h"

#include "abi/errno.h"
#include "abi/socket.h"
#include "core/log.h"
#include "core/random.h"
#include "fs/fd_table.h"
#include "fs/file.h"
#include "fs/pipe.h"
#include "ipc/epoll.h"
#include "ipc/inotify.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/addr_space.h"
#include "proc/host.h"
#include "proc/process.h"
#include "proc/process_ids.h"
#include "procfs/number.h"
#include "procfs/system_files.h"

#define UUID_BYTES 16

static uint8_t boot_id[UUID_BYTES];

/* A name without the newline behind it; it may not be longer than the kernel can keep. */
static int store_name(const char *text, size_t length, void (*set)(const char *name, size_t length))
{
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\0'))
        length--;
    set(text, length < UTSNAME_SIZE ? length : UTSNAME_SIZE - 1);
    return 0;
}

static int show_hostname(struct pseudo_node *node, struct text *text)
{
    struct utsname names;

    (void)node;
    host_get_names(&names);
    text_print(text, "%s\n", names.nodename);
    return 0;
}

static int store_hostname(struct pseudo_node *node, const char *text, size_t length)
{
    (void)node;
    return store_name(text, length, host_set_name);
}

static int show_domainname(struct pseudo_node *node, struct text *text)
{
    struct utsname names;

    (void)node;
    host_get_names(&names);
    text_print(text, "%s\n", names.domainname);
    return 0;
}

static int store_domainname(struct pseudo_node *node, const char *text, size_t length)
{
    (void)node;
    return store_name(text, length, host_set_domain);
}

/* argument: the offset of the name in struct utsname */
static int show_utsname(struct pseudo_node *node, struct text *text)
{
    struct utsname names;

    host_get_names(&names);
    text_print(text, "%s\n", (const char *)&names + (uintptr_t)node->entry->argument);
    return 0;
}

static int show_file_max(struct pseudo_node *node, struct text *text)
{
    (void)node;
    text_print(text, "%lu\n", file_count_max());
    return 0;
}

/* The number in the middle is 0 on every Linux since 2.6. */
static int show_file_count(struct pseudo_node *node, struct text *text)
{
    (void)node;
    text_print(text, "%lu\t0\t%lu\n", file_count(), file_count_max());
    return 0;
}

static int show_pipe_pages_max(struct pseudo_node *node, struct text *text)
{
    (void)node;
    text_print(text, "%u\n", pipe_users_pages_max());
    return 0;
}

static int show_epoll_watches_max(struct pseudo_node *node, struct text *text)
{
    (void)node;
    text_print(text, "%u\n", epoll_watches_max());
    return 0;
}

/* argument: the number */
static int show_number(struct pseudo_node *node, struct text *text)
{
    text_print(text, "%lu\n", (uintptr_t)node->entry->argument);
    return 0;
}

static int show_threads_max(struct pseudo_node *node, struct text *text)
{
    (void)node;
    text_print(text, "%u\n", user_thread_maximum());
    return 0;
}

static int show_ns_last_pid(struct pseudo_node *node, struct text *text)
{
    (void)node;
    struct spinlock_state state = spin_lock(&process_tree);
    const int last_id = process_ids_last();
    spin_unlock(&process_tree, state);
    text_print(text, "%d\n", last_id);
    return 0;
}

/* The level of the console; of a line without one; the lowest, and the default, of the console. */
static int show_printk(struct pseudo_node *node, struct text *text)
{
    (void)node;
    text_print(text, "%d\t4\t1\t7\n", log_get_level() + 1);
    return 0;
}

/* Lines are shown whose level is below the number. */
static int store_printk(struct pseudo_node *node, const char *text, size_t length)
{
    int64_t level;
    int error = number_parse_next(&text, &length, &level);

    (void)node;
    if (error != 0)
        return error;
    if (level < 1 || level > LOG_DEBUG + 1)
        return -EINVAL;
    (void)log_set_level((enum log_level)(level - 1));
    return 0;
}

/* Of version 4: random. */
static void show_uuid(struct text *text, const uint8_t bytes[UUID_BYTES])
{
    for (size_t i = 0; i < UUID_BYTES; i++) {
        uint8_t byte = bytes[i];
        if (i == 6)
            byte = (byte & 0x0f) | 0x40;
        if (i == 8)
            byte = (byte & 0x3f) | 0x80;
        text_print(text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", byte);
    }
    text_add_string(text, "\n");
}

static int show_boot_id(struct pseudo_node *node, struct text *text)
{
    (void)node;
    show_uuid(text, boot_id);
    return 0;
}

static int show_new_uuid(struct pseudo_node *node, struct text *text)
{
    uint8_t bytes[UUID_BYTES];

    (void)node;
    random_fill(bytes, sizeof(bytes));
    show_uuid(text, bytes);
    return 0;
}

/* There is nothing that could be dropped: files are nowhere else. */
static int store_drop_caches(struct pseudo_node *node, const char *text, size_t length)
{
    int64_t what;
    int error = number_parse(text, length, &what);

    (void)node;
    if (error != 0)
        return error;
    return what >= 1 && what <= 4 ? 0 : -EINVAL;
}

/* The name of a program that the kernel would start: it starts none. */
static int store_nothing(struct pseudo_node *node, const char *text, size_t length)
{
    (void)node;
    (void)text;
    (void)length;
    return 0;
}

#define CONSTANT(name, text)                                                   \
    {                                                                          \
        name, S_IFREG | 0444, .show = system_show_constant, .argument = (text) \
    }
#define NUMBER(name, value)                                                                     \
    {                                                                                           \
        name, S_IFREG | 0444, .show = show_number, .argument = (const void *)(uintptr_t)(value) \
    }
#define UTSNAME(name, field)                                                            \
    {                                                                                   \
        name, S_IFREG | 0444, .show = show_utsname,                                     \
                              .argument = (const void *)offsetof(struct utsname, field) \
    }
#define FOLDER(name, files)                       \
    {                                             \
        name, S_IFDIR | 0555, .children = (files) \
    }

static const struct pseudo_entry random_files[] = {{"boot_id", S_IFREG | 0444, .show = show_boot_id},
                                                   {"uuid", S_IFREG | 0444, .show = show_new_uuid},
                                                   CONSTANT("entropy_avail", "256\n"),
                                                   CONSTANT("poolsize", "256\n"),
                                                   {0}};

static const struct pseudo_entry kernel_files[] = {
    UTSNAME("ostype", sysname),
    UTSNAME("osrelease", release),
    UTSNAME("version", version),
    UTSNAME("arch", machine),
    {"hostname", S_IFREG | 0644, .show = show_hostname, .store = store_hostname},
    {"domainname", S_IFREG | 0644, .show = show_domainname, .store = store_domainname},
    NUMBER("pid_max", PROCESS_ID_MAX),
    {"threads-max", S_IFREG | 0444, .show = show_threads_max},
    {"ns_last_pid", S_IFREG | 0444, .show = show_ns_last_pid},
    {"printk", S_IFREG | 0644, .show = show_printk, .store = store_printk},
    {"hotplug", S_IFREG | 0644, .show = system_show_constant, .store = store_nothing, .argument = "\n"},
    {"modprobe", S_IFREG | 0644, .show = system_show_constant, .store = store_nothing, .argument = "\n"},
    NUMBER("ngroups_max", CREDENTIALS_GROUPS_MAX),
    CONSTANT("cap_last_cap", "40\n"),
    CONSTANT("core_pattern", "core\n"),
    CONSTANT("core_uses_pid", "0\n"),
    CONSTANT("ctrl-alt-del", "0\n"),
    CONSTANT("dmesg_restrict", "0\n"),
    CONSTANT("kptr_restrict", "2\n"),
    CONSTANT("overflowuid", "65534\n"),
    CONSTANT("overflowgid", "65534\n"),
    CONSTANT("panic", "0\n"),
    CONSTANT("randomize_va_space", "2\n"),
    CONSTANT("sysrq", "1\n"),
    FOLDER("random", random_files),
    {0}};

static const struct pseudo_entry vm_files[] = {{"drop_caches", S_IFREG | 0200, .store = store_drop_caches},
                                               NUMBER("max_map_count", ADDR_SPACE_AREAS_MAX),
                                               CONSTANT("min_free_kbytes", "0\n"),
                                               CONSTANT("mmap_min_addr", "4096\n"),
                                               CONSTANT("nr_hugepages", "0\n"),
                                               CONSTANT("overcommit_memory", "1\n"),
                                               CONSTANT("overcommit_ratio", "50\n"),
                                               CONSTANT("panic_on_oom", "0\n"),
                                               CONSTANT("swappiness", "0\n"),
                                               {0}};

static const struct pseudo_entry epoll_files[] = {
    {"max_user_watches", S_IFREG | 0444, .show = show_epoll_watches_max}, {0}};

static const struct pseudo_entry inotify_files[] = {NUMBER("max_queued_events", INOTIFY_QUEUE_MAX),
                                                    NUMBER("max_user_instances", INOTIFY_INSTANCES_MAX),
                                                    NUMBER("max_user_watches", INOTIFY_WATCHES_MAX),
                                                    {0}};

static const struct pseudo_entry fs_files[] = {
    {"file-max", S_IFREG | 0444, .show = show_file_max},
    {"file-nr", S_IFREG | 0444, .show = show_file_count},
    NUMBER("nr_open", FD_TABLE_MAX),
    CONSTANT("overflowuid", "65534\n"),
    CONSTANT("overflowgid", "65534\n"),
    NUMBER("pipe-max-size", PIPE_SIZE),
    CONSTANT("pipe-user-pages-hard", "0\n"),
    {"pipe-user-pages-soft", S_IFREG | 0444, .show = show_pipe_pages_max},
    CONSTANT("protected_hardlinks", "0\n"),
    CONSTANT("protected_symlinks", "0\n"),
    CONSTANT("suid_dumpable", "0\n"),
    FOLDER("epoll", epoll_files),
    FOLDER("inotify", inotify_files),
    {0}};

static const struct pseudo_entry net_core_files[] = {NUMBER("somaxconn", SOMAXCONN),
                                                     CONSTANT("rmem_default", "212992\n"),
                                                     CONSTANT("wmem_default", "212992\n"),
                                                     {0}};
static const struct pseudo_entry net_unix_files[] = {CONSTANT("max_dgram_qlen", "10\n"), {0}};
static const struct pseudo_entry net_folders[] = {
    FOLDER("core", net_core_files), FOLDER("unix", net_unix_files), {0}};

const struct pseudo_entry sysctl_folders[] = {FOLDER("fs", fs_files),
                                              FOLDER("kernel", kernel_files),
                                              FOLDER("net", net_folders),
                                              FOLDER("vm", vm_files),
                                              {0}};

void sysctl_setup(void)
{
    random_fill(boot_id, sizeof(boot_id));
}
