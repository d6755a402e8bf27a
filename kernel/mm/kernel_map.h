/* The kernel half of the address space: what the kernel maps for itself beside the direct map and
 * its own image (docs/memory-map.md). Nothing mapped here is ever unmapped in this version, so that
 * no CPU has to be told.
 *
 * Takes: the kernel map's spin lock, then the frame allocator's.  Sleeps: no. */
#ifndef LINTEL_MM_KERNEL_MAP_H
#define LINTEL_MM_KERNEL_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86_64/page_table.h"
#include "boot_info.h"
#include "mm/types.h"

#define KERNEL_STACK_PAGES 4 /* of a stack made by kernel_stack_create() */

/* Take over the bootloader's tables: drop the user half (the hand-over page), and create every PML4
 * entry that the kernel half will ever use. Errors: -ENOMEM.
 * Context: early boot, once, after frames_init(). */
int kernel_map_setup(const struct boot_info *boot);

/* The kernel's own page table, which every user table copies its kernel half from. */
const struct page_table *kernel_map_table(void);

/* Map size_pages fresh frames, zeroed, read and write. Returns NULL if there is no memory. */
void *kernel_map_alloc(size_t size_pages);

/* Map a stack of KERNEL_STACK_PAGES above an unmapped guard page.
 * Returns the address of its upper end, 0 if there is no memory. */
vaddr_t kernel_stack_create(void);

/* True when `address` lies in the kernel stacks' region and nothing is mapped there: a guard page. */
bool kernel_map_is_guard(vaddr_t address);

/* Map size_bytes of physical address space that is not RAM, from physical address `base` (any
 * alignment), read and write; caching is MAP_UNCACHED, MAP_WRITE_COMBINING or 0 (write-back as far as the
 * MTRRs allow). Returns a pointer to `base`, or NULL if there is no memory. */
volatile void *kernel_map_device(paddr_t base, size_t size_bytes, uint32_t caching);

/* Read-only view of firmware's tables at physical address `base`: the direct map where they lie in
 * RAM, else a window of their own. Returns NULL if there is no memory or the range wraps or exceeds
 * the CPU's physical addresses. */
const void *kernel_map_firmware_table(paddr_t base, size_t size_bytes);

#endif
