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

#define TABLE_GROUP 16

static inline bool table_group_is_used(const pte_t *group)
{
    uint64_t any = 0;

#pragma clang loop unroll(full)
    for (unsigned i = 0; i < TABLE_GROUP; i++)
        any |= group[i];
    return any != 0;
}

/* The first entry from `index` on that is not 0, below `end`; `end` if there is none. Most entries of most
 * tables are 0: they are looked at in groups. */
static inline unsigned table_find_used(const pte_t *entries, unsigned index, unsigned end)
{
    for (; index < end && index % TABLE_GROUP != 0; index++) {
        if (entries[index] != 0)
            return index;
    }
    while (index + TABLE_GROUP <= end && !table_group_is_used(&entries[index]))
        index += TABLE_GROUP;
    while (index < end && entries[index] == 0)
        index++;
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
