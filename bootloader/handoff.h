/* The last step: from firmware's world to the kernel. Assembly; tests put their own in its place. */
#ifndef LINTEL_BOOTLOADER_HANDOFF_H
#define LINTEL_BOOTLOADER_HANDOFF_H

#include <stdint.h>

/* Put the CPU in the state that boot_info.h promises and jump to entry with boot_info in RDI.
 * page_table is the physical address of a PML4 that maps the page in which this function lies at its own
 * address; the function does not cross a page. Context: after ExitBootServices. */
_Noreturn void handoff(uint64_t page_table, uint64_t stack_top, uint64_t entry, uint64_t boot_info);

#endif
