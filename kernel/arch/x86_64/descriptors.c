#include "arch/x86_64/descriptors.h"

#include <stddef.h>

#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "lib/string.h"

#define SEGMENT_CODE64_KERNEL 0x00af9b000000ffffull /* present, DPL 0, execute/read, L */
#define SEGMENT_DATA_KERNEL 0x00cf93000000ffffull   /* present, DPL 0, read/write */
#define SEGMENT_DATA_USER 0x00cff3000000ffffull     /* present, DPL 3, read/write */
#define SEGMENT_CODE64_USER 0x00affb000000ffffull   /* present, DPL 3, execute/read, L */
#define SEGMENT_DATA_ABSENT 0x00cf13000000ffffull   /* not present */

#define TSS_TYPE_AVAILABLE 0x89ull /* present, DPL 0, 64-bit TSS */

#define EARLY_STACK_SIZE 8192

#define GATE_INTERRUPT 0x8e00u /* present, DPL 0, interrupt gate: IF is cleared */
#define GATE_DPL3 0x6000u      /* INT n from ring 3 is allowed */

struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint16_t attributes; /* bits 0-2 are the interrupt stack's number */
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};

_Static_assert(sizeof(struct gate) == 16, "64-bit gate descriptor");

/* Operand of LGDT and LIDT: limit and base, ten bytes. The padding in front aligns the base, which the
 * kernel's relocation table requires of every pointer. */
struct descriptor_pointer {
    uint16_t padding[3];
    uint16_t limit;
    uint64_t base;
};

static const uint64_t gdt_segments[] = {
    [SELECTOR_KERNEL_CODE / 8] = SEGMENT_CODE64_KERNEL, [SELECTOR_KERNEL_DATA / 8] = SEGMENT_DATA_KERNEL,
    [SELECTOR_USER_DATA / 8] = SEGMENT_DATA_USER,       [SELECTOR_USER_CODE / 8] = SEGMENT_CODE64_USER,
    [SELECTOR_NOT_PRESENT / 8] = SEGMENT_DATA_ABSENT,
};

_Static_assert(sizeof(gdt_segments) == sizeof(((struct cpu_descriptors *)0)->gdt), "one GDT");

static struct gate idt[TRAP_VECTOR_COUNT];

/* Until there is memory for guarded stacks, a double fault is reported on this one. */
static char early_double_fault_stack[EARLY_STACK_SIZE] __attribute__((aligned(16)));

static void gdt_set_tss(struct cpu_descriptors *own, uint32_t limit)
{
    uint64_t base = (uint64_t)&own->tss;

    own->gdt[SELECTOR_TSS / 8] =
        (limit & 0xffff) | (base & 0xffffff) << 16 | TSS_TYPE_AVAILABLE << 40 | (base >> 24 & 0xff) << 56;
    own->gdt[SELECTOR_TSS / 8 + 1] = base >> 32;
    __asm__ volatile("ltr %w0" : : "r"(SELECTOR_TSS) : "memory");
}

static void gdt_load(struct cpu_descriptors *own)
{
    struct descriptor_pointer pointer = {.limit = sizeof(own->gdt) - 1, .base = (uint64_t)own->gdt};

    /* LRETQ reloads CS. SS must be a valid kernel segment for IRETQ to ring 0; the other data
     * segments are ignored in 64-bit mode and null is the cheapest safe value. */
    __asm__ volatile("lgdt %0\n\t"
                     "push %1\n\t"
                     "lea 1f(%%rip), %%rax\n\t"
                     "push %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "mov %w2, %%ss\n\t"
                     "xor %%eax, %%eax\n\t"
                     "mov %%eax, %%ds\n\t"
                     "mov %%eax, %%es\n\t"
                     "mov %%eax, %%fs\n\t"
                     "mov %%eax, %%gs\n\t"
                     "lldt %%ax"
                     :
                     : "m"(pointer.limit), "i"(SELECTOR_KERNEL_CODE), "r"(SELECTOR_KERNEL_DATA), "m"(pointer)
                     : "rax", "memory");
}

static unsigned gate_interrupt_stack(unsigned vector)
{
    switch (vector) {
    case TRAP_DEBUG:
        return IST_DEBUG;
    case TRAP_NMI:
        return IST_NMI;
    case TRAP_DOUBLE_FAULT:
        return IST_DOUBLE_FAULT;
    case TRAP_MACHINE_CHECK:
        return IST_MACHINE_CHECK;
    default:
        return IST_NONE;
    }
}

static void idt_set(unsigned vector, unsigned ist)
{
    uint64_t stub = trap_stub_address(vector);
    uint16_t attributes = GATE_INTERRUPT;

    /* INT3 and INTO are what a program may execute as such (its debugger's business). */
    if (vector == TRAP_BREAKPOINT || vector == TRAP_OVERFLOW)
        attributes |= GATE_DPL3;
    idt[vector] = (struct gate){
        .offset_low = stub & 0xffff,
        .selector = SELECTOR_KERNEL_CODE,
        .attributes = attributes | (uint16_t)ist,
        .offset_middle = stub >> 16 & 0xffff,
        .offset_high = stub >> 32,
    };
}

void descriptors_setup(void)
{
    for (unsigned vector = 0; vector < TRAP_VECTOR_COUNT; vector++)
        idt_set(vector, vector == TRAP_DOUBLE_FAULT ? IST_DOUBLE_FAULT : IST_NONE);
}

void descriptors_load(struct cpu_descriptors *own)
{
    struct descriptor_pointer pointer = {.limit = sizeof(idt) - 1, .base = (uint64_t)idt};

    memcpy(own->gdt, gdt_segments, sizeof(own->gdt));
    if (own->tss.ist[IST_DOUBLE_FAULT - 1] == 0)
        own->tss.ist[IST_DOUBLE_FAULT - 1] =
            (uint64_t)early_double_fault_stack + sizeof(early_double_fault_stack);
    /* Past the limit: no I/O permission bitmap, so ring 3 has no port at all. A base of 0 would make
     * the TSS's own bytes the bitmap. */
    own->tss.io_map_base = sizeof(own->tss);
    gdt_load(own);
    gdt_set_tss(own, sizeof(own->tss) - 1);
    __asm__ volatile("lidt %0" : : "m"(pointer.limit), "m"(pointer));
}

void descriptors_set_interrupt_stack(struct cpu_descriptors *own, unsigned ist, uint64_t top)
{
    own->tss.ist[ist - 1] = top;
}

void descriptors_use_interrupt_stacks(void)
{
    for (unsigned vector = 0; vector < TRAP_EXCEPTION_COUNT; vector++)
        idt_set(vector, gate_interrupt_stack(vector));
}

void descriptors_break_tss(void)
{
    gdt_set_tss(&percpu_get()->descriptors, offsetof(struct tss, ist) - 1);
}
