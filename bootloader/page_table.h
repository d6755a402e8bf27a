/* Building 4-level page tables (Intel SDM volume 3, section 4.5). Pure but for the allocator.
 *
 * Tables are read and written at their physical addresses: memory is identity-mapped while firmware's
 * tables are in use. The bits are those of x86_64/paging.h. */
#ifndef LINTEL_BOOTLOADER_PAGE_TABLE_H
#define LINTEL_BOOTLOADER_PAGE_TABLE_H

#include <stdint.h>

struct page_table {
    uint64_t root; /* physical address of the PML4 */
    /* Returns the physical address of a cleared page, 0 if there is none. */
    uint64_t (*allocate)(void *context);
    void *context;
};

/* An empty PML4. Errors: -ENOMEM. */
int page_table_init(struct page_table *ret_table, uint64_t (*allocate)(void *context), void *context);

/* Map size_pages (of 4 KiB) from virtual_base to physical_base, both page-aligned, with `flags` in each last
 * entry, using the largest pages that fit but none above largest_page (PAGE_SIZE, _2M or _1G).
 * Errors: -ENOMEM; -EEXIST if something is mapped there: then a part of the range may be mapped. */
int page_table_map(struct page_table *table, uint64_t virtual_base, uint64_t physical_base,
                   uint64_t size_pages, uint64_t flags, uint64_t largest_page);

#endif
