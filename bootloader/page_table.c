#include "page_table.h"

#include "abi/errno.h"
#include "x86_64/paging.h"

/* Entries that lead to the next table restrict nothing: the last entry decides. */
#define PAGE_TABLE_LINK (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED)

static uint64_t *page_table_entries(uint64_t physical)
{
    return (uint64_t *)physical;
}

int page_table_init(struct page_table *ret_table, uint64_t (*allocate)(void *context), void *context)
{
    *ret_table = (struct page_table){allocate(context), allocate, context};
    return ret_table->root == 0 ? -ENOMEM : 0;
}

/* The entry of virtual_address whose pages cover 1 << shift bytes, the tables above it made as needed. */
static int page_table_find(struct page_table *table, uint64_t virtual_address, int shift,
                           uint64_t **ret_entry)
{
    uint64_t *entries = page_table_entries(table->root);

    for (int level = PML4_SHIFT;; level -= PML4_SHIFT - PDPT_SHIFT) {
        uint64_t *entry = &entries[virtual_address >> level & (PAGE_TABLE_ENTRIES - 1)];
        if (level == shift) {
            *ret_entry = entry;
            return *entry & PTE_PRESENT ? -EEXIST : 0;
        }
        if (!(*entry & PTE_PRESENT)) {
            uint64_t next = table->allocate(table->context);
            if (next == 0)
                return -ENOMEM;
            *entry = next | PAGE_TABLE_LINK;
        } else if (*entry & PTE_LARGE) {
            return -EEXIST;
        }
        entries = page_table_entries(*entry & PTE_ADDRESS_MASK);
    }
}

static int page_table_shift(uint64_t virtual_address, uint64_t physical, uint64_t size, uint64_t largest_page)
{
    uint64_t alignment = virtual_address | physical;

    if (largest_page >= PAGE_SIZE_1G && alignment % PAGE_SIZE_1G == 0 && size >= PAGE_SIZE_1G)
        return PDPT_SHIFT;
    if (largest_page >= PAGE_SIZE_2M && alignment % PAGE_SIZE_2M == 0 && size >= PAGE_SIZE_2M)
        return PD_SHIFT;
    return PT_SHIFT;
}

int page_table_map(struct page_table *table, uint64_t virtual_base, uint64_t physical_base,
                   uint64_t size_pages, uint64_t flags, uint64_t largest_page)
{
    uint64_t size = size_pages * PAGE_SIZE;

    for (uint64_t done = 0; done < size;) {
        uint64_t *entry;
        int shift = page_table_shift(virtual_base + done, physical_base + done, size - done, largest_page);
        int result = page_table_find(table, virtual_base + done, shift, &entry);
        if (result < 0)
            return result;
        *entry = (physical_base + done) | flags | (shift == PT_SHIFT ? 0 : PTE_LARGE);
        done += 1ull << shift;
    }
    return 0;
}
