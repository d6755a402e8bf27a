/* A timer that wakes one thread, for functions that block until a time. It lies on that thread's stack. */
#ifndef LINTEL_SCHED_WAKE_TIMER_H
#define LINTEL_SCHED_WAKE_TIMER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/timer.h"

struct thread;

struct wake_timer {
    struct timer timer;
    struct thread *thread;
    atomic_bool has_expired;
};

/* Let sched_wake() be called for the calling thread at deadline_ns. Context: thread. */
void wake_timer_start(struct wake_timer *wake, uint64_t deadline_ns);

/* Whether the time has come: the timer says so, which comes once only, or this CPU's clock, which may be
 * behind that of the CPU on which the timer was started. Context: thread. */
static inline bool wake_timer_is_over(const struct wake_timer *wake, uint64_t deadline_ns)
{
    return atomic_load(&wake->has_expired) || clock_monotonic_ns() >= deadline_ns;
}

/* Must be called before *wake goes out of scope. Context: as timer_cancel(). */
void wake_timer_stop(struct wake_timer *wake);

#endif
