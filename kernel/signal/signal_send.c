/* Sending. A signal that ends the process does so here and now, so that all its threads are on their way out
 * before anything else happens; all others wait for a thread to take them. */
#include <stddef.h>

#include "abi/errno.h"
#include "proc/process.h"
#include "sched/sched.h"
#include "signal/signal.h"
#include "signal/signal_internal.h"
#include "signal/signal_queue.h"

struct siginfo signal_info_kernel(int signal)
{
    return (struct siginfo){.signal = signal, .code = SI_KERNEL};
}

static struct user_thread *process_first_thread(const struct process *process)
{
    return list_entry(list_first(&process->threads), struct user_thread, link);
}

/* Whether the thread would take it. While it is stopped it takes none but SIGKILL; it looks when it goes on.
 */
static bool signal_is_wanted(const struct user_thread *thread, int signal)
{
    return !signal_is_in(signal, thread->signals.blocked & ~thread->signals.waited) &&
           (!thread->process->signals.is_stopped || signal == SIGKILL);
}

/* The thread that is to take a signal of the process: the first one, or else one that has nothing else to do;
 * NULL: all block it. */
static struct user_thread *signal_choose_thread(const struct process *process, int signal)
{
    struct user_thread *chosen = NULL;

    for (struct list *link = list_first(&process->threads); link != &process->threads; link = link->next) {
        struct user_thread *thread = list_entry(link, struct user_thread, link);
        if (!signal_is_wanted(thread, signal))
            continue;
        if (link == list_first(&process->threads) ||
            !atomic_load_explicit(&thread->signals.is_interrupted, memory_order_relaxed))
            return thread;
        if (chosen == NULL)
            chosen = thread;
    }
    return chosen;
}

void signal_retarget(struct process *process, signal_set signals)
{
    for (signals &= process->signals.pending.set; signals != 0; signals &= signals - 1) {
        struct user_thread *thread = signal_choose_thread(process, __builtin_ctzll(signals) + 1);
        if (thread != NULL)
            signal_interrupt_thread(thread);
    }
}

/* Whether the signal ends the process without more ado. Those that are reported end it in a thread that can
 * tell where it was. */
static bool signal_is_fatal(const struct process *process, int signal)
{
    return process->signals.actions[signal - 1].handler == SIG_DFL &&
           !signal_is_in(signal, SIGNALS_IGNORED_BY_DEFAULT | SIGNALS_STOPPING | SIGNALS_WITH_REPORT) &&
           process->id != PROCESS_WITHOUT_DEFAULTS;
}

/* A signal has become pending: have somebody take it. */
static void signal_hand_over(struct process *process, struct user_thread *target, int signal)
{
    struct user_thread *thread = target;

    if (target == NULL)
        thread = signal_choose_thread(process, signal);
    else if (!signal_is_wanted(target, signal))
        thread = NULL;
    if (thread == NULL) {
        readiness_signal(&process->signals.readiness);
        return;
    }
    if (signal_is_fatal(process, signal) && !signal_is_in(signal, thread->signals.blocked))
        process_begin_end(process, WAIT_STATUS_SIGNALED(signal, false));
    if (thread->signals.waited != 0)
        readiness_signal(&process->signals.readiness);
    signal_interrupt_thread(thread);
}

/* `target` NULL: any thread. */
static int signal_send(struct process *process, struct user_thread *target, const struct siginfo *info)
{
    struct process_signals *signals = &process->signals;
    const int signal = info->signal;
    int added = 0;
    struct spinlock_state state = spin_lock(&signals->lock);

    if (process->is_ending || list_is_empty(&process->threads))
        goto unlock;
    signal_stop_prepare(process, signal);
    const struct user_thread *looked_at = target != NULL ? target : process_first_thread(process);
    if (signal_action_ignores(process, signal) && !signal_is_in(signal, looked_at->signals.blocked))
        goto unlock;
    const struct signal_payer payer = {
        .account = process_account_locked(process),
        .limit = atomic_load_explicit(&process->limits.of[RLIMIT_SIGPENDING].soft, memory_order_relaxed),
    };
    added = signal_queue_add(target != NULL ? &target->signals.pending : &signals->pending, info,
                             &signals->memory, &payer);
    if (added > 0)
        signal_hand_over(process, target, signal);
unlock:
    spin_unlock(&signals->lock, state);
    return added < 0 ? added : 0;
}

int signal_send_process(struct process *process, const struct siginfo *info)
{
    return signal_send(process, NULL, info);
}

int signal_send_thread(struct user_thread *thread, const struct siginfo *info)
{
    return signal_send(thread->process, thread, info);
}

int signal_send_ended_thread(struct process *process, int signal)
{
    struct process_signals *signals = &process->signals;
    struct spinlock_state state = spin_lock(&signals->lock);

    if (!process->is_ending)
        signal_stop_prepare(process, signal);
    spin_unlock(&signals->lock, state);
    return 0;
}

void signal_send_group(struct process_group *group, const struct siginfo *info)
{
    for (struct list *link = list_first(&group->members); link != &group->members; link = link->next)
        (void)signal_send_process(list_entry(link, struct process, group_link), info);
}

int signal_check_permission(struct process *target, int signal)
{
    struct process *self = process_current();

    if (target == self)
        return 0;
    const struct identity_ids sender = identity_get_ids(self), receiver = identity_get_ids(target);
    if (sender.effective_uid == 0 || sender.effective_uid == receiver.saved_uid ||
        sender.effective_uid == receiver.real_uid || sender.real_uid == receiver.saved_uid ||
        sender.real_uid == receiver.real_uid)
        return 0;
    /* Any process may have those of its session go on. */
    if (signal == SIGCONT && target->group != NULL && target->group->session == self->group->session)
        return 0;
    return -EPERM;
}
