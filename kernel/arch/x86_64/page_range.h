/* Page tables by the range, for the user half: what an address space does to many pages at once. The cost
 * goes with the tables that exist, not with the size of the range.
 *
 * An entry that is not present but not 0 either is *out of reach*: it keeps its frame, or the table below it,
 * where no CPU finds it. So a range is taken away in three steps that need no memory: page_range_detach(),
 * the shootdown (tlb.h), page_range_release(). And so are pages that nobody may access (PROT_NONE) kept.
 *
 * Addresses are page-aligned and at most USER_HALF_END. Locks, context: page_table.h. */
#ifndef LINTEL_ARCH_PAGE_RANGE_H
#define LINTEL_ARCH_PAGE_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86_64/page_table.h"
#include "mm/types.h"

#define USER_HALF_END (1ull << 47)

/* A page's place in the table, and what is there. */
struct page_range_entry {
    paddr_t frame; /* 0: none; else it may be out of reach */
    bool is_writable;
    volatile uint64_t *place; /* for page_range_set(), until the table is changed otherwise */
};

/* What is at a page. Returns false if there is no frame. */
bool page_range_lookup(const struct page_table *table, vaddr_t page, struct page_range_entry *ret_entry);

/* Call `visit` for each page of [start, end) that has a frame, out of reach or not. */
void page_range_visit(const struct page_table *table, vaddr_t start, vaddr_t end,
                      void (*visit)(void *argument, const struct page_range_entry *entry), void *argument);

/* The same, for one who may put something there: tables are made. Errors: -ENOMEM. */
int page_range_reach(struct page_table *table, vaddr_t page, struct page_range_entry *ret_entry);

/* Map a frame there, whatever was there before; protection as for page_table_map(), but that WRITE and
 * EXECUTE may be together. */
void page_range_set(const struct page_range_entry *entry, paddr_t frame, uint32_t protection);

/* Put all pages of [start, end) out of reach, and with them the tables that lie wholly in [floor, ceiling),
 * where nothing else is mapped. Returns whether there is something to shoot down. */
bool page_range_detach(struct page_table *table, vaddr_t start, vaddr_t end, vaddr_t floor, vaddr_t ceiling);

/* Take away the pages and tables of [start, end) that are out of reach: the tables are freed, the frames go
 * to `release`. */
void page_range_release(struct page_table *table, vaddr_t start, vaddr_t end,
                        void (*release)(void *argument, paddr_t frame), void *argument);

/* The same for the whole user half of a table that no CPU has loaded, nor will: nothing is detached first. */
void page_range_release_all(struct page_table *table, void (*release)(void *argument, paddr_t frame),
                            void *argument);

/* Change the protection of all pages of [start, end); without READ, WRITE and EXECUTE they get out of reach.
 * Only pages become writable of whose frame may_write says so, or all if it is NULL. Returns whether there is
 * something to shoot down: widening needs none. */
bool page_range_protect(struct page_table *table, vaddr_t start, vaddr_t end, uint32_t protection,
                        bool (*may_write)(paddr_t frame));

/* Map the pages of [start, end) in the table `to` too, in neither writable. `reference` is called for the
 * frame of each before that; an error ends it. The pages of `from` that were writable are to be shot down.
 * Errors: -ENOMEM, those of reference(); the pages done so far stay shared. */
int page_range_share(struct page_table *from, struct page_table *to, vaddr_t start, vaddr_t end,
                     int (*reference)(void *argument, paddr_t frame), void *argument);

/* Make the tables that page_range_move() will need. Errors: -ENOMEM. */
int page_range_move_prepare(struct page_table *table, vaddr_t from, vaddr_t to, uint64_t size);

/* Move all pages of [from, from + size) to `to`, where nothing is mapped, and which does not overlap. Returns
 * whether there is something to shoot down at `from`. */
bool page_range_move(struct page_table *table, vaddr_t from, vaddr_t to, uint64_t size);

#endif
