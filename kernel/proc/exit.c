/* The end of threads and processes.
 *
 * A thread ends by itself, where it comes to the border of ring 3 or calls exit(): others can only tell it to
 * (must_end) and interrupt it. It gives up what is its own, the address space first; then, under the tree
 * lock and the signals' lock, it leaves the list of threads and its ID: from then on nobody finds it.
 *
 * The last thread stays in the list until all that the process owned is given up, so that whoever learns of
 * the end finds its files closed. Under the tree lock, at once, the process then hands its children on,
 * becomes a zombie and tells its parent; or, if that does not want to know, is gone. */
#include "abi/errno.h"
#include "core/log.h"
#include "ipc/futex.h"
#include "lib/string.h"
#include "mm/addr_space.h"
#include "mm/user_access.h"
#include "proc/group.h"
#include "proc/process_ids.h"
#include "proc/process_internal.h"
#include "sched/sched.h"
#include "time/process_timers.h"

static void (*leader_ends)(void); /* set once */

void process_set_leader_ends(void (*ends)(void))
{
    leader_ends = ends;
}

static void thread_tell_to_end(struct user_thread *thread)
{
    thread->must_end = true;
    sched_interrupt(thread->thread);
}

/* All threads of a process but `self`. Holds: process->signals.lock. */
static void threads_tell_to_end(struct process *process, const struct user_thread *self)
{
    for (struct list *link = list_first(&process->threads); link != &process->threads; link = link->next) {
        struct user_thread *thread = list_entry(link, struct user_thread, link);
        if (thread != self)
            thread_tell_to_end(thread);
    }
}

static void process_begin_end_but(struct process *process, int wait_status, struct user_thread *self)
{
    if (process->is_ending)
        return;
    process->is_ending = true;
    process->end_status = wait_status;
    threads_tell_to_end(process, self);
}

void process_begin_end(struct process *process, int wait_status)
{
    process_begin_end_but(process, wait_status, NULL);
}

/* A word of memory that nobody else has is left alone. */
void user_thread_leave_space(struct user_thread *self)
{
    const struct process *process = self->process;
    const int32_t none = 0;

    futex_exit_robust(self);
    if (self->clear_child_tid.address == 0 ||
        (process->thread_count == 1 && atomic_load(&process->space->ref_count) == 1))
        return;
    if (user_copy_out(self->clear_child_tid, &none, sizeof(none)) == 0)
        futex_wake_cleared(self->clear_child_tid);
}

/* Take a thread out of its process. Holds: process_tree, process->signals.lock. */
static void thread_leave(struct user_thread *self)
{
    struct process *process = self->process;

    process_time_leave(self);
    user_thread_withdraw(self);
    signal_thread_left(process, self);
    if (process->executor != NULL && process->thread_count == 1)
        sched_wake(process->executor->thread);
}

/* Leave the process, unless there is no other thread in it. Says whether it did. */
static bool thread_leave_others(struct user_thread *self, int status)
{
    struct process *process = self->process;
    struct spinlock_state state = spin_lock(&process_tree);
    struct spinlock_state inner = spin_lock(&process->signals.lock);
    bool is_last = process->thread_count == 1;

    if (!is_last) {
        process_ref(process); /* the others may be faster */
        thread_leave(self);
    } else if (!process->is_ending) {
        process->is_ending = true;
        process->end_status = WAIT_STATUS_EXITED(status);
    }
    spin_unlock(&process->signals.lock, inner);
    spin_unlock(&process_tree, state);
    return !is_last;
}

/* Holds: process_tree. */
static void process_wake_vfork_parent(struct process *process)
{
    struct process *parent = process->vfork_parent;

    if (parent == NULL)
        return;
    process->vfork_parent = NULL;
    (void)wait_queue_wake_all(&parent->child_waiters);
}

void process_release_vfork_parent(void)
{
    struct process *process = process_current();

    if (process->vfork_parent == NULL) /* which nobody else sets */
        return;
    struct spinlock_state state = spin_lock(&process_tree);
    process_wake_vfork_parent(process);
    spin_unlock(&process_tree, state);
}

static void process_give_up_belongings(struct process *process)
{
    process_timers_exit(process);
    const struct process_times times = process_times_now(process);
    struct spinlock_state state = spin_lock(&process_tree);
    const struct process_belongings belongings = process_take_belongings(process);
    const bool is_leader = process->group->session->id == process->id;

    process->times.maximum_resident_pages = times.maximum_resident_pages;
    process_wake_vfork_parent(process);
    spin_unlock(&process_tree, state);
    process_belongings_release(&belongings);
    if (is_leader && leader_ends != NULL)
        leader_ends();
}

/* siginfo of a child's end or news. Holds: process_tree. */
static struct siginfo child_info(const struct process *child, int signal, int code, int status)
{
    struct siginfo info = {.signal = signal, .code = code};

    info.child.pid = child->id;
    info.child.uid = child->identity.real_uid;
    info.child.status = status;
    info.child.user_ticks = (int64_t)(child->times.user_ns / NS_PER_CLOCK_TICK);
    info.child.system_ticks = (int64_t)(child->times.system_ns / NS_PER_CLOCK_TICK);
    return info;
}

static struct siginfo child_end_info(const struct process *child)
{
    const int status = child->wait_status, signal = status & 0x7f;

    if (signal == 0)
        return child_info(child, child->exit_signal, CLD_EXITED, status >> 8);
    return child_info(child, child->exit_signal, (status & 0x80) != 0 ? CLD_DUMPED : CLD_KILLED, signal);
}

static struct signal_action child_action(struct process *parent)
{
    struct spinlock_state state = spin_lock(&parent->signals.lock);
    struct signal_action action = parent->signals.actions[SIGCHLD - 1];

    spin_unlock(&parent->signals.lock, state);
    return action;
}

/* Tell the parent of a zombie; says whether it does not want to know, and the zombie was withdrawn. Holds:
 * process_tree. */
static bool process_tell_end(struct process *process)
{
    struct process *parent = process->parent;
    const struct signal_action action = child_action(parent);
    const struct siginfo info = child_end_info(process);
    const bool is_normal = process->exit_signal == SIGCHLD, is_ignored = action.handler == SIG_IGN;
    const bool is_unwanted = is_normal && (is_ignored || (action.flags & SA_NOCLDWAIT) != 0);

    if (is_unwanted)
        process_withdraw(process);
    (void)wait_queue_wake_all(&parent->child_waiters);
    if (info.signal > 0 && info.signal <= SIGNAL_MAX && !(is_normal && is_ignored))
        (void)signal_send_process(parent, &info);
    return is_unwanted;
}

/* Who takes over the children of a process that ends. Holds: process_tree. */
static struct process *process_find_reaper(const struct process *process)
{
    for (struct process *above = process->parent; above != NULL; above = above->parent) {
        if (above->is_subreaper && above->state == PROCESS_ALIVE)
            return above;
    }
    return process_first;
}

/* One child gets another parent. Zombies that it does not want to know of go to `gone`. */
static void process_hand_on(struct process *child, struct process *reaper, struct list *gone)
{
    struct process *old = child->parent;

    list_remove(&child->sibling);
    process_set_parent(child, reaper);
    child->exit_signal = SIGCHLD;
    if (child->state == PROCESS_ZOMBIE) {
        if (process_tell_end(child))
            list_push_back(gone, &child->sibling);
        return;
    }
    if (child->parent_death_signal != 0) {
        const struct siginfo info = signal_info_kernel(child->parent_death_signal);
        (void)signal_send_process(child, &info);
    }
    group_end_if_orphaned(child, old, NULL);
}

static void process_hand_on_children(struct process *process, struct list *gone)
{
    struct process *reaper = process_find_reaper(process);

    while (!list_is_empty(&process->children))
        process_hand_on(list_entry(list_first(&process->children), struct process, sibling), reaper, gone);
}

/* Give up the tree's references of processes that nobody was told of. */
static void processes_unref(struct list *gone)
{
    while (!list_is_empty(gone)) {
        struct process *process = list_entry(list_first(gone), struct process, sibling);
        list_remove(&process->sibling);
        process_unref(process);
    }
}

/* The calling thread, its process's last one, leaves the process, which becomes a zombie. */
static void process_become_zombie(struct process *process, struct user_thread *self)
{
    const uint64_t resident_pages = process->times.maximum_resident_pages;
    struct list gone;

    list_init(&gone);
    process->times = process_times_now(process);
    process->times.maximum_resident_pages = resident_pages;
    struct spinlock_state state = spin_lock(&process_tree);
    struct spinlock_state inner = spin_lock(&process->signals.lock);
    strlcpy(process->name, thread_name(self->thread), sizeof(process->name));
    thread_leave(self);
    process->wait_status = process->end_status;
    spin_unlock(&process->signals.lock, inner);
    process_hand_on_children(process, &gone);
    process->news = PROCESS_NEWS_NONE;
    process->state = PROCESS_ZOMBIE;
    group_end_if_orphaned(process, process->parent, process);
    if (process_tell_end(process))
        list_push_back(&gone, &process->sibling);
    spin_unlock(&process_tree, state);
    processes_unref(&gone);
}

_Noreturn void process_exit_thread(int status)
{
    struct user_thread *self = user_thread_current();
    struct process *process = self->process;

    user_thread_leave_space(self);
    thread_leave_space();
    if (!thread_leave_others(self, status)) {
        process_give_up_belongings(process);
        if (process == process_first)
            process_first_ended(process->end_status);
        process_become_zombie(process, self);
    }
    user_thread_free(self);
    process_unref(process);
    thread_exit(0);
}

_Noreturn void process_exit(int wait_status)
{
    struct user_thread *self = user_thread_current();
    struct process *process = self->process;
    struct spinlock_state state = spin_lock(&process->signals.lock);

    process_begin_end_but(process, wait_status, self);
    self->must_end = true;
    spin_unlock(&process->signals.lock, state);
    process_exit_thread(0);
}

/* Become the process's first thread by ID. Holds: process_tree, process->signals.lock. */
static void thread_take_process_id(struct user_thread *self, struct process *process)
{
    if (self->id == process->id)
        return;
    process_ids_lookup(self->id)->thread = NULL;
    process_ids_put(self->id);
    self->id = process->id;
    process_ids_lookup(self->id)->thread = self;
}

/* Wait until the calling thread is alone. Holds: process->signals.lock. */
static int threads_wait_for_end(struct process *process, struct spinlock_state *state)
{
    while (process->thread_count > 1 && !process->is_ending) {
        spin_unlock(&process->signals.lock, *state);
        sched_block();
        *state = spin_lock(&process->signals.lock);
    }
    process->executor = NULL;
    return process->is_ending ? -EAGAIN : 0;
}

int process_end_other_threads(void)
{
    struct user_thread *self = user_thread_current();
    struct process *process = self->process;
    struct spinlock_state state = spin_lock(&process->signals.lock);
    int error = self->must_end ? -EAGAIN : 0;

    if (error == 0 && process->thread_count > 1) {
        process->executor = self;
        threads_tell_to_end(process, self);
        error = threads_wait_for_end(process, &state);
    }
    spin_unlock(&process->signals.lock, state);
    if (error != 0 || self->id == process->id)
        return error;
    state = spin_lock(&process_tree);
    struct spinlock_state inner = spin_lock(&process->signals.lock);
    thread_take_process_id(self, process);
    spin_unlock(&process->signals.lock, inner);
    spin_unlock(&process_tree, state);
    return 0;
}

/* It has stopped, unless SIGCONT came meanwhile. Holds: process_tree. */
static void process_note_stop(struct process *process, int signal)
{
    struct spinlock_state state = spin_lock(&process->signals.lock);

    if (process->signals.is_stopped && process->signals.stop_left == 0) {
        process->stop_signal = signal;
        process->news = PROCESS_NEWS_STOPPED;
    }
    spin_unlock(&process->signals.lock, state);
}

void process_tell_parent(struct process *process, enum process_news news, int signal)
{
    struct spinlock_state state = spin_lock(&process_tree);
    struct process *parent = process->parent;
    const bool has_stopped = news == PROCESS_NEWS_STOPPED;

    if (process->state == PROCESS_ALIVE && parent != NULL) {
        if (has_stopped)
            process_note_stop(process, signal);
        (void)wait_queue_wake_all(&parent->child_waiters);
        const struct signal_action action = child_action(parent);
        if (action.handler != SIG_IGN && (action.flags & SA_NOCLDSTOP) == 0) {
            const struct siginfo info = child_info(
                process, SIGCHLD, has_stopped ? CLD_STOPPED : CLD_CONTINUED, has_stopped ? signal : SIGCONT);
            (void)signal_send_process(parent, &info);
        }
    }
    spin_unlock(&process_tree, state);
}
