/* What the files of proc/signal*.c share. */
#ifndef LINTEL_SIGNAL_SIGNAL_INTERNAL_H
#define LINTEL_SIGNAL_SIGNAL_INTERNAL_H

#include <stdbool.h>

#include "core/spinlock.h"
#include "proc/process.h"
#include "signal/signal.h"

#define SIGNALS_STOPPING \
    (SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU))
#define SIGNALS_IGNORED_BY_DEFAULT \
    (SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGURG) | SIGNAL_BIT(SIGWINCH))
#define SIGNALS_WITH_REPORT                                                                 \
    (SIGNAL_BIT(SIGQUIT) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGTRAP) | SIGNAL_BIT(SIGABRT) | \
     SIGNAL_BIT(SIGFPE) | SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGSYS) |   \
     SIGNAL_BIT(SIGXCPU) | SIGNAL_BIT(SIGXFSZ))

/* PID 1 gets no signal that it has no handler for: nobody could take its place. */
#define PROCESS_WITHOUT_DEFAULTS 1

static inline bool signal_is_in(int signal, signal_set set)
{
    return (SIGNAL_BIT(signal) & set) != 0;
}

/* Whether the action, as it stands, is to do nothing. Holds: the process's signals.lock. */
static inline bool signal_action_ignores(const struct process *process, int signal)
{
    uint64_t handler = process->signals.actions[signal - 1].handler;

    return handler == SIG_IGN || (handler == SIG_DFL && (signal_is_in(signal, SIGNALS_IGNORED_BY_DEFAULT) ||
                                                         process->id == PROCESS_WITHOUT_DEFAULTS));
}

/* What the thread could take. Holds: signals.lock. */
static inline signal_set signal_set_of(const struct user_thread *thread)
{
    return thread->signals.pending.set | thread->process->signals.pending.set;
}

/* Whether the thread may not go on in ring 3: its process ends, or is about to be another program. */
static inline bool signal_thread_must_end(const struct user_thread *self)
{
    return atomic_load_explicit(&self->must_end, memory_order_relaxed);
}

/* Have a thread look for what there is to do. Holds: signals.lock. */
void signal_interrupt_thread(struct user_thread *thread);

/* Find out anew whether there is something for the calling thread to do. Holds: signals.lock. */
void signal_look_again(struct user_thread *self);

/* Change the calling thread's mask, which then has to look again. Holds: signals.lock. */
void signal_change_blocked(struct user_thread *self, signal_set blocked);

/* The first signal of `wanted` for the calling thread: its own before its process's. Holds: signals.lock. */
int signal_take_locked(struct user_thread *self, signal_set wanted, struct siginfo *ret_info);

/* Tell who is to be told that a timer's signal was taken. Context: no lock held. */
void signal_tell_timer(struct process *process, const struct siginfo *info);

/* Let another thread know of signals of the process that the thread no longer takes. Holds: signals.lock. */
void signal_retarget(struct process *process, signal_set signals);

/* Before a stop signal or SIGCONT is made pending: they undo each other. Holds: signals.lock. */
void signal_stop_undo(struct process *process, int signal);

/* The same before any signal. */
static inline void signal_stop_prepare(struct process *process, int signal)
{
    if (signal_is_in(signal, SIGNALS_STOPPING | SIGNAL_BIT(SIGCONT)))
        signal_stop_undo(process, signal);
}

/* The calling thread has taken a stop signal with the default action: begin the stop, unless the signal is of
 * the terminal and the process's group is orphaned, or SIGCONT came meanwhile.
 * Holds: signals.lock, which is released for a moment. */
void signal_stop_begin(struct user_thread *self, int signal, struct spinlock_state *state);

/* Wait until the stop is over, or the thread must end. Holds: signals.lock, released meanwhile. */
void signal_stop_wait(struct user_thread *self, struct spinlock_state *state);

/* A thread has left process->threads. Holds: signals.lock. */
void signal_stop_thread_left(struct process *process, const struct user_thread *thread);

/* Tell the parent that the process goes on. Holds: signals.lock, released meanwhile. */
void signal_tell_continued(struct process *process, struct spinlock_state *state);

/* Faults of ring 3 become signals: set that up. Context: early boot. */
void signal_fault_setup(void);

#endif
