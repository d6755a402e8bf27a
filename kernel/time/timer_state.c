#include "time/timer_state.h"

#include "lib/time_math.h"

uint64_t timer_state_expire(struct timer_state *state, uint64_t now_ns)
{
    if (!state->is_armed || now_ns < state->expires_ns)
        return 0;
    if (state->interval_ns == 0) {
        state->is_armed = false;
        return 1;
    }
    uint64_t further = (now_ns - state->expires_ns) / state->interval_ns;
    state->expires_ns = time_add(state->expires_ns + further * state->interval_ns, state->interval_ns);
    return time_add(further, 1);
}

uint64_t timer_state_left(const struct timer_state *state, uint64_t now_ns)
{
    if (!state->is_armed)
        return 0;
    return state->expires_ns > now_ns ? state->expires_ns - now_ns : 1;
}
