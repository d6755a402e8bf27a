/* The real header, but for the instructions: the test program defines those that the code under test uses. */
#ifndef LINTEL_TESTS_STUB_REGS_H
#define LINTEL_TESTS_STUB_REGS_H

#define msr_read real_msr_read
#define msr_write real_msr_write
#define cr0_read real_cr0_read
#define cr0_write real_cr0_write
#define cr3_read real_cr3_read
#define cr3_write real_cr3_write
#define cr4_read real_cr4_read
#define cr4_write real_cr4_write
#define xcr0_write real_xcr0_write
#define cpuid real_cpuid
#include "kernel/arch/x86_64/regs.h"
#undef msr_read
#undef msr_write
#undef cr0_read
#undef cr0_write
#undef cr3_read
#undef cr3_write
#undef cr4_read
#undef cr4_write
#undef xcr0_write
#undef cpuid

uint64_t msr_read(uint32_t msr);
void msr_write(uint32_t msr, uint64_t value);
uint64_t cr0_read(void);
void cr0_write(uint64_t value);
uint64_t cr3_read(void);
void cr3_write(uint64_t value);
uint64_t cr4_read(void);
void cr4_write(uint64_t value);
void xcr0_write(uint64_t value);
struct cpuid_result cpuid(uint32_t leaf, uint32_t subleaf);

#endif
