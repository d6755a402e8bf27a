/* Single values of a process. */
#include "abi/errno.h"
#include "lib/string.h"
#include "proc/memory_shortage.h"
#include "procfs/number.h"
#include "procfs/process_files.h"
#include "procfs/process_info.h"

#define OOM_ADJUSTMENT_MAX 1000

int process_show_comm(struct pseudo_node *node, struct text *text)
{
    struct process_info info;
    int error = process_info_get(process_of(node), (int)node->number, &info);

    if (error == 0)
        text_print(text, "%s\n", info.name);
    return error;
}

/* The thread that a node is about: the named one, or the process's first. NULL: it is no more. Holds:
 * process_tree.
 */
static struct user_thread *thread_of(struct pseudo_node *node)
{
    struct process *process = process_of(node);
    struct user_thread *thread = user_thread_find(node->number != 0 ? (int)node->number : process->id);

    return thread != NULL && thread->process == process ? thread : NULL;
}

/* A thread's name may be changed by its own process only. */
int process_store_comm(struct pseudo_node *node, const char *text, size_t length)
{
    char name[THREAD_NAME_SIZE];
    int error = 0;

    if (process_of(node) != process_current())
        return -EINVAL;
    if (length > 0 && text[length - 1] == '\n')
        length--;
    if (length >= sizeof(name))
        length = sizeof(name) - 1;
    memcpy(name, text, length);
    name[length] = '\0';
    struct spinlock_state state = spin_lock(&process_tree);
    struct user_thread *thread = thread_of(node);
    if (thread == NULL)
        error = -ESRCH;
    else
        thread_rename(thread->thread, name);
    spin_unlock(&process_tree, state);
    return error;
}

static const struct limit_line {
    enum resource resource;
    const char *name, *unit;
} limit_lines[] = {
    {RLIMIT_CPU, "Max cpu time", "seconds"},         {RLIMIT_FSIZE, "Max file size", "bytes"},
    {RLIMIT_DATA, "Max data size", "bytes"},         {RLIMIT_STACK, "Max stack size", "bytes"},
    {RLIMIT_CORE, "Max core file size", "bytes"},    {RLIMIT_RSS, "Max resident set", "bytes"},
    {RLIMIT_NPROC, "Max processes", "processes"},    {RLIMIT_NOFILE, "Max open files", "files"},
    {RLIMIT_MEMLOCK, "Max locked memory", "bytes"},  {RLIMIT_AS, "Max address space", "bytes"},
    {RLIMIT_LOCKS, "Max file locks", "locks"},       {RLIMIT_SIGPENDING, "Max pending signals", "signals"},
    {RLIMIT_MSGQUEUE, "Max msgqueue size", "bytes"}, {RLIMIT_NICE, "Max nice priority", ""},
    {RLIMIT_RTPRIO, "Max realtime priority", ""},    {RLIMIT_RTTIME, "Max realtime timeout", "us"},
};

static void show_limit(struct text *text, uint64_t value)
{
    if (value == RLIM_INFINITY)
        text_print(text, "%-20s ", "unlimited");
    else
        text_print(text, "%-20lu ", value);
}

int process_show_limits(struct pseudo_node *node, struct text *text)
{
    const struct resource_limits *limits = &process_of(node)->limits;

    text_print(text, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    for (size_t i = 0; i < sizeof(limit_lines) / sizeof(limit_lines[0]); i++) {
        const struct limit_line *line = &limit_lines[i];
        text_print(text, "%-25s ", line->name);
        show_limit(text, limits->of[line->resource].soft);
        show_limit(text, limits->of[line->resource].hard);
        if (line->unit[0] != '\0')
            text_print(text, "%-10s", line->unit);
        text_add_string(text, "\n");
    }
    return 0;
}

/* Nobody counts bytes that are moved. */
int process_show_io(struct pseudo_node *node, struct text *text)
{
    if (!process_may_look(process_of(node)))
        return -EACCES;
    text_add_string(text, "rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\n"
                          "cancelled_write_bytes: 0\n");
    return 0;
}

int process_show_oom_score(struct pseudo_node *node, struct text *text)
{
    text_print(text, "%u\n", memory_shortage_score(process_of(node)));
    return 0;
}

int process_show_oom_adjustment(struct pseudo_node *node, struct text *text)
{
    text_print(text, "%d\n", __atomic_load_n(&process_of(node)->oom_score_adjustment, __ATOMIC_RELAXED));
    return 0;
}

/* Whoever may write the file may raise it; only the superuser may lower it. */
int process_store_oom_adjustment(struct pseudo_node *node, const char *text, size_t length)
{
    struct process *process = process_of(node);
    const bool may_lower = identity_is_superuser();
    int64_t value;
    int error = number_parse(text, length, &value);

    if (error != 0)
        return error;
    if (value < -OOM_ADJUSTMENT_MAX || value > OOM_ADJUSTMENT_MAX)
        return -EINVAL;
    struct spinlock_state state = spin_lock(&process_tree);
    if (value < process->oom_score_adjustment && !may_lower)
        error = -EACCES;
    else
        __atomic_store_n(&process->oom_score_adjustment, (int)value, __ATOMIC_RELAXED);
    spin_unlock(&process_tree, state);
    return error;
}

/* Where in the kernel a thread waits is not told. */
int process_show_wchan(struct pseudo_node *node, struct text *text)
{
    (void)node;
    text_add_string(text, "0");
    return 0;
}

/* Time on a CPU, time that it was ready but did not run (which nobody counts), how often it ran. */
int process_show_schedstat(struct pseudo_node *node, struct text *text)
{
    struct process_info info;
    int error = process_info_get(process_of(node), (int)node->number, &info);

    if (error == 0)
        text_print(text, "%lu 0 %lu\n", info.times.user_ns + info.times.system_ns,
                   info.times.voluntary_switches);
    return error;
}

int process_show_constant(struct pseudo_node *node, struct text *text)
{
    text_add_string(text, node->entry->argument);
    return 0;
}
