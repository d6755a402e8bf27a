/* A set of CPUs, by index. Not atomic: whoever shares one guards it. */
#ifndef LINTEL_LIB_CPU_SET_H
#define LINTEL_LIB_CPU_SET_H

#include <stdbool.h>
#include <stdint.h>

#define CPU_SET_SIZE 256 /* indices are below this */

struct cpu_set {
    uint64_t bits[CPU_SET_SIZE / 64];
};

static inline void cpu_set_add(struct cpu_set *set, unsigned cpu)
{
    set->bits[cpu / 64] |= 1ull << cpu % 64;
}

static inline void cpu_set_remove(struct cpu_set *set, unsigned cpu)
{
    set->bits[cpu / 64] &= ~(1ull << cpu % 64);
}

static inline bool cpu_set_has(const struct cpu_set *set, unsigned cpu)
{
    return (set->bits[cpu / 64] >> cpu % 64 & 1) != 0;
}

/* All CPUs that there may be. */
static inline struct cpu_set cpu_set_all(void)
{
    struct cpu_set set;

    for (unsigned i = 0; i < CPU_SET_SIZE / 64; i++)
        set.bits[i] = UINT64_MAX;
    return set;
}

/* The CPUs 0 to count - 1. */
static inline struct cpu_set cpu_set_first(unsigned count)
{
    struct cpu_set set = {{0}};

    for (unsigned cpu = 0; cpu < count; cpu++)
        cpu_set_add(&set, cpu);
    return set;
}

#endif
