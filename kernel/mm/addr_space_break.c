/* The heap: brk(). It is an area, or several, like any other. */
#include "abi/errno.h"
#include "boot_info.h"
#include "mm/addr_space_internal.h"

#define HEAP_NAME "[heap]"

void addr_space_place_break(struct addr_space *space, vaddr_t image_end)
{
    mutex_lock(&space->lock);
    space->brk_start = size_round_up(image_end) + space->brk_offset;
    space->brk = space->brk_start;
    mutex_unlock(&space->lock);
}

/* The heap's pages end at `end` and shall end at new_end. */
static int addr_space_resize_heap(struct addr_space *space, vaddr_t end, vaddr_t new_end)
{
    static const struct area heap = {
        .protection = MAP_READ | MAP_WRITE, .protection_max = PROTECTION_ALL, .name = HEAP_NAME};
    struct area more = heap;

    if (new_end == end)
        return 0;
    if (new_end < end)
        return addr_space_unmap_locked(space, new_end, end - new_end);
    if (new_end >= USER_END || !area_map_is_free(&space->areas, end, new_end + PAGE_SIZE))
        return -ENOMEM;
    more.node.key = end;
    more.end = new_end;
    if (!addr_space_may_add(space, &more, area_pages(&more)))
        return -ENOMEM;
    int error = addr_space_reserve_range(space, 1, end, end);
    if (error != 0)
        return error;
    area_map_insert(&space->areas, &more);
    return 0;
}

vaddr_t addr_space_set_break(struct addr_space *space, vaddr_t address)
{
    mutex_lock(&space->lock);
    if (space->brk_start != 0 && address >= space->brk_start && address < USER_END &&
        addr_space_resize_heap(space, size_round_up(space->brk), size_round_up(address)) == 0)
        space->brk = address;
    vaddr_t brk = space->brk;
    mutex_unlock(&space->lock);
    return brk;
}
