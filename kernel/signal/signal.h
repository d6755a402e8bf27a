/* Signals: sigaction(2), signal(7). A signal is made pending, for a process or for one of its threads, and
 * taken by a thread that does not block it, at its way back to ring 3.
 *
 * Locks: s = process_signals.lock (rank LOCK_RANK_SIGNAL, below the tree lock)   a = atomic
 *        own = of a thread: changed by it only, under s; read by it without
 * Context of all functions: thread, where nothing else is said. */
#ifndef LINTEL_SIGNAL_SIGNAL_H
#define LINTEL_SIGNAL_SIGNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi/signal.h"
#include "arch/x86_64/signal_frame.h"
#include "core/spinlock.h"
#include "fs/poll.h"
#include "lib/list.h"
#include "mm/types.h"
#include "sched/wait_queue.h"

struct process;
struct process_group;
struct trap_frame;
struct user_thread;

typedef uint64_t signal_set; /* bit n - 1: signal n */
#define SIGNAL_BIT(signal) (1ull << ((signal)-1))
#define SIGNALS_UNBLOCKABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

/* Signals that wait to be taken: signal/signal_queue.h */
struct signal_entry;

/* Memory for siginfos of a process. */
struct signal_memory {
    struct signal_entry *spare; /* [s] one that is not used; NULL: there is none */
};

struct signal_queue {
    signal_set set;      /* [s] */
    struct list entries; /* [s] with their siginfo, oldest first */
};

struct process_signals {
    struct spinlock lock;
    struct signal_action actions[SIGNAL_MAX]; /* [s] */
    struct signal_queue pending;              /* [s] for any thread */
    struct signal_memory memory;              /* [s] */
    struct readiness readiness;               /* changes when something becomes pending: signalfd */

    /* Stop and continue: signal/signal_stop.c */
    bool is_stopped;           /* [s] its threads wait at the border of ring 3 */
    bool may_stop;             /* [s] no SIGCONT has come since a stop signal was taken */
    bool has_continued;        /* [s] its parent is to be told so */
    int stop_signal;           /* [s] */
    unsigned stop_number;      /* [s] counts stops */
    unsigned stop_left;        /* [s] threads that do not wait yet */
    struct wait_queue stopped; /* [s] those that do */
};

struct thread_signals {
    signal_set blocked;               /* [own] */
    signal_set blocked_before;        /* [own] to be put back behind the handler, if has_blocked_before */
    bool has_blocked_before;          /* [own] */
    struct signal_queue pending;      /* [s] */
    uint64_t stack_start, stack_size; /* [own] sigaltstack() */
    uint32_t stack_flags;             /* [own] */
    atomic_bool is_interrupted;       /* [a] something may be there for it to do; set and cleared under s */
    signal_set waited;                /* [s] sigtimedwait() waits for these, blocked as they may be */
    unsigned stop_number;             /* [s] of the last stop that it took part in */
    bool has_fault;                   /* [own] `fault` is to be delivered, before all that pends */
    struct siginfo fault;             /* [own] */
    struct signal_trap trap;          /* [own] */
};

/* How a system call that was interrupted is taken up again: its result is one of -ERESTARTSYS,
 * -ERESTARTNOINTR, -ERESTARTNOHAND, -ERESTART_RESTARTBLOCK (abi/errno.h). The last one has restart_syscall()
 * call `function`. */
struct syscall_restart {
    int64_t (*function)(struct syscall_restart *restart);
    uint64_t arguments[6];
};

/* Set up caches, the return work and the handler of faults. Context: early boot, once. */
void signal_setup(void);

/* The state of a new process: `parent` NULL: all actions are the default, else a copy of its actions. Of a
 * new thread: `creator` NULL: nothing is blocked, else its mask. Nothing pends. */
void signal_init_process(struct process_signals *signals, struct process_signals *parent);
void signal_init_thread(struct thread_signals *signals, const struct thread_signals *creator);

/* A new thread of the same process has no alternate stack: only that of another process takes it over. */
void signal_reset_stack(struct thread_signals *signals);

/* Throw away what pends, at the end. Context: any, nobody else can reach it. */
void signal_release_process(struct process_signals *signals);
void signal_release_thread(struct process_signals *process, struct thread_signals *signals);

/* A thread has just left process->threads for good: others take what it was to take, and a stop does not wait
 * for it. Holds: process->signals.lock. */
void signal_thread_left(struct process *process, struct user_thread *thread);

/* execve(): caught signals get the default action back, the alternate stack is gone. */
void signal_reset_for_exec(struct process *process, struct user_thread *thread);

/* Whether the calling thread should give up waiting: a signal that it does not block has to be delivered, its
 * process stops or ends. Calls that wait then answer -ERESTARTSYS or the like. Context: any thread; false for
 * one of the kernel. */
bool signal_is_pending(void);

/* Make a signal pending. Nothing happens to zombies, and if the signal is ignored and not blocked. They never
 * fail: without memory the siginfo is lost, but not the signal. sigqueue() alone is told: -EAGAIN.
 *
 * A timer's signal (SI_TIMER) that is sent again while it still pends is counted in the overrun of the one
 * that does; signal_set_timer_taken() says who is told when it is taken. Context: any but NMI.  Holds:
 * process_tree where said.  Takes: signals.lock, run queues' locks. */
int signal_send_process(struct process *process, const struct siginfo *info);
int signal_send_thread(struct user_thread *thread,
                       const struct siginfo *info); /* Holds: process_tree, or is it */
/* The same for a thread that has ended, though its process has not, or is a zombie: nobody takes the signal,
 * but SIGCONT and stop signals still undo each other. Never fails. */
int signal_send_ended_thread(struct process *process, int signal);
void signal_send_group(struct process_group *group, const struct siginfo *info); /* Holds: process_tree */

/* `taken` is called by the thread that takes a timer's signal, with no lock held. Context: early boot. */
void signal_set_timer_taken(void (*taken)(struct process *process, int timer, int overrun));

/* A timer is no more: its signal does not pend any longer, if it did. */
void signal_forget_timer(struct process *process, int timer);

/* The siginfo of a signal that the kernel sends on its own. */
struct siginfo signal_info_kernel(int signal);

/* What a fault of the calling thread means: the signal is delivered whatever it has blocked or ignored. */
void signal_raise_fault(int signal, int code, uint64_t address);

/* Set the action of a signal, and return what it was; `action` NULL: only that. What pends and would be
 * ignored from now on is forgotten. Errors: -EINVAL (no such signal, or one that cannot be caught). */
int signal_set_action(int signal, const struct signal_action *action, struct signal_action *ret_old);

/* sigaltstack(), for the calling thread, whose RSP is `rsp`: set the alternate stack; tell of it. Errors:
 * -EPERM (it is in use), -EINVAL (flags), -ENOMEM (too small). */
int signal_set_stack(struct thread_signals *signals, const struct signal_stack *stack, uint64_t rsp);
void signal_get_stack(const struct thread_signals *signals, uint64_t rsp, struct signal_stack *ret_stack);

/* Wait until a signal of `wanted` can be taken by signal_take(), which is done. Errors: -EAGAIN (not until
 * deadline_ns), -EINTR. Sleeps: yes. */
int signal_wait(signal_set wanted, uint64_t deadline_ns, struct siginfo *ret_info);

/* Wait until a signal is to be delivered: pause(), sigsuspend(). Sleeps: yes. */
void signal_pause(void);

/* kill()'s permission to signal `target`. Holds: process_tree. Errors: -EPERM. */
int signal_check_permission(struct process *target, int signal);

/* Change the calling thread's mask; unblockable ones stay. */
void signal_set_blocked(signal_set blocked);

/* For calls with a mask of their own (sigsuspend, ppoll, pselect, epoll_pwait): block `blocked` until the
 * call has ended and the handlers have run; then what was blocked before is blocked again. */
void signal_set_blocked_for_call(signal_set blocked);

/* Take one pending signal of `wanted`: sigtimedwait(), signalfd. Returns its number, 0 if none pends. */
int signal_take(signal_set wanted, struct siginfo *ret_info);

/* What pends, and is in `wanted`, for the calling thread: sigpending(), signalfd. */
signal_set signal_pending_set(signal_set wanted);

/* rt_sigreturn(): go on in the frame as the handler's frame on the program's stack says. Errors: -EFAULT
 * (there is none, or not a sound one). */
int signal_return(struct trap_frame *frame);

/* Before the return to ring 3: stop, end, restart a system call, enter handlers. trap_set_return_work(). */
void signal_return_work(struct trap_frame *frame);

#endif
