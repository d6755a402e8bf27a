/* Page tables: walk, map, unmap, protect, look up, and nothing else. What is where in an address
 * space, and why, is for mm/ to know.
 *
 * Locks: the owner of a table serialises changes to it. The CPU reads tables at any time.
 * Flushing the TLB after unmap and protect is the caller's business (tlb.h). */
#ifndef LINTEL_ARCH_PAGE_TABLE_H
#define LINTEL_ARCH_PAGE_TABLE_H

#include <stdatomic.h>
#include <stdint.h>

#include "mm/types.h"

/* Protection and caching of a mapping. WRITE and EXECUTE together are refused, but for firmware calls
 * (docs/hazards/firmware-runtime.md) and where a program wants it so. */
#define MAP_READ 1u
#define MAP_WRITE 2u
#define MAP_EXECUTE 4u
#define MAP_USER 8u             /* for ring 3 */
#define MAP_UNCACHED 16u        /* device registers */
#define MAP_WRITE_COMBINING 32u /* framebuffers */
#define MAP_FIRMWARE 64u        /* permits WRITE with EXECUTE */
#define MAP_PROGRAM_WX 128u     /* likewise, in memory that a program asked for */

struct page_table {
    paddr_t root;         /* the PML4 */
    uint64_t table_count; /* tables below it in the user half */
    uint64_t root_groups; /* where the root may have entries; page_table_internal.h */
    uint64_t tlb_id;      /* [I] of a program's table: a number that no other one has or had; not 0 */
    _Atomic(uint64_t) tlb_generation; /* [a] of its translations: tlb_outdate() */
};

/* What page_table_lookup() found. */
struct page_mapping {
    paddr_t address;     /* that the looked-up address translates to */
    uint64_t size;       /* of the page: PAGE_SIZE, PAGE_SIZE_2M or PAGE_SIZE_1G */
    uint32_t protection; /* MAP_READ, MAP_WRITE, MAP_EXECUTE, MAP_USER as all levels together allow;
                            MAP_UNCACHED, MAP_WRITE_COMBINING */
};

/* Make a table whose user half is empty and whose kernel half is that of `kernel`: entries 256 to 511
 * are copied, and since the kernel never adds an entry to its PML4 later (kernel_map_setup) they
 * never go stale. Errors: -ENOMEM. */
int page_table_create(const struct page_table *kernel, struct page_table *ret_table);

/* Free the tables of the user half and the PML4, not the pages mapped. The table must not be loaded
 * on any CPU. */
void page_table_destroy(struct page_table *table);

/* Map the page at virtual address `page` to `frame`, both page-aligned.
 * Errors: -ENOMEM, -EEXIST (something is mapped there), -EINVAL (write and execute together). */
int page_table_map(struct page_table *table, vaddr_t page, paddr_t frame, uint32_t protection);

/* Remove the mapping of a 4 KiB page. Returns -ENOENT if there is none, -EINVAL if it is part of a large
 * page. */
int page_table_unmap(struct page_table *table, vaddr_t page, paddr_t *ret_frame);

/* Change the protection of a mapped 4 KiB page. Errors: -ENOENT, -EINVAL as above. */
int page_table_protect(struct page_table *table, vaddr_t page, uint32_t protection);

/* Find what `address` is mapped to. Errors: -ENOENT (*ret_mapping unchanged). */
int page_table_lookup(const struct page_table *table, vaddr_t address, struct page_mapping *ret_mapping);

/* Make sure that the PML4 entry covering `address` exists. Errors: -ENOMEM. */
int page_table_reserve(struct page_table *table, vaddr_t address);

/* Remove the user half's entries from the PML4, without freeing what they point to. */
void page_table_clear_user_half(struct page_table *table);

/* Make this table the current one of this CPU. Flushes all but global translations. */
void page_table_load(const struct page_table *table);

/* The table that this CPU runs on. */
struct page_table page_table_current(void);

#endif
