/* A timer that wakes one thread, for functions that block until a time. It lies on that thread's stack. */
#ifndef LINTEL_SCHED_WAKE_TIMER_H
#define LINTEL_SCHED_WAKE_TIMER_H

#include <stdint.h>

#include "core/timer.h"

struct thread;

struct wake_timer {
    struct timer timer;
    struct thread *thread;
};

/* Let sched_wake() be called for the calling thread at deadline_ns. Context: thread. */
void wake_timer_start(struct wake_timer *wake, uint64_t deadline_ns);

/* Must be called before *wake goes out of scope. Context: as timer_cancel(). */
void wake_timer_stop(struct wake_timer *wake);

#endif
