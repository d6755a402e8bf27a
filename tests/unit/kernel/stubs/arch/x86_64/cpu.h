/* The real header, but for the instructions that ring 3 may not use or whose result a test decides: those
 * are functions of fake_cpu.c. */
#ifndef LINTEL_TESTS_STUB_CPU_H
#define LINTEL_TESTS_STUB_CPU_H

#define cpu_timestamp real_cpu_timestamp
#define cpu_pause real_cpu_pause
#define cpu_interrupts_enable real_cpu_interrupts_enable
#define cpu_interrupts_save real_cpu_interrupts_save
#define cpu_interrupts_restore real_cpu_interrupts_restore
#include "kernel/arch/x86_64/cpu.h"
#undef cpu_timestamp
#undef cpu_pause
#undef cpu_interrupts_enable
#undef cpu_interrupts_save
#undef cpu_interrupts_restore

uint64_t cpu_timestamp(void);
void cpu_pause(void);
void cpu_interrupts_enable(void);
bool cpu_interrupts_save(void);
void cpu_interrupts_restore(bool were_enabled);

#endif
