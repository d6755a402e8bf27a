/* Times: nanoseconds in 64 bits, which end in 584 years, and the ABI's structures. Pure. */
#ifndef LINTEL_LIB_TIME_MATH_H
#define LINTEL_LIB_TIME_MATH_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/time.h"

#define NS_PER_SECOND 1000000000ull
#define NS_PER_US 1000ull
#define US_PER_SECOND 1000000ull

#define TIME_NEVER UINT64_MAX /* the latest time there is: what is later is cut to it */

static inline uint64_t time_add(uint64_t a, uint64_t b)
{
    return a > TIME_NEVER - b ? TIME_NEVER : a + b;
}

static inline uint64_t time_until(uint64_t time_ns, uint64_t now_ns)
{
    return time_ns > now_ns ? time_ns - now_ns : 0;
}

/* Seconds and a part of one; cut to TIME_NEVER. */
static inline uint64_t time_make(uint64_t seconds, uint64_t nanoseconds)
{
    return seconds > TIME_NEVER / NS_PER_SECOND - 1 ? TIME_NEVER : seconds * NS_PER_SECOND + nanoseconds;
}

/* False: its seconds are negative, or its part of a second is out of range. */
static inline bool time_from_timespec(const struct timespec64 *time, uint64_t *ret_ns)
{
    if (time->seconds < 0 || (uint64_t)time->nanoseconds >= NS_PER_SECOND)
        return false;
    *ret_ns = time_make((uint64_t)time->seconds, (uint64_t)time->nanoseconds);
    return true;
}

static inline bool time_from_timeval(const struct timeval *time, uint64_t *ret_ns)
{
    if (time->seconds < 0 || (uint64_t)time->microseconds >= US_PER_SECOND)
        return false;
    *ret_ns = time_make((uint64_t)time->seconds, (uint64_t)time->microseconds * NS_PER_US);
    return true;
}

static inline struct timespec64 time_to_timespec(uint64_t time_ns)
{
    return (struct timespec64){(int64_t)(time_ns / NS_PER_SECOND), (int64_t)(time_ns % NS_PER_SECOND)};
}

static inline struct timeval time_to_timeval(uint64_t time_ns)
{
    return (struct timeval){(int64_t)(time_ns / NS_PER_SECOND),
                            (int64_t)(time_ns % NS_PER_SECOND / NS_PER_US)};
}

#endif
