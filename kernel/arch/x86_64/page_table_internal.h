/* How page tables are laid out, for page_table.c and page_range.c only. */
#ifndef LINTEL_ARCH_PAGE_TABLE_INTERNAL_H
#define LINTEL_ARCH_PAGE_TABLE_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86_64/page_table.h"
#include "mm/types.h"

#define PAGE_LEVELS 4

typedef volatile uint64_t pte_t;

static inline unsigned table_index(vaddr_t address, unsigned level)
{
    return address >> (PT_SHIFT + 9 * (level - 1)) & (PAGE_TABLE_ENTRIES - 1);
}

/* Bytes that one entry of a table of this level spans. */
static inline uint64_t table_span(unsigned level)
{
    return PAGE_SIZE << 9 * (level - 1);
}

static inline pte_t *table_at(paddr_t table)
{
    return direct_map(table);
}

static inline bool entry_is_leaf(uint64_t entry, unsigned level)
{
    return level == 1 || (entry & PTE_LARGE) != 0;
}

/* Most entries of most tables are 0. Which are not is noted by the group: the entry that points to a table
 * has a bit for each group of its entries, set before one of them is; so has, for the root, `root_groups`.
 * They are never cleared: a group without its bit is empty, one with it may be. The CPU ignores these bits
 * (Intel SDM volume 3, section 4.5, tables 4-15, 4-17 and 4-19: 62:52 ignored). */
#define TABLE_GROUPS 8
#define TABLE_GROUP_ENTRIES (PAGE_TABLE_ENTRIES / TABLE_GROUPS)
#define TABLE_GROUPS_KERNEL_HALF (PML4_KERNEL_HALF / TABLE_GROUP_ENTRIES)

static inline void table_note_used(pte_t *pointer, unsigned index)
{
    uint64_t bit = 1ull << (PTE_IGNORED_SHIFT + index / TABLE_GROUP_ENTRIES);

    if ((*pointer & bit) == 0)
        *pointer |= bit;
}

/* The groups that may have entries: bit 0 is that of the first. */
static inline unsigned table_used_groups(uint64_t pointer)
{
    return pointer >> PTE_IGNORED_SHIFT & ((1u << TABLE_GROUPS) - 1);
}

#define TABLE_SCAN 8

static inline bool table_scan_is_used(const pte_t *entries)
{
    uint64_t any = 0;

#pragma clang loop unroll(full)
    for (unsigned i = 0; i < TABLE_SCAN; i++)
        any |= entries[i];
    return any != 0;
}

/* The first entry from `index` on that is not 0, below `end`; `end` if there is none. */
static inline unsigned table_find_used(const pte_t *entries, unsigned index, unsigned end)
{
    while (index < end && entries[index] == 0) {
        bool can_skip = index % TABLE_SCAN == 0 && index + TABLE_SCAN <= end;
        index += can_skip && !table_scan_is_used(&entries[index]) ? TABLE_SCAN : 1;
    }
    return index;
}

/* The bits, without the address, of a 4 KiB page's entry. */
uint64_t page_table_bits(uint32_t protection);

/* Whether WRITE and EXECUTE are not together, or may be. */
bool page_table_permits(uint32_t protection);

/* The entry of a 4 KiB page; tables on the way to it are made as for a mapping with that protection. Errors:
 * -ENOMEM, -EEXIST (a large page is there). */
int page_table_entry(struct page_table *table, vaddr_t page, uint32_t protection, pte_t **ret_entry);

#endif
