/* How often something is logged that programs bring about at will: so many times at once, then as many again
 * in the next period. What is left out is counted. */
#ifndef LINTEL_CORE_LOG_RATE_H
#define LINTEL_CORE_LOG_RATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* All zero at first. Locks: a = atomic */
struct log_rate {
    _Atomic(uint64_t) start_ns; /* [a] when the period began */
    atomic_uint count;          /* [a] how often it was asked since */
};

/* Whether one more may be logged, of at most `max` in period_ns. *ret_left_out: how many were not since this
 * was said last; most times 0. Context: any. */
static inline bool log_rate_take(struct log_rate *rate, uint64_t now_ns, uint64_t period_ns, unsigned max,
                                 unsigned *ret_left_out)
{
    uint64_t start_ns = atomic_load_explicit(&rate->start_ns, memory_order_relaxed);

    *ret_left_out = 0;
    if (now_ns - start_ns >= period_ns &&
        atomic_compare_exchange_strong(&rate->start_ns, &start_ns, now_ns)) {
        const unsigned count = atomic_exchange(&rate->count, 0);
        if (count > max)
            *ret_left_out = count - max;
    }
    return atomic_fetch_add(&rate->count, 1) < max;
}

#endif
