/* The page on which a CPU begins: code copied from ap_trampoline.S, and its parameters behind it.
 *
 *   offset   what
 *   0x000    code: the CPU starts here in real mode
 *   0xf00    struct ap_parameters, written by the boot CPU before each start
 *
 * The page lies below 1 MiB. While a CPU passes through, the page is mapped at its physical address, read and
 * execute, in a page table of its own: docs/hazards/ap-start.md. */
#ifndef LINTEL_ARCH_AP_TRAMPOLINE_H
#define LINTEL_ARCH_AP_TRAMPOLINE_H

#define AP_PARAMETERS 0xf00

/* Offsets of parameters in the page. */
#define AP_GDT_POINTER (AP_PARAMETERS + 2)
#define AP_PROTECTED_ENTRY (AP_PARAMETERS + 8)
#define AP_LONG_ENTRY (AP_PARAMETERS + 16)
#define AP_PAGE_TABLE (AP_PARAMETERS + 24)
#define AP_STACK_TOP (AP_PARAMETERS + 32)
#define AP_ENTRY (AP_PARAMETERS + 40)
#define AP_ARGUMENT (AP_PARAMETERS + 48)

#define AP_SELECTOR_CODE32 0x08
#define AP_SELECTOR_DATA 0x10
#define AP_SELECTOR_CODE64 0x18

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

/* A far jump's destination. */
struct ap_far_pointer {
    uint32_t offset;
    uint16_t selector;
    uint16_t reserved;
};

struct ap_parameters {
    uint16_t reserved;
    uint16_t gdt_limit;
    uint32_t gdt_base; /* physical, of gdt[] below */
    struct ap_far_pointer protected_entry;
    struct ap_far_pointer long_entry;
    uint32_t page_table; /* physical; the PML4 must lie below 4 GiB */
    uint32_t reserved2;
    uint64_t stack_top; /* from here on the addresses are virtual */
    uint64_t entry;     /* void (*)(void *argument), does not return */
    uint64_t argument;
    uint64_t gdt[4]; /* AP_SELECTOR_* */
};

_Static_assert(AP_PARAMETERS + offsetof(struct ap_parameters, gdt_limit) == AP_GDT_POINTER,
               "assembly uses it");
_Static_assert(offsetof(struct ap_parameters, gdt_base) == offsetof(struct ap_parameters, gdt_limit) + 2,
               "operand of LGDT");
_Static_assert(AP_PARAMETERS + offsetof(struct ap_parameters, protected_entry) == AP_PROTECTED_ENTRY,
               "assembly uses it");
_Static_assert(AP_PARAMETERS + offsetof(struct ap_parameters, long_entry) == AP_LONG_ENTRY,
               "assembly uses it");
_Static_assert(AP_PARAMETERS + offsetof(struct ap_parameters, page_table) == AP_PAGE_TABLE,
               "assembly uses it");
_Static_assert(AP_PARAMETERS + offsetof(struct ap_parameters, stack_top) == AP_STACK_TOP, "assembly uses it");
_Static_assert(AP_PARAMETERS + offsetof(struct ap_parameters, entry) == AP_ENTRY, "assembly uses it");
_Static_assert(AP_PARAMETERS + offsetof(struct ap_parameters, argument) == AP_ARGUMENT, "assembly uses it");
_Static_assert(AP_PARAMETERS + sizeof(struct ap_parameters) <= 4096, "one page");

/* The code, to be copied to the page's start, and the places in it where the far jumps lead. */
extern const char ap_trampoline_start[], ap_trampoline_protected[], ap_trampoline_long[], ap_trampoline_end[];
#endif

#endif
