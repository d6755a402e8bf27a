/* Physical memory: a buddy allocator of 4 KiB frames.
 *
 * Terms:  a frame is 4 KiB of RAM; a block is 2^order frames, aligned to its size; a section is
 *         128 MiB of the physical address space.
 * Boot cost does not grow with the size of RAM: a section's frames enter the free lists, and its
 * bookkeeping is made, when all sections before it are used up.
 * Frames are reached through the direct map; the free lists live in the free frames themselves.
 *
 * Context: any.  Takes: the allocator's spin lock.  Sleeps: no. */
#ifndef LINTEL_MM_FRAMES_H
#define LINTEL_MM_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#include "boot_info.h"
#include "mm/types.h"

#define FRAMES_MAX_ORDER 10 /* largest block: 4 MiB */

struct frames_stats {
    uint64_t total;    /* frames that the allocator manages */
    uint64_t free;     /* of these, not allocated */
    uint64_t overhead; /* frames used for the allocator's own bookkeeping, part of total */
    uint64_t left_out; /* usable RAM that is not managed: below 1 MiB, or scraps too small to track */
};

/* Take over the memory map: regions of type Free and BootloaderReclaimable become allocatable, but
 * for the first MiB, which firmware and the start-up of further CPUs use. `map` must stay valid and
 * unchanged. direct_map_address is where physical 0 is seen.
 * Returns -ENOMEM if the map has no room even for the bookkeeping.
 * Context: early boot, once; nothing of the bootloader's own memory may be in use any more. */
int frames_init(const struct boot_memory_region *map, size_t count, vaddr_t direct_map_address);

/* Allocate a block of 2^order frames, contents undefined. Errors: -ENOMEM. */
int frames_alloc(unsigned order, paddr_t *ret_block);

/* Allocate one frame filled with zeros. Errors: -ENOMEM. */
int frames_alloc_zeroed(paddr_t *ret_frame);

/* Give back a block that frames_alloc() returned for the same order. Freeing anything else (a block that
 * is free already, a part of one, what is not the allocator's) is a kernel bug and panics. */
void frames_free(paddr_t block, unsigned order);

struct frames_stats frames_get_stats(void);

#endif
