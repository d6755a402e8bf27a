/* Time: the TSC, scaled to nanoseconds.
 * Context: any.  Sleeps: no. */
#ifndef LINTEL_CORE_CLOCK_H
#define LINTEL_CORE_CLOCK_H

#include <stdint.h>

#include "arch/x86_64/cpu.h"

/* A counter that the TSC can be measured against. `read` returns its value, which wraps at
 * mask + 1 (mask is 2^n - 1); it may be slow. */
struct clock_reference {
    uint64_t (*read)(void);
    uint64_t mask;
    uint64_t hz;
};

/* Nanoseconds since kernel entry; 0 until clock_start(). Never goes backwards. */
uint64_t clock_monotonic_ns(void);

/* ns = (TSC - tsc_zero) * multiplier / 2^CLOCK_SHIFT; set by clock_start(). */
#define CLOCK_SHIFT 32
extern struct clock_scale {
    uint64_t tsc_zero;
    uint64_t multiplier;
} clock_scale;

/* clock_monotonic_ns() for where each instruction counts. */
static inline uint64_t clock_now_ns(void)
{
    uint64_t ticks = cpu_timestamp() - clock_scale.tsc_zero;

    return (uint64_t)((unsigned __int128)ticks * clock_scale.multiplier >> CLOCK_SHIFT);
}

/* Nanoseconds since 1970, UTC; counted from 0 at kernel entry where the machine has no clock. */
uint64_t clock_realtime_ns(void);

/* What is added to clock_monotonic_ns() for that; set it. Context: any; one caller at a time. */
uint64_t clock_wall_offset_ns(void);
void clock_set_wall_offset(uint64_t offset_ns);

/* TSC ticks a second, 0 until clock_start(). */
uint64_t clock_tsc_hz(void);

/* Measure the TSC against a reference for CLOCK_MEASURE_NS: returns ticks a second, or 0 if the
 * reference stands still or goes backwards (the wait is bounded). */
#define CLOCK_MEASURE_NS 1000000ull
uint64_t clock_measure_tsc(const struct clock_reference *reference);

/* Start the clock: tsc_hz ticks a second (> 0), time 0 at TSC value tsc_zero, and the wall clock, if
 * known, at wall_seconds when the TSC was wall_tsc. Context: early boot, once. */
void clock_start(uint64_t tsc_hz, uint64_t tsc_zero, uint64_t wall_seconds, uint64_t wall_tsc);

/* Busy-wait; returns at once if the clock does not run. Context: any. */
void clock_spin_ns(uint64_t duration_ns);

#endif
