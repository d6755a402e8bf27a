/* Stop and continue. A stop has all threads of the process come to the border of ring 3 and wait there: what
 * they sleep for in the kernel is interrupted, and taken up again afterwards. The last one to arrive tells
 * the parent. SIGCONT undoes it where it is sent, whether it is blocked or not.
 *
 * The parent is told by a thread of the process itself, since to send one signal is no place to send another.
 */
#include <stddef.h>

#include "proc/process.h"
#include "sched/wait_queue.h"
#include "signal/signal.h"
#include "signal/signal_internal.h"
#include "signal/signal_queue.h"

/* Forget the signals of a set, wherever in the process they pend. */
static void signal_discard_everywhere(struct process *process, signal_set signals)
{
    struct process_signals *of = &process->signals;

    signal_queue_discard(&of->pending, signals, &of->memory);
    for (struct list *link = list_first(&process->threads); link != &process->threads; link = link->next)
        signal_queue_discard(&list_entry(link, struct user_thread, link)->signals.pending, signals,
                             &of->memory);
}

static void signal_interrupt_all(struct process *process)
{
    for (struct list *link = list_first(&process->threads); link != &process->threads; link = link->next)
        signal_interrupt_thread(list_entry(link, struct user_thread, link));
}

void signal_stop_undo(struct process *process, int signal)
{
    struct process_signals *signals = &process->signals;

    if (signal_is_in(signal, SIGNALS_STOPPING)) {
        signal_discard_everywhere(process, SIGNAL_BIT(SIGCONT));
    } else {
        signal_discard_everywhere(process, SIGNALS_STOPPING);
        signals->may_stop = false;
        if (signals->is_stopped) {
            signals->is_stopped = false;
            signals->has_continued = true;
            process->news = PROCESS_NEWS_CONTINUED; /* wait4() sees it from now on */
            wait_queue_wake_all(&signals->stopped);
            signal_interrupt_all(process);
        }
    }
}

/* Whether nobody in the session would continue the members of the group. Holds: process_tree. */
static bool process_group_is_orphaned(const struct process_group *group)
{
    for (const struct list *link = group->members.next; link != &group->members; link = link->next) {
        const struct process *member = list_entry(link, const struct process, group_link);
        if (member->parent != NULL && member->parent->group != NULL && member->state == PROCESS_ALIVE &&
            member->parent->id != PROCESS_WITHOUT_DEFAULTS && member->parent->group != group &&
            member->parent->group->session == group->session)
            return false;
    }
    return true;
}

static bool process_is_orphaned(const struct process *process)
{
    struct spinlock_state state = spin_lock(&process_tree);
    bool is_orphaned = process->group == NULL || process_group_is_orphaned(process->group);

    spin_unlock(&process_tree, state);
    return is_orphaned;
}

void signal_stop_begin(struct user_thread *self, int signal, struct spinlock_state *state)
{
    struct process *process = self->process;
    struct process_signals *signals = &process->signals;

    if (signal != SIGSTOP) {
        signals->may_stop = true;
        spin_unlock(&signals->lock, *state); /* which ranks above the tree's */
        bool is_orphaned = process_is_orphaned(process);
        *state = spin_lock(&signals->lock);
        if (is_orphaned || !signals->may_stop)
            return;
    }
    if (signals->is_stopped)
        return;
    signals->is_stopped = true;
    signals->stop_signal = signal;
    signals->stop_number++;
    signals->stop_left = process->thread_count;
    signal_interrupt_all(process);
}

/* A thread that a stop waits for waits, or is gone: says whether it was the last one. */
static bool signal_stop_count(struct process_signals *signals)
{
    return signals->stop_left != 0 && --signals->stop_left == 0;
}

static bool signal_stop_is_over(void)
{
    return signal_thread_must_end(user_thread_current());
}

void signal_stop_wait(struct user_thread *self, struct spinlock_state *state)
{
    struct process *process = self->process;
    struct process_signals *signals = &process->signals;

    if (self->signals.stop_number != signals->stop_number) {
        self->signals.stop_number = signals->stop_number;
        if (signal_stop_count(signals)) {
            const int signal = signals->stop_signal;
            spin_unlock(&signals->lock, *state);
            process_tell_parent(process, PROCESS_NEWS_STOPPED, signal);
            *state = spin_lock(&signals->lock);
        }
    }
    if (signals->is_stopped)
        (void)wait_queue_sleep_unless(&signals->stopped, &signals->lock, state, UINT64_MAX,
                                      signal_stop_is_over);
}

void signal_stop_thread_left(struct process *process, const struct user_thread *thread)
{
    struct process_signals *signals = &process->signals;

    if (!signals->is_stopped || thread->signals.stop_number == signals->stop_number)
        return;
    /* The others wait already: one of them is to tell the parent. */
    if (signals->stop_left == 1 && !list_is_empty(&process->threads)) {
        list_entry(list_first(&process->threads), struct user_thread, link)->signals.stop_number--;
        wait_queue_wake_all(&signals->stopped);
    } else if (signals->stop_left > 1) {
        signals->stop_left--;
    }
}

void signal_tell_continued(struct process *process, struct spinlock_state *state)
{
    struct process_signals *signals = &process->signals;

    signals->has_continued = false;
    spin_unlock(&signals->lock, *state);
    process_tell_parent(process, PROCESS_NEWS_CONTINUED, SIGCONT);
    *state = spin_lock(&signals->lock);
}
