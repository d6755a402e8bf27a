/* RLIMIT_AS and RLIMIT_DATA. Data are areas that a program may write to and that are its own, but for stacks.
 * They are counted when somebody has set that limit only. */
#include "mm/addr_space_internal.h"

void addr_space_set_limits(struct addr_space *space, uint64_t size_max, uint64_t data_max)
{
    atomic_store_explicit(&space->size_max, size_max, memory_order_relaxed);
    atomic_store_explicit(&space->data_max, data_max, memory_order_relaxed);
}

static bool is_data(const struct area *area, uint32_t protection)
{
    return (protection & MAP_WRITE) != 0 && (area->flags & (AREA_SHARED | AREA_GROWS_DOWN)) == 0;
}

static uint64_t addr_space_data_pages(const struct addr_space *space)
{
    uint64_t pages = 0;

    for (const struct area *area = area_map_find_from(&space->areas, 0); area != NULL; area = area_next(area))
        pages += is_data(area, area->protection) ? area_pages(area) : 0;
    return pages;
}

static bool addr_space_may_have_data(const struct addr_space *space, uint64_t more_pages)
{
    uint64_t max = atomic_load_explicit(&space->data_max, memory_order_relaxed);

    return max == UINT64_MAX || addr_space_data_pages(space) + more_pages <= max / PAGE_SIZE;
}

bool addr_space_may_add(const struct addr_space *space, const struct area *area, uint64_t pages)
{
    uint64_t max = atomic_load_explicit(&space->size_max, memory_order_relaxed);

    if (max != UINT64_MAX && space->areas.pages + pages > max / PAGE_SIZE)
        return false;
    return !is_data(area, area->protection) || addr_space_may_have_data(space, pages);
}

bool addr_space_may_protect(const struct addr_space *space, const struct area *area, uint32_t protection)
{
    return is_data(area, area->protection) || !is_data(area, protection) ||
           addr_space_may_have_data(space, area_pages(area));
}

bool addr_space_may_replace(const struct addr_space *space, const struct area *area)
{
    uint64_t pages = area_pages(area), replaced = 0;

    for (const struct area *old = area_map_find_from(&space->areas, area_start(area));
         old != NULL && area_start(old) < area->end; old = area_next(old)) {
        vaddr_t start = area_start(old) > area_start(area) ? area_start(old) : area_start(area);
        vaddr_t end = old->end < area->end ? old->end : area->end;
        replaced += (end - start) / PAGE_SIZE;
    }
    return addr_space_may_add(space, area, pages - replaced);
}
