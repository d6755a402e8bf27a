#include "procfs/process_info.h"

#include <stddef.h>

#include "abi/errno.h"
#include "fs/fd_table.h"
#include "lib/string.h"
#include "proc/fs_context.h"
#include "proc/user_account.h"
#include "time/process_time.h"
#include "tty/tty.h"

static char state_of_thread(const struct process *process, const struct thread *thread)
{
    if (!thread_is_blocked(thread))
        return 'R';
    return process->signals.is_stopped ? 'T' : 'S';
}

/* Holds: process_tree, process->signals.lock. */
static void info_take_thread(struct process_info *info, const struct user_thread *thread)
{
    struct thread_policy scheduling = thread_get_policy(thread->thread);

    strlcpy(info->name, thread_name(thread->thread), sizeof(info->name));
    info->state = state_of_thread(thread->process, thread->thread);
    info->policy = thread->policy;
    info->scheduling = scheduling;
    info->realtime_priority = thread_priority(thread->thread);
    info->cpus = thread_get_affinity(thread->thread);
    info->cpu = thread_last_cpu(thread->thread);
    info->thread_pending = thread->signals.pending.set;
    info->blocked = thread->signals.blocked;
}

/* Holds: process->signals.lock. */
static void info_take_signals(struct process_info *info, const struct process *process)
{
    info->process_pending = process->signals.pending.set;
    info->queued_signals = process->account == NULL ? 0 : user_account_used(process->account, USER_SIGNALS);
    info->queued_signals_max = process->limits.of[RLIMIT_SIGPENDING].soft;
    for (int signal = 1; signal <= SIGNAL_MAX; signal++) {
        uint64_t handler = process->signals.actions[signal - 1].handler;
        if (handler == SIG_IGN)
            info->ignored |= SIGNAL_BIT(signal);
        else if (handler != SIG_DFL)
            info->caught |= SIGNAL_BIT(signal);
    }
}

/* Holds: process_tree. */
static void info_take_space(struct process_info *info, const struct process *process)
{
    const struct addr_space *space = process->space;

    if (space == NULL)
        return;
    info->has_space = true;
    info->size_pages = __atomic_load_n(&space->areas.pages, __ATOMIC_RELAXED);
    info->resident_pages = __atomic_load_n(&space->resident_pages, __ATOMIC_RELAXED);
    info->resident_maximum = __atomic_load_n(&space->resident_maximum, __ATOMIC_RELAXED);
    info->heap_start = space->brk_start;
    info->marks = space->marks;
}

/* Who is whose. Holds: process_tree. */
static void info_take_tree(struct process_info *info, const struct process *process)
{
    info->process_id = process->id;
    info->parent_id = process->parent_id;
    info->group_id = process->group->id;
    info->session_id = process->group->session->id;
    info->terminal = tty_of_process(process, &info->terminal_group);
    info->has_executed = process->has_executed;
    info->exit_signal = process->exit_signal;
    info->exit_code = process->state == PROCESS_ZOMBIE ? process->wait_status : 0;
    info->start_ns = process->start_ns;
    info->children_times = process->children_times;
    info->oom_score_adjustment = process->oom_score_adjustment;
    if (process->fs != NULL)
        info->umask = fs_context_get_umask(process->fs);
    if (process->files != NULL)
        info->descriptor_slots = process->files->chunk_limit * FD_CHUNK_SLOTS;
}

/* Which thread it is about: the named one, or the oldest, which also stands for a first thread that has ended
 * before it. NULL: there is none. Holds: process_tree, process->signals.lock. */
static const struct user_thread *choose_thread(const struct process *process, int thread_id)
{
    if (thread_id == process->id)
        thread_id = 0;
    for (const struct list *link = process->threads.next; link != &process->threads; link = link->next) {
        const struct user_thread *thread = list_entry(link, struct user_thread, link);
        if (thread_id == 0 || thread->id == thread_id)
            return thread;
    }
    return NULL;
}

/* Holds: process_tree, process->signals.lock. */
static int info_take_process(struct process_info *info, const struct process *process, int thread_id)
{
    const struct user_thread *thread = choose_thread(process, thread_id);
    const bool is_first = thread_id == 0 || thread_id == process->id;

    if (process->state == PROCESS_DEAD || (thread == NULL && !is_first))
        return -ESRCH;
    info->id = thread_id != 0 ? thread_id : process->id;
    info->thread_count = process->thread_count;
    info->identity = process->identity;
    info->is_dumpable = process->is_dumpable;
    info->has_no_new_privileges = process->has_no_new_privileges;
    info_take_signals(info, process);
    if (thread != NULL) {
        info_take_thread(info, thread);
        if (is_first && thread->id != process->id)
            info->state = 'Z';
        else if (thread_id != 0)
            info->times = process_times_of(thread->thread);
        return 0;
    }
    strlcpy(info->name, process->name, sizeof(info->name));
    info->state = 'Z';
    info->times = process->times;
    info->thread_count = 1;
    return 0;
}

int process_info_get(struct process *process, int thread_id, struct process_info *ret_info)
{
    const struct process_times times = process_times_now(process);

    *ret_info = (struct process_info){.times = times};
    struct spinlock_state state = spin_lock(&process_tree);
    struct spinlock_state inner = spin_lock(&process->signals.lock);
    int error = info_take_process(ret_info, process, thread_id);
    spin_unlock(&process->signals.lock, inner);
    if (error == 0) {
        info_take_tree(ret_info, process);
        info_take_space(ret_info, process);
    }
    spin_unlock(&process_tree, state);
    return error;
}

/* What decides who may look into a process. */
struct look_subject {
    struct identity identity;
    bool is_dumpable;
};

/* Holds: process->signals.lock. */
static struct look_subject look_subject_of(const struct process *process)
{
    return (struct look_subject){process->identity, process->is_dumpable};
}

static bool may_look_at(const struct process *process, const struct look_subject *its)
{
    const struct user_thread *self = user_thread_current();
    struct credentials mine;

    if (self == NULL || self->process == process)
        return true;
    if (identity_is_superuser())
        return true;
    identity_get_credentials(&mine);
    return its->is_dumpable && mine.uid == its->identity.real_uid &&
           mine.uid == its->identity.effective_uid && mine.uid == its->identity.saved_uid &&
           mine.gid == its->identity.real_gid && mine.gid == its->identity.effective_gid &&
           mine.gid == its->identity.saved_gid;
}

bool process_may_look(struct process *process)
{
    struct spinlock_state state = spin_lock(&process->signals.lock);
    const struct look_subject its = look_subject_of(process);

    spin_unlock(&process->signals.lock, state);
    return may_look_at(process, &its);
}

struct addr_space *process_get_space(struct process *process)
{
    struct spinlock_state state = spin_lock(&process_tree);
    struct addr_space *space = process->space;

    if (space != NULL)
        addr_space_ref(space);
    spin_unlock(&process_tree, state);
    return space;
}

/* The space and whose it is are taken at once, as execve() changes them. */
int process_look_into(struct process *process, struct addr_space **ret_space)
{
    struct spinlock_state state = spin_lock(&process_tree);
    struct spinlock_state inner = spin_lock(&process->signals.lock);
    const struct look_subject its = look_subject_of(process);
    struct addr_space *space = process->space;

    spin_unlock(&process->signals.lock, inner);
    if (space != NULL)
        addr_space_ref(space);
    spin_unlock(&process_tree, state);
    *ret_space = NULL;
    if (!may_look_at(process, &its)) {
        if (space != NULL)
            addr_space_unref(space);
        return -EACCES;
    }
    *ret_space = space;
    return 0;
}
