/* Waiting for signals, and taking them without a handler. */
#include "abi/errno.h"
#include "proc/process.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "signal/signal.h"
#include "signal/signal_internal.h"

/* Take one; if there is none, be told when one comes, or no longer. */
static int signal_take_waiting(struct user_thread *self, signal_set wanted, signal_set waited,
                               struct siginfo *ret_info)
{
    struct process_signals *signals = &self->process->signals;
    struct spinlock_state state = spin_lock(&signals->lock);
    int signal = signal_take_locked(self, wanted, ret_info);

    self->signals.waited = signal == 0 ? waited : 0;
    signal_look_again(self);
    spin_unlock(&signals->lock, state);
    if (signal != 0)
        signal_tell_timer(self->process, ret_info);
    return signal;
}

int signal_take(signal_set wanted, struct siginfo *ret_info)
{
    return signal_take_waiting(user_thread_current(), wanted, 0, ret_info);
}

int signal_wait(signal_set wanted, uint64_t deadline_ns, struct siginfo *ret_info)
{
    struct user_thread *self = user_thread_current();

    wanted &= ~SIGNALS_UNBLOCKABLE;
    int signal = signal_take_waiting(self, wanted, deadline_ns != 0 ? wanted : 0, ret_info);
    if (signal != 0)
        return signal;
    if (deadline_ns == 0)
        return -EAGAIN;
    int error = -EINTR;
    if (deadline_ns == UINT64_MAX)
        signal_pause();
    else
        error = thread_sleep_unless(deadline_ns, signal_is_pending);
    signal = signal_take_waiting(self, wanted, 0, ret_info);
    return signal != 0 ? signal : error == 0 ? -EAGAIN : -EINTR;
}

void signal_pause(void)
{
    while (!signal_is_pending())
        sched_block();
}
