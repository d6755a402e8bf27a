/* The kernel half of the address space: what the kernel maps for itself beside the direct map and
 * its own image (docs/memory-map.md). Stacks come and go; nothing else mapped here is ever unmapped in this
 * version.
 *
 * Context: any but NMI and a function called by ipi_call().
 * Takes: the kernel map's spin lock, then the frame allocator's.  Sleeps: no. */
#ifndef LINTEL_MM_KERNEL_MAP_H
#define LINTEL_MM_KERNEL_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86_64/page_table.h"
#include "boot_info.h"
#include "mm/types.h"

#define KERNEL_STACK_PAGES 4      /* of a stack made by kernel_stack_create() */
#define KERNEL_STACKS_MAX 65536   /* stacks that there can be at a time */
#define KERNEL_STACKS_FREE_MAX 64 /* stacks given back that are kept for the next ones who want one */

/* Take over the bootloader's tables: drop the user half (the hand-over page), and create every PML4
 * entry that the kernel half will ever use. Errors: -ENOMEM.
 * Context: early boot, once, after frames_init(). */
int kernel_map_setup(const struct boot_info *boot);

/* The kernel's own page table, which every user table copies its kernel half from. */
const struct page_table *kernel_map_table(void);

/* Map size_pages fresh frames, zeroed, read and write. Returns NULL if there is no memory. */
void *kernel_map_alloc(size_t size_pages);

/* A stack of KERNEL_STACK_PAGES above an unmapped guard page: the one given back last, contents undefined, or
 * a new one. Returns the address of its upper end, 0 if there is no memory. */
vaddr_t kernel_stack_create(void);

/* Give back a stack, by what kernel_stack_create() returned. It stays mapped for the next one who wants one,
 * until there are too many: then half of those are unmapped, which waits for all CPUs. Giving back anything
 * else, or twice, is a kernel bug and panics. Best called with no lock held. */
void kernel_stack_destroy(vaddr_t top);

/* Unmap all stacks that were given back; their frames are the frame allocator's afterwards. */
void kernel_stacks_trim(void);

/* Stacks created and not given back. */
unsigned kernel_stacks_in_use(void);

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
