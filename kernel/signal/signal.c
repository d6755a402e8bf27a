/* Actions, masks and what pends. A thread's mask is changed by that thread only, under its process's lock:
 * whoever chooses a thread for a signal holds that lock, and no signal goes to a thread that has just blocked
 * it. Who blocks one that was on its way to him hands it on. */
#include "signal/signal.h"

#include <stddef.h>

#include "abi/errno.h"
#include "arch/x86_64/signal_frame.h"
#include "arch/x86_64/trap.h"
#include "lib/string.h"
#include "proc/process.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "signal/signal_internal.h"
#include "signal/signal_queue.h"

static void (*timer_taken)(struct process *process, int timer, int overrun); /* set once */

void signal_setup(void)
{
    signal_queue_setup();
    signal_fault_setup();
    trap_set_return_work(signal_return_work);
    readiness_set_interrupted(signal_is_pending);
}

void signal_init_process(struct process_signals *signals, struct process_signals *parent)
{
    memset(signals, 0, sizeof(*signals));
    spinlock_init(&signals->lock, LOCK_RANK_SIGNAL);
    signal_queue_init(&signals->pending);
    readiness_init(&signals->readiness);
    wait_queue_init(&signals->stopped);
    if (parent == NULL)
        return;
    struct spinlock_state state = spin_lock(&parent->lock);
    memcpy(signals->actions, parent->actions, sizeof(signals->actions));
    spin_unlock(&parent->lock, state);
}

void signal_init_thread(struct thread_signals *signals, const struct thread_signals *creator)
{
    memset(signals, 0, sizeof(*signals));
    signal_queue_init(&signals->pending);
    if (creator == NULL)
        return;
    signals->blocked = creator->blocked;
    signals->stack_start = creator->stack_start;
    signals->stack_size = creator->stack_size;
    signals->stack_flags = creator->stack_flags;
}

void signal_reset_stack(struct thread_signals *signals)
{
    signals->stack_start = signals->stack_size = 0;
    signals->stack_flags = SS_DISABLE;
}

int signal_set_stack(struct thread_signals *signals, const struct signal_stack *stack, uint64_t rsp)
{
    const struct signal_stack old = {
        .start = signals->stack_start, .flags = signals->stack_flags, .size = signals->stack_size};
    const uint32_t mode = stack->flags & ~SS_AUTODISARM;

    if (signal_stack_has(&old, rsp))
        return -EPERM;
    if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
        return -EINVAL;
    if (mode != SS_DISABLE && stack->size < MINSIGSTKSZ)
        return -ENOMEM;
    signals->stack_start = mode == SS_DISABLE ? 0 : stack->start;
    signals->stack_size = mode == SS_DISABLE ? 0 : stack->size;
    signals->stack_flags = stack->flags;
    return 0;
}

void signal_get_stack(const struct thread_signals *signals, uint64_t rsp, struct signal_stack *ret_stack)
{
    struct signal_stack stack = {
        .start = signals->stack_start, .flags = signals->stack_flags, .size = signals->stack_size};
    uint32_t state = stack.size == 0 ? SS_DISABLE : signal_stack_has(&stack, rsp) ? SS_ONSTACK : 0;

    stack.flags = state | (stack.flags & SS_AUTODISARM);
    *ret_stack = stack;
}

void signal_release_process(struct process_signals *signals)
{
    signal_queue_discard(&signals->pending, UINT64_MAX, &signals->memory);
    signal_memory_release(&signals->memory);
}

void signal_release_thread(struct process_signals *process, struct thread_signals *signals)
{
    signal_queue_discard(&signals->pending, UINT64_MAX, &process->memory);
}

void signal_thread_left(struct process *process, struct user_thread *thread)
{
    struct process_signals *signals = &process->signals;

    signal_queue_discard(&thread->signals.pending, UINT64_MAX, &signals->memory);
    if (list_is_empty(&process->threads)) /* before the parent hears of the end: its user has them no more */
        signal_queue_discard(&signals->pending, UINT64_MAX, &signals->memory);
    signal_retarget(process, ~thread->signals.blocked);
    signal_stop_thread_left(process, thread);
}

void signal_reset_for_exec(struct process *process, struct user_thread *thread)
{
    struct process_signals *signals = &process->signals;
    struct spinlock_state state = spin_lock(&signals->lock);

    for (size_t i = 0; i < SIGNAL_MAX; i++) {
        uint64_t handler = signals->actions[i].handler;
        signals->actions[i] = (struct signal_action){.handler = handler == SIG_IGN ? SIG_IGN : SIG_DFL};
    }
    thread->signals.stack_start = thread->signals.stack_size = 0; /* its flags stay, as on Linux */
    spin_unlock(&signals->lock, state);
}

bool signal_is_pending(void)
{
    struct user_thread *self = user_thread_current();

    if (self == NULL)
        return false;
    if (atomic_load_explicit(&self->signals.is_interrupted, memory_order_relaxed))
        return true;
    if (!signal_thread_must_end(self))
        return false;
    /* Whoever said so is maybe about to call this for us. The call gives up now, and must not come to ring 3
     * before the return work, which ends the thread. */
    sched_interrupt(self->thread);
    return true;
}

/* The return work comes first: a system call that sees is_interrupted, on another CPU, gives up at once, and
 * must not get to ring 3 with a result that only the return work understands. A sleeper that the first call
 * woke may have looked too early: it is woken again. The thread that runs here looks at nothing meanwhile. */
void signal_interrupt_thread(struct user_thread *thread)
{
    const bool is_here = thread->thread == thread_current();

    if (is_here)
        sched_interrupt_current();
    else
        sched_interrupt(thread->thread);
    atomic_store_explicit(&thread->signals.is_interrupted, true, memory_order_release);
    if (!is_here)
        sched_wake(thread->thread);
}

void signal_look_again(struct user_thread *self)
{
    const struct process_signals *signals = &self->process->signals;

    if ((signal_set_of(self) & ~self->signals.blocked) != 0 || signals->is_stopped ||
        signals->has_continued || self->signals.has_fault)
        signal_interrupt_thread(self);
    else
        atomic_store_explicit(&self->signals.is_interrupted, false, memory_order_relaxed);
}

void signal_change_blocked(struct user_thread *self, signal_set blocked)
{
    struct process *process = self->process;
    const signal_set newly_blocked = blocked & ~self->signals.blocked & process->signals.pending.set;

    self->signals.blocked = blocked & ~SIGNALS_UNBLOCKABLE;
    if (newly_blocked != 0 && process->thread_count > 1)
        signal_retarget(process, newly_blocked);
}

void signal_set_blocked(signal_set blocked)
{
    struct user_thread *self = user_thread_current();
    struct spinlock_state state = spin_lock(&self->process->signals.lock);

    signal_change_blocked(self, blocked);
    signal_look_again(self);
    spin_unlock(&self->process->signals.lock, state);
}

void signal_set_blocked_for_call(signal_set blocked)
{
    struct user_thread *self = user_thread_current();
    struct spinlock_state state = spin_lock(&self->process->signals.lock);

    self->signals.blocked_before = self->signals.blocked;
    self->signals.has_blocked_before = true;
    signal_change_blocked(self, blocked);
    signal_look_again(self);
    spin_unlock(&self->process->signals.lock, state);
    sched_interrupt_current(); /* the return work puts back what was blocked */
}

int signal_set_action(int signal, const struct signal_action *action, struct signal_action *ret_old)
{
    struct process *process = process_current();
    struct process_signals *signals = &process->signals;

    if (signal < 1 || signal > SIGNAL_MAX || (action != NULL && signal_is_in(signal, SIGNALS_UNBLOCKABLE)))
        return -EINVAL;
    struct spinlock_state state = spin_lock(&signals->lock);
    *ret_old = signals->actions[signal - 1];
    if (action != NULL) {
        signals->actions[signal - 1] = *action;
        signals->actions[signal - 1].flags &= SA_FLAGS;
        signals->actions[signal - 1].mask &= ~SIGNALS_UNBLOCKABLE;
        if (signal_action_ignores(process, signal)) {
            signal_queue_discard(&signals->pending, SIGNAL_BIT(signal), &signals->memory);
            for (struct list *link = list_first(&process->threads); link != &process->threads;
                 link = link->next)
                signal_queue_discard(&list_entry(link, struct user_thread, link)->signals.pending,
                                     SIGNAL_BIT(signal), &signals->memory);
        }
    }
    spin_unlock(&signals->lock, state);
    return 0;
}

signal_set signal_pending_set(signal_set wanted)
{
    struct user_thread *self = user_thread_current();
    struct spinlock_state state = spin_lock(&self->process->signals.lock);
    signal_set pending = signal_set_of(self) & wanted;

    spin_unlock(&self->process->signals.lock, state);
    return pending;
}

int signal_take_locked(struct user_thread *self, signal_set wanted, struct siginfo *ret_info)
{
    struct process_signals *signals = &self->process->signals;

    if ((self->signals.pending.set & wanted) != 0)
        return signal_queue_take(&self->signals.pending, wanted, ret_info, &signals->memory);
    return (signals->pending.set & wanted) != 0
               ? signal_queue_take(&signals->pending, wanted, ret_info, &signals->memory)
               : 0;
}

void signal_set_timer_taken(void (*taken)(struct process *process, int timer, int overrun))
{
    timer_taken = taken;
}

void signal_tell_timer(struct process *process, const struct siginfo *info)
{
    if (info->code == SI_TIMER && timer_taken != NULL)
        timer_taken(process, info->timer.timer, info->timer.overrun);
}

void signal_forget_timer(struct process *process, int timer)
{
    struct process_signals *signals = &process->signals;
    struct spinlock_state state = spin_lock(&signals->lock);

    signal_queue_discard_timer(&signals->pending, timer, &signals->memory);
    for (struct list *link = list_first(&process->threads); link != &process->threads; link = link->next)
        signal_queue_discard_timer(&list_entry(link, struct user_thread, link)->signals.pending, timer,
                                   &signals->memory);
    spin_unlock(&signals->lock, state);
}
