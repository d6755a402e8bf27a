/* /proc/PID and /proc/PID/task/TID: their tables, and how processes and threads are found. */
#include "abi/errno.h"
#include "lib/format.h"
#include "procfs/net.h"
#include "procfs/process_files.h"
#include "procfs/process_info.h"

int64_t name_to_number(const char *name, size_t length)
{
    int64_t number = 0;

    if (length == 0 || length > 10 || (name[0] == '0' && length > 1))
        return -1;
    for (size_t i = 0; i < length; i++) {
        if (name[i] < '0' || name[i] > '9')
            return -1;
        number = number * 10 + (name[i] - '0');
    }
    return number <= INT32_MAX ? number : -1;
}

static int lookup_thread(struct pseudo_node *directory, const char *name, size_t length,
                         struct pseudo_child *ret_child);
static int next_thread(struct pseudo_node *directory, uint64_t number, struct pseudo_child *ret_child);

#define FILE(name, permissions, show_it)                 \
    {                                                    \
        name, S_IFREG | (permissions), .show = (show_it) \
    }
#define CONSTANT(name, permissions, text)                                                \
    {                                                                                    \
        name, S_IFREG | (permissions), .show = process_show_constant, .argument = (text) \
    }
#define PLACE(name, get, go)                                      \
    {                                                             \
        name, S_IFLNK | 0777, .get_target = (get), .follow = (go) \
    }

/* The first one is of processes only. */
static const struct pseudo_entry process_files[] = {
    {"task", S_IFDIR | 0555, .lookup = lookup_thread, .next = next_thread},
    FILE("auxv", 0400, process_show_auxv),
    CONSTANT("cgroup", 0444, "0::/\n"),
    FILE("cmdline", 0444, process_show_cmdline),
    {"comm", S_IFREG | 0644, .show = process_show_comm, .store = process_store_comm},
    CONSTANT("cpuset", 0444, "/\n"),
    PLACE("cwd", process_get_directory, process_follow_directory),
    FILE("environ", 0400, process_show_environ),
    PLACE("exe", process_get_executable, process_follow_executable),
    {"fd", S_IFDIR | 0500, .lookup = process_lookup_descriptor, .next = process_next_descriptor},
    {"fdinfo", S_IFDIR | 0555, .lookup = process_lookup_descriptor_info,
     .next = process_next_descriptor_info},
    FILE("io", 0400, process_show_io),
    FILE("limits", 0444, process_show_limits),
    CONSTANT("loginuid", 0444, "4294967295"),
    FILE("maps", 0444, process_show_maps),
    {"mem", S_IFREG | 0600, .open = process_open_memory},
    FILE("mountinfo", 0444, process_show_mountinfo),
    FILE("mounts", 0444, process_show_mounts),
    {"net", S_IFDIR | 0555, .children = net_files},
    FILE("oom_score", 0444, process_show_oom_score),
    {"oom_score_adj", S_IFREG | 0644, .show = process_show_oom_adjustment,
     .store = process_store_oom_adjustment},
    CONSTANT("personality", 0400, "00000000\n"),
    PLACE("root", process_get_root, process_follow_root),
    FILE("schedstat", 0444, process_show_schedstat),
    CONSTANT("sessionid", 0444, "4294967295"),
    FILE("smaps", 0444, process_show_smaps),
    FILE("smaps_rollup", 0444, process_show_smaps_rollup),
    FILE("stat", 0444, process_show_stat),
    FILE("statm", 0444, process_show_statm),
    FILE("status", 0444, process_show_status),
    FILE("wchan", 0444, process_show_wchan),
    {0}};

static const struct pseudo_entry process_directory = {.mode = S_IFDIR | 0555, .children = process_files};
static const struct pseudo_entry thread_directory = {.mode = S_IFDIR | 0555, .children = process_files + 1};

static int lookup_thread(struct pseudo_node *directory, const char *name, size_t length,
                         struct pseudo_child *ret_child)
{
    struct process *process = process_of(directory);
    int64_t id = name_to_number(name, length);
    struct spinlock_state state = spin_lock(&process_tree);
    const struct user_thread *thread = id <= 0 ? NULL : user_thread_find((int)id);
    bool is_found = thread != NULL && thread->process == process;

    /* A first thread that has ended still stands for its process. */
    is_found |= id == process->id && process->state != PROCESS_DEAD;
    spin_unlock(&process_tree, state);
    if (!is_found)
        return -ENOENT;
    *ret_child = (struct pseudo_child){
        .entry = &thread_directory, .subject = process_ref(process), .number = (uint64_t)id};
    return 0;
}

/* The lowest ID of a thread that is at least `number`; 0: there is none. */
static int next_thread_id(struct process *process, uint64_t number)
{
    struct spinlock_state state = spin_lock(&process_tree);
    struct spinlock_state inner = spin_lock(&process->signals.lock);
    int best = 0;

    for (const struct list *link = process->threads.next; link != &process->threads; link = link->next) {
        int id = list_entry(link, struct user_thread, link)->id;
        if ((uint64_t)id >= number && (best == 0 || id < best))
            best = id;
    }
    spin_unlock(&process->signals.lock, inner);
    spin_unlock(&process_tree, state);
    return best;
}

static int next_thread(struct pseudo_node *directory, uint64_t number, struct pseudo_child *ret_child)
{
    int id = next_thread_id(process_of(directory), number);

    if (id == 0)
        return -ENOENT;
    ret_child->entry = &thread_directory;
    ret_child->number = (uint64_t)id;
    (void)format_to_buffer(ret_child->name, sizeof(ret_child->name), "%d", id);
    return 0;
}

int process_lookup_id(struct pseudo_node *directory, const char *name, size_t length,
                      struct pseudo_child *ret_child)
{
    int64_t id = name_to_number(name, length);

    (void)directory;
    if (id <= 0)
        return -ENOENT;
    struct spinlock_state state = spin_lock(&process_tree);
    struct process *process = process_find((int)id);
    const struct user_thread *thread = process == NULL ? user_thread_find((int)id) : NULL;
    const bool is_thread = thread != NULL;
    if (is_thread) /* found, but not listed, as on Linux */
        process = thread->process;
    if (process != NULL)
        process_ref(process);
    spin_unlock(&process_tree, state);
    if (process == NULL)
        return -ENOENT;
    *ret_child = (struct pseudo_child){
        .entry = &process_directory, .subject = process, .number = is_thread ? (uint64_t)id : 0};
    return 0;
}

int process_next_id(struct pseudo_node *directory, uint64_t number, struct pseudo_child *ret_child)
{
    (void)directory;
    if (number > INT32_MAX)
        return -ENOENT;
    struct spinlock_state state = spin_lock(&process_tree);
    const struct process *process = process_next((int)number - 1);
    int id = process == NULL ? 0 : process->id;
    spin_unlock(&process_tree, state);
    if (id == 0)
        return -ENOENT;
    ret_child->entry = &process_directory;
    ret_child->number = (uint64_t)id;
    (void)format_to_buffer(ret_child->name, sizeof(ret_child->name), "%d", id);
    return 0;
}

static void ref_process(void *subject)
{
    (void)process_ref(subject);
}

static void unref_process(void *subject)
{
    process_unref(subject);
}

static int check_process(void *subject)
{
    const struct process *process = subject;
    struct spinlock_state state = spin_lock(&process_tree);
    bool is_gone = process->state == PROCESS_DEAD;

    spin_unlock(&process_tree, state);
    return is_gone ? -ENOENT : 0;
}

/* The process's user; the superuser's are the files of one that is more privileged than who started it, but
 * for the directories that all may read, and its own descriptors. */
static void get_owner(const struct pseudo_node *node, uint32_t *ret_uid, uint32_t *ret_gid)
{
    struct process *process = node->subject;
    const struct user_thread *self = user_thread_current();
    const bool is_own = self != NULL && self->process == process && node->entry->mode == (S_IFDIR | 0500);
    struct spinlock_state state = spin_lock(&process->signals.lock);
    const bool is_open = is_own || process->is_dumpable || node->entry->mode == (S_IFDIR | 0555);

    *ret_uid = is_open ? process->identity.effective_uid : 0;
    *ret_gid = is_open ? process->identity.effective_gid : 0;
    spin_unlock(&process->signals.lock, state);
}

const struct pseudo_type process_pseudo_type = {
    .ref_subject = ref_process,
    .unref_subject = unref_process,
    .check_subject = check_process,
    .get_owner = get_owner,
    .create_error = -ENOENT,
};
