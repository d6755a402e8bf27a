/* The wall clock, as it is set: who waits for a time that it shows must be told.
 * Context: thread.  Sleeps: yes. */
#ifndef LINTEL_TIME_WALL_CLOCK_H
#define LINTEL_TIME_WALL_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/list.h"

/* Locks: w = wall_clock_lock() */
struct wall_clock_watch {
    struct list link;                                /* [w] */
    void (*changed)(struct wall_clock_watch *watch); /* called after each change, with the lock held */
};

/* The lock, a mutex of rank LOCK_RANK_WALL_CLOCK: the clock is not set while it is held. So a timer of the
 * core's can be started for a time of this clock without missing a change. */
void wall_clock_lock(void);
void wall_clock_unlock(void);

/* Holds: wall_clock_lock(). */
void wall_clock_watch(struct wall_clock_watch *watch, void (*changed)(struct wall_clock_watch *watch));
void wall_clock_unwatch(struct wall_clock_watch *watch);

/* When clock_monotonic_ns() will be what it is at that time of the wall clock, if nobody sets it; 0 if it
 * is past. Context: any. */
uint64_t wall_clock_to_monotonic(uint64_t wall_ns);

/* Set it to realtime_ns, from now on. Errors: -EINVAL (as on Linux: before the machine's start, if that was
 * 1970). Takes: wall_clock_lock(). */
int wall_clock_set(uint64_t realtime_ns);

/* Sleep until the clock shows at least realtime_ns, whoever sets it meanwhile. Errors: -EINTR. */
int wall_clock_sleep_until(uint64_t realtime_ns);

#endif
