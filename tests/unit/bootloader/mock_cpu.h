/* A CPU made of variables, in the place of bootloader/cpu.c, handoff.S and debugger.S. */
#ifndef LINTEL_TESTS_UNIT_BOOTLOADER_MOCK_CPU_H
#define LINTEL_TESTS_UNIT_BOOTLOADER_MOCK_CPU_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#define MOCK_TSC_HZ 2000000000ull

/* How the bootloader ended, other than by returning to the firmware. */
enum mock_end { MOCK_RETURNED, MOCK_HANDOFF, MOCK_RESET, MOCK_HALT };

struct mock_cpu {
    bool is_intel, has_nx, has_1g_pages, has_rdseed, has_rdrand;
    bool random_is_stuck; /* RDSEED and RDRAND fail, or give all ones */
    uint32_t physical_bits;
    uint64_t cr4, misc_enable;
    uint64_t tsc;    /* grows a little with each reading */
    uint64_t random; /* the last number given */
    unsigned random_asked;
    uint64_t debugger_image_base; /* given to debugger_spin; 0 if it was not called */

    enum mock_end end;
    jmp_buf ended; /* where handoff, halt and reset go */
    uint64_t handoff_page_table, handoff_stack_top, handoff_entry, handoff_boot_info;
};

extern struct mock_cpu mock_cpu;

/* A CPU with everything. */
void mock_cpu_init(void);

/* Note how the bootloader ended and go back to the test. */
_Noreturn void mock_cpu_end(enum mock_end end);

#endif
