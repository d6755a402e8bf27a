/* When a timer expires, once or again and again. Pure; times are those of the timer's clock. */
#ifndef LINTEL_TIME_TIMER_STATE_H
#define LINTEL_TIME_TIMER_STATE_H

#include <stdbool.h>
#include <stdint.h>

/* All zeros: not armed. */
struct timer_state {
    bool is_armed;
    uint64_t expires_ns;
    uint64_t interval_ns; /* 0: once */
};

/* The clock shows now_ns: how often the timer has expired since it was asked last. It then is armed for the
 * first time after now_ns, or not any more. */
uint64_t timer_state_expire(struct timer_state *state, uint64_t now_ns);

/* Time until it expires, 0 if it is not armed. What is due but was not counted yet is a moment away: 1. */
uint64_t timer_state_left(const struct timer_state *state, uint64_t now_ns);

#endif
