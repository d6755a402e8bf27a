/* What the CPU can do, by the names that Linux gives to CPUID's bits (/proc/cpuinfo). */
#ifndef LINTEL_ARCH_CPU_FLAGS_H
#define LINTEL_ARCH_CPU_FLAGS_H

#include <stdint.h>

/* Call `add` with the name of each flag that is set. Context: any. */
void cpu_flags_visit(void (*add)(const char *name, void *argument), void *argument);

struct cpu_model {
    unsigned family, model, stepping;
    uint32_t cpuid_level; /* highest basic leaf */
    unsigned physical_address_bits, virtual_address_bits;
    unsigned cache_line; /* bytes that CLFLUSH flushes */
};

/* Of the CPU that it is called on: the others are taken to be the same. Context: any. */
struct cpu_model cpu_model_get(void);

#endif
