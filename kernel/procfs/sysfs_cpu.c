/* /sys/devices/system/cpu: libc counts CPUs here. A directory's number is the CPU's. */
#include "abi/errno.h"
#include "arch/x86_64/percpu.h"
#include "lib/format.h"
#include "procfs/cpu_list.h"
#include "procfs/process_files.h"
#include "procfs/sysfs_files.h"
#include "procfs/system_files.h"

static int show_online(struct pseudo_node *node, struct text *text)
{
    const struct cpu_set online = cpu_list_online();

    (void)node;
    cpu_list_show(text, &online);
    text_add_string(text, "\n");
    return 0;
}

static int show_highest(struct pseudo_node *node, struct text *text)
{
    (void)node;
    text_print(text, "%u\n", CPU_COUNT_MAX - 1);
    return 0;
}

/* Each CPU is shown as a core of its own, of one package. */
static int show_core(struct pseudo_node *node, struct text *text)
{
    text_print(text, "%lu\n", node->number);
    return 0;
}

static int show_own_mask(struct pseudo_node *node, struct text *text)
{
    struct cpu_set own = {{0}};

    cpu_set_add(&own, (unsigned)node->number);
    cpu_list_show_mask(text, &own);
    text_add_string(text, "\n");
    return 0;
}

static int show_online_mask(struct pseudo_node *node, struct text *text)
{
    const struct cpu_set online = cpu_list_online();

    (void)node;
    cpu_list_show_mask(text, &online);
    text_add_string(text, "\n");
    return 0;
}

static const struct pseudo_entry topology_files[] = {
    {"core_cpus", S_IFREG | 0444, .show = show_own_mask},
    {"core_cpus_list", S_IFREG | 0444, .show = show_core},
    {"core_id", S_IFREG | 0444, .show = show_core},
    {"core_siblings", S_IFREG | 0444, .show = show_online_mask},
    {"core_siblings_list", S_IFREG | 0444, .show = show_online},
    {"die_id", S_IFREG | 0444, .show = system_show_constant, .argument = "0\n"},
    {"package_cpus", S_IFREG | 0444, .show = show_online_mask},
    {"package_cpus_list", S_IFREG | 0444, .show = show_online},
    {"physical_package_id", S_IFREG | 0444, .show = system_show_constant, .argument = "0\n"},
    {"thread_siblings", S_IFREG | 0444, .show = show_own_mask},
    {"thread_siblings_list", S_IFREG | 0444, .show = show_core},
    {0}};
static const struct pseudo_entry cpu_files[] = {{"topology", S_IFDIR | 0755, .children = topology_files},
                                                {0}};
static const struct pseudo_entry cpu_folder = {.mode = S_IFDIR | 0755, .children = cpu_files};

static int lookup_cpu(struct pseudo_node *directory, const char *name, size_t length,
                      struct pseudo_child *ret_child)
{
    (void)directory;
    if (length < 4 || name[0] != 'c' || name[1] != 'p' || name[2] != 'u')
        return -ENOENT;
    const int64_t cpu = name_to_number(name + 3, length - 3);
    if (cpu < 0 || cpu >= cpu_count_online())
        return -ENOENT;
    *ret_child = (struct pseudo_child){.entry = &cpu_folder, .number = (uint64_t)cpu};
    return 0;
}

static int next_cpu(struct pseudo_node *directory, uint64_t number, struct pseudo_child *ret_child)
{
    (void)directory;
    if (number >= cpu_count_online())
        return -ENOENT;
    ret_child->entry = &cpu_folder;
    ret_child->number = number;
    (void)format_to_buffer(ret_child->name, sizeof(ret_child->name), "cpu%lu", number);
    return 0;
}

static const struct pseudo_entry cpu_list_files[] = {
    {"kernel_max", S_IFREG | 0444, .show = show_highest},
    {"offline", S_IFREG | 0444, .show = system_show_constant, .argument = "\n"},
    {"online", S_IFREG | 0444, .show = show_online},
    {"possible", S_IFREG | 0444, .show = show_online},
    {"present", S_IFREG | 0444, .show = show_online},
    {0}};

const struct pseudo_entry sysfs_cpu_folders[] = {
    {"cpu", S_IFDIR | 0755, .children = cpu_list_files, .lookup = lookup_cpu, .next = next_cpu}, {0}};
