/* What the sources of addr_space share. Holds: space->lock, where nothing else is said. */
#ifndef LINTEL_MM_ADDR_SPACE_INTERNAL_H
#define LINTEL_MM_ADDR_SPACE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boot_info.h"
#include "mm/addr_space.h"

#define PROTECTION_ALL (MAP_READ | MAP_WRITE | MAP_EXECUTE)

/* A frame of zeros, mapped where private pages were only read; it is not counted. */
extern paddr_t addr_space_zero_frame;

/* Make sure that the map has `count` spares. Errors: -ENOMEM. */
int addr_space_reserve(struct addr_space *space, size_t count);

/* Structures for `areas` new areas in addition to those that cutting at the borders of a range makes.
 * Errors: -ENOMEM (also: too many areas). */
int addr_space_reserve_range(struct addr_space *space, size_t areas, vaddr_t start, vaddr_t end);

/* munmap, of a range inside the user half. Errors: -ENOMEM. */
int addr_space_unmap_locked(struct addr_space *space, vaddr_t start, uint64_t size);

/* The page must be made present; see addr_space_fault(). */
int addr_space_fault_locked(struct addr_space *space, vaddr_t page, uint32_t access);

/* Whether the limits permit `pages` more of an area like that; such an area in the place of what is in its
 * range; an area to have the protection. */
bool addr_space_may_add(const struct addr_space *space, const struct area *area, uint64_t pages);
bool addr_space_may_replace(const struct addr_space *space, const struct area *area);
bool addr_space_may_protect(const struct addr_space *space, const struct area *area, uint32_t protection);

/* Free the spares beyond those that are worth keeping. */
void addr_space_trim(struct addr_space *space);

/* Forget the translations of a range, on all CPUs that may have them. */
void addr_space_shoot_down(struct addr_space *space, vaddr_t start, vaddr_t end);

/* Take the pages of [start, end) away; page tables go too where [floor, ceiling) holds nothing else. */
void addr_space_drop_pages(struct addr_space *space, vaddr_t start, vaddr_t end, vaddr_t floor,
                           vaddr_t ceiling);

/* Take out what is mapped in a range. Takes area_map_cuts() spares, which are there. */
void addr_space_remove(struct addr_space *space, vaddr_t start, vaddr_t end);

/* The same, but page tables stay: they will be needed. */
void addr_space_remove_keeping_tables(struct addr_space *space, vaddr_t start, vaddr_t end);

/* Put a space into the list of all, and take it out: a space is in it from when it may have pages until its
 * last reference is gone. Context: any. */
void addr_space_list_add(struct addr_space *space);
void addr_space_list_remove(struct addr_space *space);

/* Count a frame as the space's. */
void addr_space_count_resident(struct addr_space *space);

/* Release a frame that was in the table. `argument`: the space. */
void addr_space_release_frame(void *argument, paddr_t frame);

/* The page table's protection for an area: MAP_USER and what else follows. */
static inline uint32_t area_table_protection(const struct area *area)
{
    const uint32_t both = MAP_WRITE | MAP_EXECUTE;

    return area->protection | MAP_USER | ((area->protection & both) == both ? MAP_PROGRAM_WX : 0);
}

/* Up to a multiple of a page; 0 if there is none. */
static inline uint64_t size_round_up(uint64_t size)
{
    return (size + PAGE_MASK) & ~PAGE_MASK;
}

static inline bool is_aligned(uint64_t value)
{
    return (value & PAGE_MASK) == 0;
}

/* Whether [start, start + size) lies in the user half. */
static inline bool range_is_inside(vaddr_t start, uint64_t size)
{
    return size <= USER_END && start <= USER_END - size;
}

static inline bool area_is_shared(const struct area *area)
{
    return (area->flags & AREA_SHARED) != 0;
}

#endif
