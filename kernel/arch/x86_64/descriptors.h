/* Segment descriptors, task state segment, interrupt descriptor table.
 * Source: Intel SDM volume 3, chapters 3.4 (segments), 6.14 (64-bit IDT), 8.7 (64-bit TSS). */
#ifndef LINTEL_ARCH_DESCRIPTORS_H
#define LINTEL_ARCH_DESCRIPTORS_H

/* Selectors. SYSCALL loads CS from STAR[47:32] and SS from that + 8; SYSRET loads SS from
 * STAR[63:48] + 8 and CS from that + 16: this fixes the order of the descriptors. The values are
 * those of Linux, which programs see in signal frames. */
#define SELECTOR_KERNEL_CODE 0x10
#define SELECTOR_KERNEL_DATA 0x18
#define SELECTOR_USER_BASE 0x23 /* 32-bit code; only the base of SYSRET's sums; RPL 3 is required */
#define SELECTOR_USER_DATA 0x2b
#define SELECTOR_USER_CODE 0x33
#define SELECTOR_TSS 0x40
#define SELECTOR_NOT_PRESENT 0x50 /* a data segment that is not present, to provoke #NP with */

/* Interrupt stacks: these exceptions can hit where RSP is not to be trusted. */
#define IST_NONE 0
#define IST_DOUBLE_FAULT 1
#define IST_NMI 2
#define IST_MACHINE_CHECK 3
#define IST_DEBUG 4
#define IST_COUNT 4

#ifndef __ASSEMBLER__
#include <stdint.h>

/* Load this CPU's GDT, TSS and the IDT. Until descriptors_set_interrupt_stack() all exceptions but the double
 * fault run on the stack they find. Context: early boot, once on each CPU, interrupts disabled. */
void descriptors_setup(void);

/* Give interrupt stack `ist` (IST_*) its memory: `top` is its upper end, 16-byte aligned. */
void descriptors_set_interrupt_stack(unsigned ist, uint64_t top);

/* The stack for traps from ring 3. */
void descriptors_set_kernel_stack(uint64_t top);

/* Shorten the TSS so that any use of an interrupt stack is an invalid-TSS exception. For the test of
 * that exception only: there is no way back. */
void descriptors_break_tss(void);
#endif

#endif
