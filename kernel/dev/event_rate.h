/* How often a device asks for attention: one that does so endlessly is to be stopped. */
#ifndef LINTEL_DEV_EVENT_RATE_H
#define LINTEL_DEV_EVENT_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"

#define EVENT_RATE_PERIOD_NS 1000000000ull

/* All zero at first. Whoever has it sees to it that one at a time counts. */
struct event_rate {
    uint64_t start_ns; /* when the second began of which these are: */
    unsigned events;
};

/* `count` more events. Says whether they are at most `a_second_max` in this second. Context: any. */
static inline bool event_rate_count(struct event_rate *rate, unsigned count, unsigned a_second_max)
{
    const uint64_t now_ns = clock_monotonic_ns();

    if (now_ns - rate->start_ns >= EVENT_RATE_PERIOD_NS) {
        rate->start_ns = now_ns;
        rate->events = 0;
    }
    rate->events += count;
    return rate->events <= a_second_max;
}

#endif
