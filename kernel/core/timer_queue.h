/* Timers in the order of their deadlines: the pure part of core/timer.h. */
#ifndef LINTEL_CORE_TIMER_QUEUE_H
#define LINTEL_CORE_TIMER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/tree.h"

#define TIMER_NEVER UINT64_MAX /* a deadline that does not come */

/* Legend: q = guarded by whatever guards the queue. */
struct timer {
    struct tree_node node;                /* [q] the key is the deadline, in ns of clock_monotonic_ns() */
    void (*expired)(struct timer *timer); /* set by timer_init() */
    bool is_queued;                       /* [q] */
    unsigned cpu;                         /* core/timer.c's */
};

struct timer_queue {
    struct tree timers;
};

void timer_queue_init(struct timer_queue *queue);

/* Add a timer that is in no queue. Equal deadlines expire in the order in which they were added. */
void timer_queue_add(struct timer_queue *queue, struct timer *timer, uint64_t deadline_ns);

/* Take the timer out if it is queued; says whether it was. */
bool timer_queue_remove(struct timer_queue *queue, struct timer *timer);

/* Take out the first timer if its deadline is not after now_ns; NULL if there is none. */
struct timer *timer_queue_take_expired(struct timer_queue *queue, uint64_t now_ns);

/* Deadline of the first timer, TIMER_NEVER if the queue is empty. */
uint64_t timer_queue_next_ns(const struct timer_queue *queue);

#endif
