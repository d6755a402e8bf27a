/* Four levels of 512 entries (Intel SDM volume 3, section 4.5). Tables are reached through the direct
 * map. An entry is written whole, in one store, so that a CPU that walks the table at the same time
 * sees the old mapping or the new one. */
#include "arch/x86_64/page_table.h"

#include <stdbool.h>

#include "abi/errno.h"
#include "arch/x86_64/page_table_internal.h"
#include "arch/x86_64/pat.h"
#include "arch/x86_64/regs.h"
#include "arch/x86_64/table_pool.h"
#include "lib/string.h"
#include "mm/alloc_failure.h"
#include "mm/frames.h"

uint64_t page_table_bits(uint32_t protection)
{
    uint64_t bits = PTE_PRESENT | PTE_ACCESSED;

    if (protection & MAP_WRITE)
        bits |= PTE_WRITE | PTE_DIRTY;
    if (!(protection & MAP_EXECUTE))
        bits |= PTE_NX;
    bits |= protection & MAP_USER ? PTE_USER : 0;
    if (protection & MAP_UNCACHED)
        bits |= PTE_PCD | PTE_PWT; /* PAT_INDEX_UNCACHED */
    else if (protection & MAP_WRITE_COMBINING)
        bits |= PTE_PAT; /* PAT_INDEX_WRITE_COMBINING */
    return bits;
}

_Static_assert(PAT_INDEX_UNCACHED == 3 && PAT_INDEX_WRITE_COMBINING == 4, "bits above");

bool page_table_permits(uint32_t protection)
{
    const uint32_t both = MAP_WRITE | MAP_EXECUTE;

    return (protection & both) != both || (protection & (MAP_FIRMWARE | MAP_PROGRAM_WX)) != 0;
}

/* Put an empty table below the entry. Intermediate entries allow everything: the leaf decides. They get the
 * user bit only if they are made for a user mapping: below one of the kernel's nothing can ever be opened to
 * ring 3. */
static int table_add(struct page_table *table, pte_t *entry, uint32_t protection)
{
    paddr_t lower;
    int error = table_pool_alloc(&lower);

    if (error != 0)
        return error;
    table->table_count += (protection & MAP_USER) != 0;
    *entry = lower | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | (protection & MAP_USER ? PTE_USER : 0);
    return 0;
}

/* The lowest existing entry on the way to `address`, and its level. */
static pte_t *table_walk(const struct page_table *table, vaddr_t address, unsigned *ret_level)
{
    paddr_t at = table->root;

    for (unsigned level = PAGE_LEVELS;; level--) {
        pte_t *entry = &table_at(at)[table_index(address, level)];
        if ((*entry & PTE_PRESENT) == 0 || level == 1 || (level < PAGE_LEVELS && *entry & PTE_LARGE)) {
            *ret_level = level;
            return entry;
        }
        at = *entry & PTE_ADDRESS_MASK;
    }
}

static int root_make(const struct page_table *kernel, paddr_t *ret_root)
{
    int error = table_frame_alloc(ret_root);

    if (error != 0)
        return error;
    memcpy((uint64_t *)direct_map(*ret_root) + PML4_KERNEL_HALF,
           (const uint64_t *)direct_map(kernel->root) + PML4_KERNEL_HALF,
           (PAGE_TABLE_ENTRIES - PML4_KERNEL_HALF) * sizeof(pte_t));
    return 0;
}

static _Atomic(uint64_t) next_tlb_id = 1;

int page_table_create(const struct page_table *kernel, struct page_table *ret_table)
{
    paddr_t root;

    if (alloc_failure_is_due())
        return -ENOMEM;
    if (!table_pool_take_root(&root)) {
        int error = root_make(kernel, &root);
        if (error != 0)
            return error;
    }
    *ret_table = (struct page_table){.root = root, .tlb_id = atomic_fetch_add(&next_tlb_id, 1)};
    return 0;
}

static void table_free(paddr_t table, unsigned level)
{
    for (unsigned i = 0; i < PAGE_TABLE_ENTRIES && level > 1; i++) {
        uint64_t entry = table_at(table)[i];
        if ((entry & PTE_PRESENT) != 0 && !entry_is_leaf(entry, level))
            table_free(entry & PTE_ADDRESS_MASK, level - 1);
    }
    table_frame_free(table);
}

static void root_clear(pte_t *root)
{
    for (unsigned i = 0; i < PML4_KERNEL_HALF; i++) {
        if ((root[i] & PTE_PRESENT) != 0)
            table_free(root[i] & PTE_ADDRESS_MASK, PAGE_LEVELS - 1);
        root[i] = 0;
    }
}

void page_table_destroy(struct page_table *table)
{
    if (table->root_groups != 0)
        root_clear(table_at(table->root));
    table_pool_free_root(table->root);
    table->root = 0;
}

int page_table_entry(struct page_table *table, vaddr_t page, uint32_t protection, pte_t **ret_entry)
{
    pte_t *pointer = &table->root_groups; /* to the table that the walk is in */
    paddr_t at = table->root;

    for (unsigned level = PAGE_LEVELS; level > 1; level--) {
        const unsigned index = table_index(page, level);
        pte_t *entry = &table_at(at)[index];
        if ((*entry & PTE_PRESENT) == 0) {
            int error = table_add(table, entry, protection);
            if (error != 0)
                return error;
            table_note_used(pointer, index);
        } else if (entry_is_leaf(*entry, 2)) {
            return -EEXIST;
        }
        pointer = entry;
        at = *entry & PTE_ADDRESS_MASK;
    }
    table_note_used(pointer, table_index(page, 1));
    *ret_entry = &table_at(at)[table_index(page, 1)];
    return 0;
}

static void table_set(pte_t *entry, vaddr_t page, paddr_t frame, uint32_t protection)
{
    bool is_kernel_half = table_index(page, PAGE_LEVELS) >= PML4_KERNEL_HALF;

    *entry = frame | page_table_bits(protection) | (is_kernel_half ? PTE_GLOBAL : 0);
}

int page_table_map(struct page_table *table, vaddr_t page, paddr_t frame, uint32_t protection)
{
    pte_t *entry;

    if (!page_table_permits(protection))
        return -EINVAL;
    int error = page_table_entry(table, page, protection, &entry);
    if (error != 0)
        return error;
    if (*entry != 0)
        return -EEXIST;
    table_set(entry, page, frame, protection);
    return 0;
}

/* The entry of a mapped 4 KiB page. */
static int table_small_page(const struct page_table *table, vaddr_t page, pte_t **ret_entry)
{
    unsigned level;
    pte_t *entry = table_walk(table, page, &level);

    if ((*entry & PTE_PRESENT) == 0)
        return -ENOENT;
    if (level != 1)
        return -EINVAL;
    *ret_entry = entry;
    return 0;
}

int page_table_unmap(struct page_table *table, vaddr_t page, paddr_t *ret_frame)
{
    pte_t *entry;
    int error = table_small_page(table, page, &entry);

    if (error != 0)
        return error;
    *ret_frame = *entry & PTE_ADDRESS_MASK;
    *entry = 0;
    return 0;
}

int page_table_protect(struct page_table *table, vaddr_t page, uint32_t protection)
{
    pte_t *entry;
    int error = table_small_page(table, page, &entry);

    if (error != 0)
        return error;
    if (!page_table_permits(protection))
        return -EINVAL;
    *entry = (*entry & (PTE_ADDRESS_MASK | PTE_GLOBAL)) | page_table_bits(protection);
    return 0;
}

static uint32_t entry_caching(uint64_t entry, unsigned level)
{
    uint64_t pat = level == 1 ? PTE_PAT : PTE_PAT_LARGE;

    if ((entry & pat) != 0)
        return MAP_WRITE_COMBINING;
    return (entry & (PTE_PCD | PTE_PWT)) != 0 ? MAP_UNCACHED : 0;
}

int page_table_lookup(const struct page_table *table, vaddr_t address, struct page_mapping *ret_mapping)
{
    paddr_t at = table->root;
    uint32_t protection = MAP_READ | MAP_WRITE | MAP_EXECUTE | MAP_USER;

    for (unsigned level = PAGE_LEVELS;; level--) {
        uint64_t entry = table_at(at)[table_index(address, level)];
        if ((entry & PTE_PRESENT) == 0)
            return -ENOENT;
        protection &= ~((entry & PTE_WRITE ? 0 : MAP_WRITE) | (entry & PTE_USER ? 0 : MAP_USER) |
                        (entry & PTE_NX ? MAP_EXECUTE : 0));
        if (level < PAGE_LEVELS && entry_is_leaf(entry, level)) {
            uint64_t size = 1ull << (PT_SHIFT + 9 * (level - 1));
            ret_mapping->address = (entry & PTE_ADDRESS_MASK & ~(size - 1)) | (address & (size - 1));
            ret_mapping->size = size;
            ret_mapping->protection = protection | entry_caching(entry, level);
            return 0;
        }
        at = entry & PTE_ADDRESS_MASK;
    }
}

int page_table_reserve(struct page_table *table, vaddr_t address)
{
    const unsigned index = table_index(address, PAGE_LEVELS);
    pte_t *entry = &table_at(table->root)[index];

    if ((*entry & PTE_PRESENT) != 0)
        return 0;
    table_note_used(&table->root_groups, index);
    return table_add(table, entry, 0);
}

void page_table_clear_user_half(struct page_table *table)
{
    for (unsigned i = 0; i < PML4_KERNEL_HALF; i++)
        table_at(table->root)[i] = 0;
}

void page_table_load(const struct page_table *table)
{
    cr3_write(table->root);
}

struct page_table page_table_current(void)
{
    return (struct page_table){.root = cr3_read() & PTE_ADDRESS_MASK};
}
