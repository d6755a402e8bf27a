/* The kernel's first address space: what boot_info.h promises to be mapped, and the list of it.
 * Pure but for the page table's allocator. */
#ifndef LINTEL_BOOTLOADER_KERNEL_MAP_H
#define LINTEL_BOOTLOADER_KERNEL_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "boot_info.h"
#include "page_table.h"

/* The boot stack in virtual memory: the first page of the region is its guard. */
#define BOOT_STACK_BASE (KERNEL_STACKS_BASE + 4096)
#define BOOT_STACK_TOP (BOOT_STACK_BASE + BOOT_STACK_PAGES * 4096)

struct kernel_map_input {
    const struct boot_memory_region *regions; /* converted memory map */
    size_t region_count;
    const struct boot_image *kernel;
    uint64_t stack_physical;
    const struct boot_framebuffer *framebuffer; /* its width may be 0; virtual_base is not looked at */
    uint64_t handoff_address;                   /* its page is identity-mapped, to be executed */
    bool has_1g_pages;
};

/* Where kernel_map_build() maps a framebuffer at that physical address. */
#define KERNEL_MAP_FRAMEBUFFER(physical_base) (DEVICE_WINDOWS_BASE + ((physical_base)&4095))

/* How many mappings there are at most: one a region, three of the image, one of stack and framebuffer each.
 */
#define KERNEL_MAP_MAPPINGS_MAX(regions) ((regions) + 5)

/* Fill table, and ret_mappings in the order of virtual addresses. The page of the handoff is not listed.
 * Errors: those of page_table_map. */
int kernel_map_build(const struct kernel_map_input *input, struct page_table *table,
                     struct boot_mapping *ret_mappings, size_t *ret_count);

/* Make Reserved of each region of RAM that the direct map among the mappings does not hold whole: what the
 * firmware calls RAM only now, after the page tables were built, the kernel could not reach. */
void kernel_map_hide_unmapped(struct boot_memory_region *regions, size_t region_count,
                              const struct boot_mapping *mappings, size_t mapping_count);

#endif
