#include "sched/stall.h"

enum stall_verdict stall_look(struct stall *stall, uint64_t value, uint64_t now_ns, uint64_t limit_ns,
                              uint64_t *ret_stood_ns)
{
    if (value != stall->value) {
        bool was_reported = stall->is_reported;
        *stall = (struct stall){.value = value, .since_ns = now_ns};
        *ret_stood_ns = 0;
        return was_reported ? STALL_OVER : STALL_NONE;
    }
    *ret_stood_ns = now_ns > stall->since_ns ? now_ns - stall->since_ns : 0; /* clocks differ a little */
    if (*ret_stood_ns < limit_ns)
        return STALL_NONE;
    if (stall->is_reported && (now_ns <= stall->reported_ns || now_ns - stall->reported_ns < STALL_REPEAT_NS))
        return STALL_KNOWN;
    stall->is_reported = true;
    stall->reported_ns = now_ns;
    return STALL_REPORT;
}

void stall_forgive(struct stall *stall, uint64_t now_ns)
{
    stall->since_ns = now_ns;
}
