#include "sched/load_average.h"

#include "core/clock.h"
#include "core/timer.h"
#include "sched/sched_cpu.h"

#define PERIOD_NS 5000000000ull

/* 2^16 * e^(-5 s / minutes), for 1, 5 and 15 minutes. */
static const uint64_t decay[LOAD_AVERAGES] = {60296, 64453, 65173};

static struct timer timer;
static _Atomic(uint64_t) averages[LOAD_AVERAGES]; /* changed by the timer only */

unsigned load_running_count(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < cpu_count_online(); i++) {
        const struct sched_cpu *cpu = sched_cpu_of(i);
        if (cpu == NULL)
            continue;
        count += atomic_load_explicit(&cpu->ready_count, memory_order_relaxed);
        count += __atomic_load_n(&cpu->current, __ATOMIC_RELAXED) != cpu->idle;
    }
    return count;
}

static void load_count(struct timer *expired)
{
    const uint64_t running = (uint64_t)load_running_count() << LOAD_SHIFT;

    for (unsigned i = 0; i < LOAD_AVERAGES; i++) {
        uint64_t old = atomic_load_explicit(&averages[i], memory_order_relaxed);
        uint64_t new = old *decay[i] + running *((1u << LOAD_SHIFT) - decay[i]);
        new += running >= old ? (1u << LOAD_SHIFT) - 1 : 0; /* so that it comes to its limit */
        atomic_store_explicit(&averages[i], new >> LOAD_SHIFT, memory_order_relaxed);
    }
    timer_start(expired, clock_monotonic_ns() + PERIOD_NS);
}

void load_average_start(void)
{
    timer_init(&timer, load_count);
    timer_start(&timer, clock_monotonic_ns() + PERIOD_NS);
}

void load_average_get(uint64_t ret_averages[LOAD_AVERAGES])
{
    for (unsigned i = 0; i < LOAD_AVERAGES; i++)
        ret_averages[i] = atomic_load_explicit(&averages[i], memory_order_relaxed);
}
