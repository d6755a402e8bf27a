/* What the sources of addr_space share. Holds: space->lock, where nothing else is said. */
#ifndef LINTEL_MM_ADDR_SPACE_INTERNAL_H
#define LINTEL_MM_ADDR_SPACE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mm/addr_space.h"

/* A frame of zeros, mapped where private pages were only read; it is not counted. */
extern paddr_t addr_space_zero_frame;

/* Make sure that the map has `count` spares. Errors: -ENOMEM. */
int addr_space_reserve(struct addr_space *space, size_t count);

/* Free the spares beyond those that are worth keeping. */
void addr_space_trim(struct addr_space *space);

/* Forget the translations of a range, on all CPUs that may have them. */
void addr_space_shoot_down(struct addr_space *space, vaddr_t start, vaddr_t end);

/* Take the pages of [start, end) away; page tables go too where [floor, ceiling) holds nothing else. */
void addr_space_drop_pages(struct addr_space *space, vaddr_t start, vaddr_t end, vaddr_t floor,
                           vaddr_t ceiling);

/* Take out what is mapped in a range. Takes area_map_cuts() spares, which are there. */
void addr_space_remove(struct addr_space *space, vaddr_t start, vaddr_t end);

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

static inline bool area_is_shared(const struct area *area)
{
    return (area->flags & AREA_SHARED) != 0;
}

#endif
