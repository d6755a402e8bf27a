/* The timers that a process has set: alarm(), setitimer(), timer_create(), and the limit of its time on a
 * CPU. What they have in common is here; interval_timer.h and posix_timer.h have the rest.
 *
 * A timer by the monotonic clock is one of the core's. One for a time of the wall clock is, too, and is
 * started anew when that is set. One by a clock of time on a CPU has the core's look, at the earliest time at
 * which that much can have been used, whether it was: a process that sleeps meanwhile is looked at again.
 *
 * Locks: I = set before publication   t = process_timers.mutex   a = process_timers.lock */
#ifndef LINTEL_TIME_PROCESS_TIMERS_H
#define LINTEL_TIME_PROCESS_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/time.h"
#include "core/ref_count.h"
#include "core/spinlock.h"
#include "core/timer.h"
#include "lib/tree.h"
#include "sched/mutex.h"
#include "time/clock_id.h"
#include "time/timer_state.h"
#include "time/wall_clock.h"

struct process;
struct process_timers;

struct process_timer {
    struct process_timers *owner; /* [I] */
    struct clock_id clock;        /* [I] */
    bool is_silent;               /* [I] it is asked, and does nothing */
    /* It has expired `count` times. Called in the interrupt, with no lock held. */
    void (*fired)(struct process_timer *timer, uint64_t count); /* [I] */

    struct timer timer;            /* [t] to start and cancel; its `expired` starts it too */
    struct wall_clock_watch watch; /* [t] */
    bool is_watching;              /* [t] it was set to a time of the wall clock */
    enum clock_kind base;     /* [a] the clock of `state`: a span of the wall clock is one of the monotonic */
    struct timer_state state; /* [a] */
};

#define PROCESS_INTERVAL_TIMERS 3 /* ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF */

struct process_timers {
    struct ref_count references; /* of its process, of who sets its limit */
    struct process *process;     /* [I] that has them */
    bool is_over;                /* [t] the process ends: nothing is set any more */
    struct mutex mutex;          /* rank LOCK_RANK_TIMERS: of who sets timers, makes them, or looks for one */
    struct spinlock lock;        /* rank LOCK_RANK_ALARM: of who lets them expire, too */
    struct process_timer interval[PROCESS_INTERVAL_TIMERS]; /* [I] where, and [t] [a] as above */
    struct process_timer cpu_limit;                         /* RLIMIT_CPU */
    struct tree posix;                                      /* [t] struct posix_timer.node, by ID */
    uint32_t next_id;                                       /* [t] */
    unsigned posix_count;                                   /* [t] */
};

/* What a timer is set to; value_ns 0: it is disarmed. */
struct timer_setting {
    uint64_t value_ns, interval_ns;
    bool is_absolute;
};

/* Prepare the caches. Context: early boot, once. */
void process_timers_setup(void);

/* The timers of the calling thread's process, made if there are none yet. NULL: no memory. Context: thread.
 */
struct process_timers *process_timers_make(void);

/* The calling thread is the last one of its process, which ends: take back all its timers. None of them
 * sends a signal afterwards. Context: thread, no lock held.  Sleeps: yes. */
void process_timers_exit(struct process *process);

/* execve(): the calling thread is the process's only one. Timers of timer_create() are gone; alarm() and
 * setitimer() go on. Context: thread, no lock held.  Sleeps: yes. */
void process_timers_reset_for_exec(struct process *process);

/* The process has a limit of time on a CPU, RLIMIT_CPU, maybe for the first time, or another one: SIGXCPU
 * comes at the soft limit and each second after it, SIGKILL at the hard one. Nothing happens to a process
 * that ends. The caller has a reference to it. Errors: -ENOMEM. Context: thread, no lock held.  Sleeps: yes.
 */
int process_timers_limit_cpu(struct process *process);

/* Common part of a timer, disarmed. Context: any. */
void process_timer_init(struct process_timer *timer, struct process_timers *owner,
                        const struct clock_id *clock,
                        void (*fired)(struct process_timer *timer, uint64_t count));

/* Set it; *ret_left is what it was set to, as process_timer_left() tells.
 * Context: thread.  Holds: owner->mutex.  Sleeps: yes. */
void process_timer_set(struct process_timer *timer, const struct timer_setting *setting,
                       struct timer_setting *ret_left);

/* Time until it expires, 0 if it is not armed, and its interval.
 * Context: thread.  Holds: owner->mutex, or nobody else sets it.  Takes: what clock_id_read() takes. */
struct timer_setting process_timer_left(struct process_timer *timer);

#endif
