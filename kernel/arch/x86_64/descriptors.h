/* Segment descriptors, task state segment, interrupt descriptor table.
 * Source: Intel SDM volume 3, chapters 3.4 (segments), 6.14 (64-bit IDT), 8.7 (64-bit TSS). */
#ifndef LINTEL_ARCH_DESCRIPTORS_H
#define LINTEL_ARCH_DESCRIPTORS_H

/* Selectors. SYSCALL loads CS from STAR[47:32] and SS from that + 8; SYSRET loads SS from
 * STAR[63:48] + 8 and CS from that + 16: this fixes the order of the descriptors. The values are
 * those of Linux, which programs see in signal frames. */
#define SELECTOR_KERNEL_CODE 0x10
#define SELECTOR_KERNEL_DATA 0x18
#define SELECTOR_USER_BASE 0x23 /* no descriptor, only the base of SYSRET's sums: docs/hazards/sysret.md */
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

/* Task state segment: in 64-bit mode it holds nothing but stacks. */
struct tss {
    uint32_t reserved0;
    uint64_t rsp[3]; /* for traps from ring 3 to ring 0, 1, 2 */
    uint64_t reserved1;
    uint64_t ist[7]; /* interrupt stacks 1 to 7 */
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map_base;
} __attribute__((packed));

_Static_assert(sizeof(struct tss) == 104, "64-bit TSS");

/* One CPU's own tables. The CPU reads and writes them for as long as it runs. */
struct cpu_descriptors {
    uint64_t gdt[SELECTOR_NOT_PRESENT / 8 + 1];
    _Alignas(128) struct tss tss; /* not across a page boundary: SDM 8.2.1 */
};

/* Fill the IDT, which all CPUs share. Until descriptors_use_interrupt_stacks() all exceptions but the double
 * fault run on the stack they find. Context: early boot, once. */
void descriptors_setup(void);

/* Fill the tables in *own, but for the stacks in its TSS, and load them and the IDT on this CPU. All but the
 * boot CPU must have their interrupt stacks set before. Context: once on each CPU, interrupts disabled. */
void descriptors_load(struct cpu_descriptors *own);

/* Give interrupt stack `ist` (IST_*) of the CPU that *own is of its memory: `top` is its upper end, 16-byte
 * aligned. */
void descriptors_set_interrupt_stack(struct cpu_descriptors *own, unsigned ist, uint64_t top);

/* From now on the exceptions that have a stack of their own use it. The boot CPU's are set. */
void descriptors_use_interrupt_stacks(void);

/* Shorten this CPU's TSS so that any use of an interrupt stack is an invalid-TSS exception. For the test of
 * that exception only: there is no way back. */
void descriptors_break_tss(void);
#endif

#endif
