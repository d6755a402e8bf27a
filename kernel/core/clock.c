/* ns = ticks * multiplier / 2^CLOCK_SHIFT, with a 128-bit product: exact enough for centuries, and
 * no division. */
#include "core/clock.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "arch/x86_64/cpu.h"

#define NS_PER_SECOND 1000000000ull
#define CLOCK_READS_MAX 1000000 /* reads of a reference after which it is taken for broken */

static struct {
    uint64_t tsc_hz;
    _Atomic(uint64_t) wall_offset_ns;
} clock;

struct clock_scale clock_scale;

static uint64_t clock_ticks_to_ns(uint64_t ticks)
{
    return (uint64_t)((unsigned __int128)ticks * clock_scale.multiplier >> CLOCK_SHIFT);
}

uint64_t clock_monotonic_ns(void)
{
    return clock_now_ns();
}

uint64_t clock_realtime_ns(void)
{
    return clock_wall_offset_ns() + clock_monotonic_ns();
}

uint64_t clock_wall_offset_ns(void)
{
    return atomic_load_explicit(&clock.wall_offset_ns, memory_order_relaxed);
}

void clock_set_wall_offset(uint64_t offset_ns)
{
    atomic_store_explicit(&clock.wall_offset_ns, offset_ns, memory_order_relaxed);
}

uint64_t clock_tsc_hz(void)
{
    return clock.tsc_hz;
}

/* One reading of both counters. An interruption between them (system management mode) would spoil
 * it: of a few tries, keep the one whose reference read took the fewest ticks. */
struct clock_sample {
    uint64_t tsc;
    uint64_t reference;
};

static struct clock_sample clock_sample(const struct clock_reference *reference)
{
    struct clock_sample best = {0, 0};
    uint64_t best_span = UINT64_MAX;

    for (int i = 0; i < 3; i++) {
        uint64_t before = cpu_timestamp(), value = reference->read(), after = cpu_timestamp();
        if (after - before < best_span) {
            best_span = after - before;
            best = (struct clock_sample){before + best_span / 2, value};
        }
    }
    return best;
}

uint64_t clock_measure_tsc(const struct clock_reference *reference)
{
    uint64_t wanted = reference->hz * CLOCK_MEASURE_NS / NS_PER_SECOND, passed = 0;
    struct clock_sample start = clock_sample(reference);

    for (int reads = 0; passed < wanted; reads++) {
        if (reads == CLOCK_READS_MAX)
            return 0;
        cpu_pause();
        passed = (reference->read() - start.reference) & reference->mask;
    }
    struct clock_sample end = clock_sample(reference);
    passed = (end.reference - start.reference) & reference->mask;
    if (passed < wanted || passed > reference->mask / 2) /* it went backwards */
        return 0;
    return (end.tsc - start.tsc) * reference->hz / passed;
}

void clock_start(uint64_t tsc_hz, uint64_t tsc_zero, uint64_t wall_seconds, uint64_t wall_tsc)
{
    clock_scale.tsc_zero = tsc_zero;
    clock_scale.multiplier = (NS_PER_SECOND << CLOCK_SHIFT) / tsc_hz;
    if (wall_seconds != 0)
        clock_set_wall_offset(wall_seconds * NS_PER_SECOND + clock_ticks_to_ns(tsc_zero - wall_tsc));
    clock.tsc_hz = tsc_hz;
}

void clock_spin_ns(uint64_t duration_ns)
{
    uint64_t start = clock_monotonic_ns();

    while (clock.tsc_hz != 0 && clock_monotonic_ns() - start < duration_ns)
        cpu_pause();
}
