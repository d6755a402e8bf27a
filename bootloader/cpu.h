/* The instructions that the bootloader needs and C does not have (Intel SDM volume 2). */
#ifndef LINTEL_BOOTLOADER_CPU_H
#define LINTEL_BOOTLOADER_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define MSR_IA32_MISC_ENABLE 0x1a0u /* Intel only; SDM volume 4, table 2-2 */
#define MISC_ENABLE_XD_BIT_DISABLE (1ull << 34)
#define CR4_LA57 (1ull << 12) /* 5-level paging */

struct cpuid_result {
    uint32_t eax, ebx, ecx, edx;
};

/* CPUID; all zero for a leaf beyond the last that the CPU has in its range. */
struct cpuid_result cpu_cpuid(uint32_t leaf, uint32_t subleaf);

/* The time-stamp counter. */
uint64_t cpu_read_tsc(void);

/* A model-specific register. One that the CPU does not have raises #GP: ask CPUID first. */
uint64_t cpu_read_msr(uint32_t msr);
void cpu_write_msr(uint32_t msr, uint64_t value);

uint64_t cpu_read_cr4(void);

/* A random number by RDSEED or RDRAND; false if the CPU has none at the moment. An unknown instruction
 * without the feature: ask CPUID first. */
bool cpu_rdseed(uint64_t *ret_value);
bool cpu_rdrand(uint64_t *ret_value);

/* A short pause in a loop that waits. */
void cpu_pause(void);

/* Stop this CPU for good, interrupts off. */
_Noreturn void cpu_halt(void);

#endif
