/* The way back to ring 3: a thread takes the signals that it does not block, one after the other, and does
 * what their actions say. For each handler a frame is put on its stack, so that the last one runs first. When
 * none is left, a system call that was interrupted is taken up again; a handler's frame says what becomes of
 * it otherwise.
 *
 *      result of the call       no handler                a handler
 *      -ERESTARTSYS             again                     again with SA_RESTART, else -EINTR
 *      -ERESTARTNOINTR          again                     again
 *      -ERESTARTNOHAND          again                     -EINTR
 *      -ERESTART_RESTARTBLOCK   restart_syscall()         -EINTR
 *
 * "Again": RIP points to SYSCALL, and RAX holds the number, which the frame has kept as its error code. */
#include <stddef.h>

#include "abi/errno.h"
#include "arch/x86_64/signal_frame.h"
#include "arch/x86_64/trap.h"
#include "core/log.h"
#include "lib/string.h"
#include "proc/process.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "signal/fault_report.h"
#include "signal/signal.h"
#include "signal/signal_internal.h"

#define SYSCALL_INSTRUCTION_SIZE 2
#define RESTART_SYSCALL 219

/* A signal that was taken. */
struct taken_signal {
    struct siginfo info;
    struct signal_action action;
    bool is_fault;
};

/* Whether the frame is of a system call that gave up waiting. */
static bool syscall_was_interrupted(const struct trap_frame *frame)
{
    if (frame->vector != TRAP_VECTOR_SYSCALL)
        return false;
    switch (-(int64_t)frame->rax) {
    case EINTR:
    case ERESTARTSYS:
    case ERESTARTNOINTR:
    case ERESTARTNOHAND:
    case ERESTART_RESTARTBLOCK:
        return true;
    default:
        return false;
    }
}

static void syscall_restart(struct trap_frame *frame, uint64_t number)
{
    frame->rax = number;
    frame->rip -= SYSCALL_INSTRUCTION_SIZE;
}

static void syscall_restart_for_handler(struct trap_frame *frame, uint64_t action_flags)
{
    if (frame->vector != TRAP_VECTOR_SYSCALL)
        return;
    switch (-(int64_t)frame->rax) {
    case ERESTARTSYS:
        if ((action_flags & SA_RESTART) == 0) {
            frame->rax = (uint64_t)-EINTR;
            break;
        }
        __attribute__((fallthrough));
    case ERESTARTNOINTR:
        syscall_restart(frame, frame->error_code);
        break;
    case ERESTARTNOHAND:
    case ERESTART_RESTARTBLOCK:
        frame->rax = (uint64_t)-EINTR;
        break;
    }
}

static void syscall_restart_without_handler(struct trap_frame *frame)
{
    if (frame->vector != TRAP_VECTOR_SYSCALL)
        return;
    switch (-(int64_t)frame->rax) {
    case ERESTARTSYS:
    case ERESTARTNOINTR:
    case ERESTARTNOHAND:
        syscall_restart(frame, frame->error_code);
        break;
    case ERESTART_RESTARTBLOCK:
        syscall_restart(frame, RESTART_SYSCALL);
        break;
    }
}

void signal_raise_fault(int signal, int code, uint64_t address)
{
    struct user_thread *self = user_thread_current();
    struct process_signals *signals = &self->process->signals;
    struct spinlock_state state = spin_lock(&signals->lock);
    struct signal_action *action = &signals->actions[signal - 1];

    /* Who does not want to hear of it cannot go on either. */
    if (action->handler == SIG_IGN || signal_is_in(signal, self->signals.blocked)) {
        action->handler = SIG_DFL;
        self->signals.blocked &= ~SIGNAL_BIT(signal);
    }
    self->signals.fault = (struct siginfo){.signal = signal, .code = code, .fault = {.address = address}};
    self->signals.has_fault = true;
    signal_interrupt_thread(self);
    spin_unlock(&signals->lock, state);
}

/* A handler's frame cannot be written: without it there is no way to go on. */
static void signal_raise_frame_fault(int signal)
{
    if (signal == SIGSEGV) {
        log_debug("signal: pid %d: no stack for a handler of SIGSEGV", process_current()->id);
        process_exit(WAIT_STATUS_SIGNALED(SIGSEGV, false));
    }
    signal_raise_fault(SIGSEGV, SI_KERNEL, 0);
}

/* Take the fault, or else what pends first. Holds: signals.lock. */
static int signal_take_any(struct user_thread *self, struct taken_signal *taken)
{
    taken->is_fault = self->signals.has_fault;
    if (!taken->is_fault)
        return signal_take_locked(self, ~self->signals.blocked, &taken->info);
    self->signals.has_fault = false;
    taken->info = self->signals.fault;
    return taken->info.signal;
}

static _Noreturn void signal_end_process(const struct trap_frame *frame, const struct taken_signal *taken)
{
    struct process *process = process_current();
    const int signal = taken->info.signal;

    if (signal_is_in(signal, SIGNALS_WITH_REPORT))
        fault_report_log(process->id, thread_name(thread_current()), process->space, frame, signal,
                         taken->is_fault ? &user_thread_current()->signals.trap : NULL);
    process_exit(WAIT_STATUS_SIGNALED(signal, false)); /* no core is ever written, as with a limit of 0 */
}

/* The default action of a signal that is not ignored. Holds: signals.lock, released meanwhile. */
static void signal_act_by_default(struct user_thread *self, const struct trap_frame *frame,
                                  const struct taken_signal *taken, struct spinlock_state *state)
{
    if (signal_is_in(taken->info.signal, SIGNALS_STOPPING)) {
        signal_stop_begin(self, taken->info.signal, state);
        return;
    }
    spin_unlock(&self->process->signals.lock, *state);
    signal_end_process(frame, taken);
}

/* Take signals, and do what is to be done without a handler, until one with a handler is found: that is
 * returned; false if none is left. Holds: signals.lock, released meanwhile. */
static bool signal_next_handler(struct user_thread *self, const struct trap_frame *frame,
                                struct taken_signal *taken, struct spinlock_state *state)
{
    struct process *process = self->process;
    struct process_signals *signals = &process->signals;

    for (;;) {
        if (signal_thread_must_end(self)) {
            spin_unlock(&signals->lock, *state);
            process_exit_thread(0);
        }
        if (signals->has_continued) {
            signal_tell_continued(process, state);
            continue;
        }
        if (signals->is_stopped) {
            signal_stop_wait(self, state);
            continue;
        }
        const int signal = signal_take_any(self, taken);
        if (signal == 0)
            return false;
        struct signal_action *action = &signals->actions[signal - 1];
        if (action->handler == SIG_DFL) {
            if (taken->is_fault || !signal_action_ignores(process, signal))
                signal_act_by_default(self, frame, taken, state);
        } else if (action->handler != SIG_IGN) {
            taken->action = *action;
            if ((action->flags & SA_RESETHAND) != 0)
                action->handler = SIG_DFL;
            return true;
        }
    }
}

/* Block what is to be blocked while the handler runs, which is about to. Holds: signals.lock. */
static void signal_block_for_handler(struct user_thread *self, const struct taken_signal *taken)
{
    signal_set blocked = self->signals.blocked | taken->action.mask;

    if ((taken->action.flags & SA_NODEFER) == 0)
        blocked |= SIGNAL_BIT(taken->info.signal);
    self->signals.has_blocked_before = false;
    signal_change_blocked(self, blocked);
}

/* Have the frame begin with the handler. */
static int signal_enter_handler(struct user_thread *self, struct trap_frame *frame,
                                const struct taken_signal *taken)
{
    struct thread_signals *signals = &self->signals;
    const struct signal_delivery delivery = {
        .info = &taken->info,
        .action = &taken->action,
        .trap = &signals->trap,
        .blocked = signals->has_blocked_before ? signals->blocked_before : signals->blocked,
        .stack = {.start = signals->stack_start, .flags = signals->stack_flags, .size = signals->stack_size},
    };

    syscall_restart_for_handler(frame, taken->action.flags);
    int error = signal_frame_push(frame, &delivery);
    if (error == 0 && (signals->stack_flags & SS_AUTODISARM) != 0)
        signal_reset_stack(signals);
    return error;
}

/* A call with a mask of its own is over. Holds: signals.lock. */
static void signal_restore_blocked(struct user_thread *self)
{
    if (!self->signals.has_blocked_before)
        return;
    self->signals.has_blocked_before = false;
    signal_change_blocked(self, self->signals.blocked_before);
}

void signal_return_work(struct trap_frame *frame)
{
    struct user_thread *self = user_thread_current();
    struct process_signals *signals = &self->process->signals;
    struct taken_signal taken;
    bool has_handler = false;

    sched_interrupt_taken();
    struct spinlock_state state = spin_lock(&signals->lock);
    if (!syscall_was_interrupted(frame))
        signal_restore_blocked(self);
    while (signal_next_handler(self, frame, &taken, &state)) {
        has_handler = true;
        spin_unlock(&signals->lock, state);
        signal_tell_timer(self->process, &taken.info);
        int error = signal_enter_handler(self, frame, &taken);
        if (error != 0)
            signal_raise_frame_fault(taken.info.signal);
        state = spin_lock(&signals->lock);
        if (error == 0)
            signal_block_for_handler(self, &taken);
    }
    if (!has_handler)
        syscall_restart_without_handler(frame);
    signal_restore_blocked(self);
    signal_look_again(self);
    spin_unlock(&signals->lock, state);
}

int signal_return(struct trap_frame *frame)
{
    struct user_thread *self = user_thread_current();
    struct signal_return back;
    int error = signal_frame_pop(frame, &back);

    if (error != 0)
        return error;
    if (!back.has_fpu)
        thread_reset_fpu();
    signal_set_blocked(back.blocked);
    (void)signal_set_stack(&self->signals, &back.stack, frame->rsp);
    return 0;
}
