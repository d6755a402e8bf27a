/* What programs tell or ask about memory that they have: discard, lock, make present, look what is there.
 * Such calls go over all areas of a range, and tell of holes when all else is done. */
#include "abi/errno.h"
#include "arch/x86_64/page_range.h"
#include "mm/addr_space_internal.h"
#include "mm/memory_object.h"

/* A range as these calls check it; `end` is rounded up. */
struct range {
    vaddr_t start, end;
};

/* Errors: -EINVAL (not aligned, size wraps), -ENOMEM (beyond the user half). */
static int range_make(vaddr_t start, uint64_t size, struct range *ret_range)
{
    uint64_t rounded = size_round_up(size);

    if (!is_aligned(start) || (size != 0 && rounded == 0) || start + rounded < start)
        return -EINVAL;
    if (!range_is_inside(start, rounded))
        return -ENOMEM;
    *ret_range = (struct range){start, start + rounded};
    return 0;
}

/* The part of the range that lies in the area. */
static struct range range_in_area(const struct range *range, const struct area *area)
{
    return (struct range){area_start(area) > range->start ? area_start(area) : range->start,
                          area->end < range->end ? area->end : range->end};
}

static int area_discard(struct addr_space *space, const struct area *area, const struct range *range,
                        enum addr_space_discard how)
{
    if (how == ADDR_SPACE_FREE && area->object != NULL)
        return -EINVAL;
    if (how != ADDR_SPACE_DROP_LOCKED && (area->flags & AREA_LOCKED) != 0)
        return -EINVAL;
    struct range part = range_in_area(range, area);
    addr_space_drop_pages(space, part.start, part.end, part.start, part.end);
    return 0;
}

static int addr_space_discard_locked(struct addr_space *space, const struct range *range,
                                     enum addr_space_discard how)
{
    vaddr_t at = range->start;

    for (struct area *area = area_map_find_from(&space->areas, at);
         area != NULL && area_start(area) < range->end; area = area_next(area)) {
        int error = area_discard(space, area, range, how);
        if (error != 0)
            return error;
        if (area_start(area) <= at)
            at = area->end;
    }
    return at >= range->end ? 0 : -ENOMEM;
}

int addr_space_discard(struct addr_space *space, vaddr_t start, uint64_t size, enum addr_space_discard how)
{
    struct range range;
    int error = range_make(start, size, &range);

    if (error != 0 || size == 0)
        return error;
    mutex_lock(&space->lock);
    error = addr_space_discard_locked(space, &range, how);
    mutex_unlock(&space->lock);
    return error;
}

static int addr_space_set_flags_locked(struct addr_space *space, const struct range *range, uint32_t set,
                                       uint32_t clear)
{
    vaddr_t at = range->start;
    int error = addr_space_reserve_range(space, 0, range->start, range->end);

    if (error != 0)
        return error;
    area_map_split(&space->areas, range->start, range->end);
    for (struct area *area = area_map_find_from(&space->areas, at);
         area != NULL && area_start(area) < range->end && error == 0; area = area_next(area)) {
        if ((set & AREA_WIPE) != 0 && area->object != NULL)
            error = -EINVAL;
        else
            area->flags = (area->flags & ~clear) | set;
        if (area_start(area) == at)
            at = area->end;
    }
    area_map_merge(&space->areas, range->start, range->end);
    addr_space_trim(space);
    if (error != 0)
        return error;
    return at == range->end ? 0 : -ENOMEM;
}

int addr_space_set_flags(struct addr_space *space, vaddr_t start, uint64_t size, uint32_t set, uint32_t clear)
{
    struct range range;
    int error = range_make(start, size, &range);

    if (error != 0 || size == 0)
        return error;
    mutex_lock(&space->lock);
    error = addr_space_set_flags_locked(space, &range, set, clear);
    mutex_unlock(&space->lock);
    return error;
}

void addr_space_set_all_flags(struct addr_space *space, uint32_t set, uint32_t clear, bool locks_future)
{
    mutex_lock(&space->lock);
    for (struct area *area = area_map_find_from(&space->areas, 0); area != NULL; area = area_next(area))
        area->flags = (area->flags & ~clear) | set;
    area_map_merge(&space->areas, 0, USER_END);
    space->locks_future = locks_future;
    mutex_unlock(&space->lock);
}

uint64_t addr_space_size(struct addr_space *space)
{
    mutex_lock(&space->lock);
    uint64_t size = space->areas.pages * PAGE_SIZE;
    mutex_unlock(&space->lock);
    return size;
}

uint64_t addr_space_locked_pages(struct addr_space *space, vaddr_t start, uint64_t size)
{
    const struct range range = {start, start + size};
    uint64_t pages = 0;

    mutex_lock(&space->lock);
    for (const struct area *area = area_map_find_from(&space->areas, 0); area != NULL;
         area = area_next(area)) {
        if ((area->flags & AREA_LOCKED) == 0)
            continue;
        struct range part = range_in_area(&range, area);
        pages += area_pages(area) - (part.start < part.end ? (part.end - part.start) / PAGE_SIZE : 0);
    }
    mutex_unlock(&space->lock);
    return pages;
}

/* What touching the page is to permit, for `access` 0. */
static uint32_t area_touch_access(const struct area *area)
{
    return !area_is_shared(area) && (area->protection & MAP_WRITE) != 0 ? MAP_WRITE : MAP_READ;
}

/* One page at a time, so that others get at the space meanwhile. */
static int addr_space_touch_page(struct addr_space *space, vaddr_t page, uint32_t access)
{
    mutex_lock(&space->lock);
    const struct area *area = area_map_find(&space->areas, page);
    int error = area == NULL
                    ? -ENOMEM
                    : addr_space_fault_locked(space, page, access == 0 ? area_touch_access(area) : access);
    mutex_unlock(&space->lock);
    return error;
}

int addr_space_touch(struct addr_space *space, vaddr_t start, uint64_t size, uint32_t access)
{
    struct range range;
    int error = range_make(start, size, &range);

    for (vaddr_t page = start; error == 0 && page < range.end; page += PAGE_SIZE)
        error = addr_space_touch_page(space, page, access);
    return error;
}

static int addr_space_check_mapped_locked(const struct addr_space *space, const struct range *range)
{
    vaddr_t at = range->start;

    for (const struct area *area = area_map_find_from(&space->areas, at); at < range->end;
         area = area_next(area)) {
        if (area == NULL || area_start(area) > at)
            return -ENOMEM;
        at = area->end;
    }
    return 0;
}

int addr_space_check_mapped(struct addr_space *space, vaddr_t start, uint64_t size)
{
    struct range range;
    int error = range_make(start, size, &range);

    if (error != 0 || size == 0)
        return error;
    mutex_lock(&space->lock);
    error = addr_space_check_mapped_locked(space, &range);
    mutex_unlock(&space->lock);
    return error;
}

static bool addr_space_is_resident(const struct addr_space *space, vaddr_t page)
{
    const struct area *area = area_map_find(&space->areas, page);
    struct page_range_entry entry;

    if (page_range_lookup(&space->table, page, &entry))
        return true;
    return area->object != NULL && memory_object_has_page(area->object, area_object_page(area, page));
}

int addr_space_get_resident(struct addr_space *space, vaddr_t start, size_t count, uint8_t *ret_resident)
{
    const struct range range = {start, start + count * PAGE_SIZE};

    mutex_lock(&space->lock);
    int error = addr_space_check_mapped_locked(space, &range);
    for (size_t i = 0; i < count && error == 0; i++)
        ret_resident[i] = addr_space_is_resident(space, start + i * PAGE_SIZE);
    mutex_unlock(&space->lock);
    return error;
}
