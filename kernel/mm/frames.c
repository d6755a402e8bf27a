/* A buddy allocator whose bookkeeping is one byte a frame: the head of a block carries the block's
 * order, and HEAD_ALLOCATED unless it is free; all other frames, those that are not the allocator's
 * too, carry HEAD_NONE. A block's buddy differs from it in the address bit of its order; the two merge
 * when both are free and of the same order. The largest block is smaller than a section, so that
 * buddies always lie in one section.
 *
 * A section stays closed until memory runs short. Opening it takes 8 of its own frames for the
 * bytes (one for each frame of the section) and puts its free ranges into the lists. A section that
 * has no run of 9 usable frames is left out. */
#include "mm/frames.h"

#include <stdbool.h>

#include "abi/errno.h"
#include "core/panic.h"
#include "core/spinlock.h"
#include "lib/list.h"
#include "lib/string.h"
#include "memory_type.h"
#include "mm/alloc_failure.h"

#define SECTION_SHIFT 27
#define SECTION_SIZE (1ull << SECTION_SHIFT)
#define SECTION_FRAMES (SECTION_SIZE / PAGE_SIZE)
#define SECTION_HEADS_FRAMES (SECTION_FRAMES / PAGE_SIZE)

#define HEAD_NONE 0xff
#define HEAD_ALLOCATED 0x80
#define LOW_MEMORY_END 0x100000ull

vaddr_t direct_map_base = DIRECT_MAP_BASE;

/* Locks: I = set by frames_init()   f = frames.lock */
static struct {
    struct spinlock lock;
    const struct boot_memory_region *map;   /* [I] */
    size_t map_count;                       /* [I] */
    paddr_t taken_start, taken_end;         /* [I] what frames_init() took for section_heads */
    uint8_t **section_heads;                /* [f] a section's bytes; NULL while it is closed */
    uint64_t section_count;                 /* [I] */
    uint64_t next_section;                  /* [f] the first that was never opened */
    struct list free[FRAMES_MAX_ORDER + 1]; /* [f] blocks of each order, linked through themselves */
    struct frames_stats stats;              /* [f] */
} frames = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_FRAMES)};

struct range {
    paddr_t start, end;
};

static bool region_is_usable(const struct boot_memory_region *region)
{
    return region->type == MEMORY_FREE || region->type == MEMORY_BOOTLOADER_RECLAIMABLE;
}

/* The usable part of a region inside [start, end). A region that contains what frames_init() took
 * has it at its start. */
static struct range region_clip(const struct boot_memory_region *region, paddr_t start, paddr_t end)
{
    struct range range = {region->base, region->base + region->size_pages * PAGE_SIZE};

    if (range.start < LOW_MEMORY_END)
        range.start = LOW_MEMORY_END;
    if (range.start == frames.taken_start)
        range.start = frames.taken_end;
    if (range.start < start)
        range.start = start;
    if (range.end > end)
        range.end = end;
    if (range.end < range.start)
        range.end = range.start;
    return range;
}

static uint8_t *frame_head(paddr_t frame)
{
    return &frames.section_heads[frame >> SECTION_SHIFT][frame / PAGE_SIZE % SECTION_FRAMES];
}

static void block_insert(paddr_t block, unsigned order)
{
    *frame_head(block) = (uint8_t)order;
    list_push_front(&frames.free[order], direct_map(block));
}

static void block_remove(paddr_t block)
{
    *frame_head(block) = HEAD_NONE;
    list_remove(direct_map(block));
}

static void block_free(paddr_t block, unsigned order)
{
    for (; order < FRAMES_MAX_ORDER; order++) {
        paddr_t buddy = block ^ (PAGE_SIZE << order);
        if (*frame_head(buddy) != order)
            break;
        block_remove(buddy);
        if (buddy < block)
            block = buddy;
    }
    block_insert(block, order);
}

/* Put a range into the lists, cut into the largest aligned blocks. */
static void range_free(struct range range)
{
    while (range.start < range.end) {
        unsigned order = 0;
        while (order < FRAMES_MAX_ORDER && (range.start & (PAGE_SIZE << order)) == 0 &&
               range.end - range.start >= PAGE_SIZE << (order + 1))
            order++;
        block_free(range.start, order);
        range.start += PAGE_SIZE << order;
    }
}

/* The section's bytes come from its first usable run that is long enough. */
static bool section_take_heads(paddr_t start, paddr_t *ret_heads)
{
    for (size_t i = 0; i < frames.map_count; i++) {
        if (!region_is_usable(&frames.map[i]))
            continue;
        struct range range = region_clip(&frames.map[i], start, start + SECTION_SIZE);
        if (range.end - range.start > SECTION_HEADS_FRAMES * PAGE_SIZE) {
            *ret_heads = range.start;
            return true;
        }
    }
    return false;
}

static void section_open(uint64_t section)
{
    paddr_t start = section << SECTION_SHIFT, heads;
    bool has_heads = section_take_heads(start, &heads);

    if (has_heads) {
        frames.section_heads[section] = direct_map(heads);
        memset(direct_map(heads), HEAD_NONE, SECTION_FRAMES);
        frames.stats.overhead += SECTION_HEADS_FRAMES;
        frames.stats.free -= SECTION_HEADS_FRAMES;
    }
    for (size_t i = 0; i < frames.map_count; i++) {
        if (!region_is_usable(&frames.map[i]))
            continue;
        struct range range = region_clip(&frames.map[i], start, start + SECTION_SIZE);
        if (!has_heads) {
            uint64_t lost = (range.end - range.start) / PAGE_SIZE;
            frames.stats.total -= lost;
            frames.stats.free -= lost;
            frames.stats.left_out += lost;
            continue;
        }
        if (range.start < range.end && range.start == heads)
            range.start += SECTION_HEADS_FRAMES * PAGE_SIZE;
        range_free(range);
    }
}

/* Take the table of sections from the front of the largest usable region. */
static int frames_take_section_table(void)
{
    struct range largest = {0, 0};
    uint64_t table_size = page_round_up(frames.section_count * sizeof(frames.section_heads[0]));

    for (size_t i = 0; i < frames.map_count; i++) {
        if (!region_is_usable(&frames.map[i]))
            continue;
        struct range range = region_clip(&frames.map[i], 0, UINT64_MAX);
        if (range.end - range.start > largest.end - largest.start)
            largest = range;
    }
    if (largest.end == largest.start || largest.end - largest.start < table_size)
        return -ENOMEM;
    frames.taken_start = largest.start;
    frames.taken_end = largest.start + table_size;
    frames.section_heads = direct_map(largest.start);
    memset(frames.section_heads, 0, table_size);
    frames.stats.overhead = table_size / PAGE_SIZE;
    return 0;
}

int frames_init(const struct boot_memory_region *map, size_t count, vaddr_t direct_map_address)
{
    direct_map_base = direct_map_address;
    frames.map = map;
    frames.map_count = count;
    frames.taken_start = UINT64_MAX;
    frames.next_section = 0;
    frames.stats = (struct frames_stats){0};
    for (unsigned order = 0; order <= FRAMES_MAX_ORDER; order++)
        list_init(&frames.free[order]);

    uint64_t end = 0;
    for (size_t i = 0; i < count; i++) {
        if (!region_is_usable(&map[i]))
            continue;
        struct range range = region_clip(&map[i], 0, UINT64_MAX);
        uint64_t pages = (range.end - range.start) / PAGE_SIZE;
        frames.stats.total += pages;
        frames.stats.left_out += map[i].size_pages - pages;
        end = range.end;
    }
    frames.section_count = (end + SECTION_SIZE - 1) >> SECTION_SHIFT;
    int error = frames_take_section_table();
    frames.stats.free = frames.stats.total - frames.stats.overhead;
    return error;
}

/* The smallest order >= order with a free block; opens sections as needed. */
static int frames_find_order(unsigned order, unsigned *ret_order)
{
    for (;;) {
        for (unsigned found = order; found <= FRAMES_MAX_ORDER; found++) {
            if (!list_is_empty(&frames.free[found])) {
                *ret_order = found;
                return 0;
            }
        }
        if (frames.next_section == frames.section_count)
            return -ENOMEM;
        section_open(frames.next_section++);
    }
}

static int frames_alloc_locked(unsigned order, paddr_t *ret_block)
{
    unsigned found;
    int error = frames_find_order(order, &found);

    if (error != 0)
        return error;
    paddr_t block = (vaddr_t)list_first(&frames.free[found]) - direct_map_base;
    block_remove(block);
    while (found > order) {
        found--;
        block_insert(block + (PAGE_SIZE << found), found);
    }
    *frame_head(block) = (uint8_t)(HEAD_ALLOCATED | order);
    frames.stats.free -= 1ull << order;
    *ret_block = block;
    return 0;
}

int frames_alloc(unsigned order, paddr_t *ret_block)
{
    if (alloc_failure_is_due() || order > FRAMES_MAX_ORDER)
        return -ENOMEM;
    struct spinlock_state state = spin_lock(&frames.lock);
    int error = frames_alloc_locked(order, ret_block);
    spin_unlock(&frames.lock, state);
    return error;
}

int frames_alloc_zeroed(paddr_t *ret_frame)
{
    paddr_t frame;
    int error = frames_alloc(0, &frame);

    if (error != 0)
        return error;
    memset(direct_map(frame), 0, PAGE_SIZE);
    *ret_frame = frame;
    return 0;
}

static bool block_is_allocated(paddr_t block, unsigned order)
{
    return order <= FRAMES_MAX_ORDER && (block & ((PAGE_SIZE << order) - 1)) == 0 &&
           block >> SECTION_SHIFT < frames.section_count &&
           frames.section_heads[block >> SECTION_SHIFT] != NULL &&
           *frame_head(block) == (HEAD_ALLOCATED | order);
}

void frames_free(paddr_t block, unsigned order)
{
    struct spinlock_state state = spin_lock(&frames.lock);

    if (!block_is_allocated(block, order))
        panic("frames: block 0x%lx of order %u is not allocated", block, order);
    *frame_head(block) = HEAD_NONE;
    block_free(block, order);
    frames.stats.free += 1ull << order;
    spin_unlock(&frames.lock, state);
}

struct frames_stats frames_get_stats(void)
{
    struct spinlock_state state = spin_lock(&frames.lock);
    struct frames_stats stats = frames.stats;

    spin_unlock(&frames.lock, state);
    return stats;
}
