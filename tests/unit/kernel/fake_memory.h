/* Physical memory made of a reservation of address space, in which only RAM can be touched: whoever strays
 * from the map is killed. Reserving costs nothing, so that machines may have terabytes. */
#ifndef LINTEL_TESTS_FAKE_MEMORY_H
#define LINTEL_TESTS_FAKE_MEMORY_H

#include <stdint.h>

#include "boot_info.h"
#include "memory_type.h"
#include "mm/types.h"

#define KIB 1024ull
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TIB (1024 * GIB)

/* A region of a map, by its borders. */
#define REGION(start, end, kind)                                                     \
    {                                                                                \
        .base = (start), .size_pages = ((end) - (start)) / PAGE_SIZE, .type = (kind) \
    }

/* Make the memory of the map; the memory made before is gone. Returns the direct map's base. */
vaddr_t fake_memory_create(const struct boot_memory_region *map, size_t count);

/* The same with one free region from 1 MiB to `end`, taken over by the frame allocator. */
void fake_memory_start(paddr_t end);

/* The map of fake_memory_start(). */
extern struct boot_memory_region fake_memory_map[1];

/* Frames that have ever been touched. */
uint64_t fake_memory_touched_frames(void);

/* From the count-th call on, counted from 0, frames_alloc_zeroed() fails. (Linked with
 * --wrap=frames_alloc_zeroed.) */
void fake_memory_fail_after(uint64_t count);

#endif
