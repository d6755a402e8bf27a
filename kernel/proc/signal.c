#include "proc/signal.h"

#include "arch/x86_64/trap.h"
#include "lib/string.h"
#include "proc/process.h"
#include "sched/sched.h"

void signal_init_process(struct process_signals *signals, struct process_signals *parent)
{
    memset(signals, 0, sizeof(*signals));
    spinlock_init(&signals->lock, LOCK_RANK_SIGNAL);
    readiness_init(&signals->readiness);
    list_init(&signals->pending.entries);
    if (parent != NULL)
        memcpy(signals->actions, parent->actions, sizeof(signals->actions));
}

void signal_init_thread(struct thread_signals *signals, const struct thread_signals *creator)
{
    memset(signals, 0, sizeof(*signals));
    list_init(&signals->pending.entries);
    if (creator != NULL)
        signals->blocked = creator->blocked;
}

void signal_reset_stack(struct thread_signals *signals)
{
    signals->stack_size = 0;
}

void signal_release_process(struct process_signals *signals)
{
    (void)signals;
}

void signal_release_thread(struct process_signals *process, struct thread_signals *signals)
{
    (void)process;
    (void)signals;
}

void signal_thread_left(struct process *process, struct user_thread *thread)
{
    (void)process;
    (void)thread;
}

struct siginfo signal_info_kernel(int signal)
{
    return (struct siginfo){.signal = signal, .code = SI_KERNEL};
}

int signal_send_process(struct process *process, const struct siginfo *info)
{
    (void)process;
    (void)info;
    return 0;
}

int signal_send_thread(struct user_thread *thread, const struct siginfo *info)
{
    (void)thread;
    (void)info;
    return 0;
}

void signal_send_group(struct process_group *group, const struct siginfo *info)
{
    (void)group;
    (void)info;
}

bool signal_is_pending(void)
{
    struct user_thread *self = user_thread_current();

    return self != NULL && self->must_end;
}

void signal_return_work(struct trap_frame *frame)
{
    (void)frame;
    sched_interrupt_taken();
    if (signal_is_pending())
        process_exit_thread(0);
}

void signal_setup(void)
{
    trap_set_return_work(signal_return_work);
    readiness_set_interrupted(signal_is_pending);
}
