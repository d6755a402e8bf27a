/* A CPU made of variables, behind stubs/arch/x86_64/cpu.h. */
#ifndef LINTEL_TESTS_FAKE_CPU_H
#define LINTEL_TESTS_FAKE_CPU_H

#include <stdbool.h>
#include <stdint.h>

struct fake_cpu {
    uint64_t timestamp;      /* the TSC */
    uint64_t timestamp_step; /* what each RDTSC and each PAUSE adds to it */
    uint64_t cr3;
    bool interrupts_are_enabled;
    unsigned preemption_points; /* passed so far */
};

extern struct fake_cpu fake_cpu;

#endif
