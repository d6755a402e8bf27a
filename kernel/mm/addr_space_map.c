/* What a program asks of its address space. Each function checks, reserves structures for new areas, and then
 * commits: nothing fails any more, so that an error leaves everything as it was. The exceptions are Linux's:
 * protecting and discarding go area by area. */
#include "abi/errno.h"
#include "arch/x86_64/page_range.h"
#include "boot_info.h"
#include "mm/addr_space_internal.h"
#include "mm/frame_refs.h"
#include "mm/memory_object.h"

#define MAP_LOWEST 0x10000ull /* what is placed freely: null pointers with an offset should fault */

static atomic_bool write_execute_is_forbidden;

void addr_space_forbid_write_execute(void)
{
    atomic_store(&write_execute_is_forbidden, true);
}

static bool protection_is_allowed(uint32_t protection, uint32_t protection_max)
{
    const uint32_t both = MAP_WRITE | MAP_EXECUTE;

    return (protection & ~protection_max) == 0 &&
           ((protection & both) != both || !atomic_load(&write_execute_is_forbidden));
}

int addr_space_reserve_range(struct addr_space *space, size_t areas, vaddr_t start, vaddr_t end)
{
    size_t count = areas + area_map_cuts(&space->areas, start, end);

    if (count != 0 && space->areas.count + count > ADDR_SPACE_AREAS_MAX)
        return -ENOMEM;
    return addr_space_reserve(space, count);
}

/* The place of a fixed mapping. */
static int addr_space_check_fixed(const struct addr_space *space, vaddr_t start, uint64_t size,
                                  uint32_t flags)
{
    if (!range_is_inside(start, size))
        return -ENOMEM;
    if (!is_aligned(start))
        return -EINVAL;
    if (start < PAGE_SIZE)
        return -EPERM;
    const struct area *area = area_map_find_from(&space->areas, start);
    if ((flags & ADDR_SPACE_NO_REPLACE) && area != NULL && area_start(area) < start + size)
        return -EEXIST;
    return 0;
}

/* Where a mapping goes that may go anywhere: at the hint if there is room. */
static int addr_space_choose(struct addr_space *space, vaddr_t hint, uint64_t size, vaddr_t *ret_start)
{
    hint &= ~PAGE_MASK;
    if (hint >= MAP_LOWEST && range_is_inside(hint, size) &&
        area_map_is_free(&space->areas, hint, hint + size)) {
        *ret_start = hint;
        return 0;
    }
    int error = area_map_find_gap(&space->areas, size, PAGE_SIZE, MAP_LOWEST, space->mmap_top, ret_start);
    if (error != 0)
        error = area_map_find_gap(&space->areas, size, PAGE_SIZE, space->mmap_top, USER_END, ret_start);
    return error;
}

/* Put an area, whose reference to the object the space takes over, at [start, start + size). */
static int addr_space_map_locked(struct addr_space *space, const struct addr_space_request *request,
                                 uint64_t size, struct area *area)
{
    vaddr_t start = request->address;
    bool is_fixed = (request->flags & (ADDR_SPACE_FIXED | ADDR_SPACE_NO_REPLACE)) != 0;
    int error = is_fixed ? addr_space_check_fixed(space, start, size, request->flags)
                         : addr_space_choose(space, start, size, &start);

    if (error != 0)
        return error;
    area->node.key = start;
    area->end = start + size;
    area->flags |= space->locks_future ? AREA_LOCKED : 0;
    if (!addr_space_may_replace(space, area))
        return -ENOMEM;
    error = addr_space_reserve_range(space, 1, start, start + size);
    if (error != 0)
        return error;

    /* Commit: nothing below fails. */
    if (is_fixed)
        addr_space_remove(space, start, start + size);
    area_map_insert(&space->areas, area);
    addr_space_trim(space);
    return 0;
}

/* The area that a request is for, but for its place; with a reference to its object. */
static int area_make(const struct addr_space_request *request, uint64_t size, struct area *ret_area)
{
    *ret_area = (struct area){
        .protection = request->protection,
        .protection_max = request->protection_max == 0 ? PROTECTION_ALL : request->protection_max,
        .flags = request->flags & (AREA_SHARED | AREA_GROWS_DOWN | AREA_LOCKED),
        .name = request->name == NULL ? "" : request->name,
        .object = request->object,
        .object_page = request->offset / PAGE_SIZE,
    };
    if (!protection_is_allowed(ret_area->protection, ret_area->protection_max))
        return -EACCES;
    int error = ret_area->object == NULL && area_is_shared(ret_area)
                    ? memory_object_create_anonymous(size / PAGE_SIZE, &ret_area->object)
                    : 0;
    if (error == 0 && area_may_write_object(ret_area))
        error = memory_object_permit_writer(ret_area->object);
    if (error == 0 && request->object != NULL)
        memory_object_ref(request->object);
    return error;
}

int addr_space_map(struct addr_space *space, const struct addr_space_request *request, vaddr_t *ret_start)
{
    uint64_t size = size_round_up(request->size);
    struct area area;

    if (!is_aligned(request->offset) || request->size == 0)
        return -EINVAL;
    if (size == 0 || size > USER_END)
        return -ENOMEM;
    if (request->offset + size < request->offset)
        return -EOVERFLOW;
    int error = area_make(request, size, &area);
    if (error != 0)
        return error;
    mutex_lock(&space->lock);
    error = addr_space_map_locked(space, request, size, &area);
    mutex_unlock(&space->lock);
    if (error == 0)
        *ret_start = area_start(&area);
    else
        area_unref_object(&area);
    return error;
}

int addr_space_unmap_locked(struct addr_space *space, vaddr_t start, uint64_t size)
{
    int error = addr_space_reserve_range(space, 0, start, start + size);

    if (error != 0)
        return error;
    addr_space_remove(space, start, start + size);
    addr_space_trim(space);
    return 0;
}

int addr_space_unmap(struct addr_space *space, vaddr_t start, uint64_t size)
{
    if (!is_aligned(start) || !range_is_inside(start, size) || size == 0)
        return -EINVAL;
    mutex_lock(&space->lock);
    int error = addr_space_unmap_locked(space, start, size_round_up(size));
    mutex_unlock(&space->lock);
    return error;
}

/* A private page may be written to if the frame is the space's own. */
static bool frame_may_be_written(paddr_t frame)
{
    return frame != addr_space_zero_frame && !frame_is_shared(frame);
}

/* Change an area that lies inside the range. */
static void addr_space_protect_area(struct addr_space *space, struct area *area, uint32_t protection)
{
    area->protection = protection;
    if (page_range_protect(&space->table, area_start(area), area->end, area_table_protection(area),
                           area_is_shared(area) ? NULL : frame_may_be_written))
        addr_space_shoot_down(space, area_start(area), area->end);
}

static int addr_space_protect_locked(struct addr_space *space, vaddr_t start, vaddr_t end,
                                     uint32_t protection)
{
    struct area *area = area_map_find(&space->areas, start);
    vaddr_t at = start;
    int error = area == NULL ? -ENOMEM : addr_space_reserve_range(space, 0, start, end);

    if (error != 0)
        return error;
    area_map_split(&space->areas, start, end);
    for (area = area_map_find(&space->areas, start); at < end; area = area_next(area)) {
        if (area == NULL || area_start(area) != at)
            error = -ENOMEM;
        else if (!protection_is_allowed(protection, area->protection_max))
            error = -EACCES;
        else if (!addr_space_may_protect(space, area, protection))
            error = -ENOMEM;
        if (error != 0)
            break;
        addr_space_protect_area(space, area, protection);
        at = area->end;
    }
    area_map_merge(&space->areas, start, end);
    addr_space_trim(space);
    return error;
}

int addr_space_protect(struct addr_space *space, vaddr_t start, uint64_t size, uint32_t protection)
{
    uint64_t rounded = size_round_up(size);

    if (!is_aligned(start))
        return -EINVAL;
    if (size == 0)
        return 0;
    if (rounded == 0 || !range_is_inside(start, rounded))
        return -ENOMEM;
    mutex_lock(&space->lock);
    int error = addr_space_protect_locked(space, start, start + rounded, protection);
    mutex_unlock(&space->lock);
    return error;
}

/* The part of an area from `from` on, `size` bytes long or longer, at another place; the reference to its
 * object is still to be taken. */
static struct area area_copy_to(const struct area *area, vaddr_t from, vaddr_t start, uint64_t size)
{
    struct area copy = *area;

    copy.node.key = start;
    copy.end = start + size;
    copy.object_page = area_object_page(area, from);
    return copy;
}

/* Map what is at old_start at new_start, which is inside the user half, and move its pages there. With
 * ADDR_SPACE_KEEP the old range stays mapped, without pages. */
static int addr_space_relocate(struct addr_space *space, const struct area *area, vaddr_t old_start,
                               uint64_t old_size, vaddr_t new_start, uint64_t new_size, uint32_t flags)
{
    uint64_t moved = old_size < new_size ? old_size : new_size;
    bool keeps = (flags & ADDR_SPACE_KEEP) != 0 || old_size == 0;
    struct area copy = area_copy_to(area, old_start, new_start, new_size);

    uint64_t more = keeps ? new_size : new_size - moved;

    if (!addr_space_may_add(space, &copy, more / PAGE_SIZE))
        return -ENOMEM;
    int error = addr_space_reserve_range(space, 3, new_start, new_start + new_size);
    if (error == 0)
        error = page_range_move_prepare(&space->table, old_start, new_start, moved);
    if (error != 0)
        return error;

    /* Commit: nothing below fails. */
    area_ref_object(&copy);
    addr_space_remove_keeping_tables(space, new_start, new_start + new_size);
    area_map_insert(&space->areas, &copy); /* before the old range goes, and with it idle tables */
    if (page_range_move(&space->table, old_start, new_start, moved))
        addr_space_shoot_down(space, old_start, old_start + moved);
    if (!keeps)
        addr_space_remove(space, old_start, old_start + old_size);
    return 0;
}

/* Let the area, which ends where the old range does, have `growth` more bytes. */
static bool addr_space_grow_in_place(struct addr_space *space, const struct area *area, uint64_t growth)
{
    if (growth > USER_END - area->end || !area_map_is_free(&space->areas, area->end, area->end + growth))
        return false;
    struct area more = area_copy_to(area, area->end, area->end, growth);
    if (!addr_space_may_add(space, &more, growth / PAGE_SIZE) ||
        addr_space_reserve_range(space, 1, more.end, more.end) != 0)
        return false;
    area_ref_object(&more);
    area_map_insert(&space->areas, &more);
    return true;
}

/* The range may reach beyond one area. */
static int addr_space_shrink(struct addr_space *space, vaddr_t start, uint64_t old_size, uint64_t new_size)
{
    if (new_size == old_size)
        return 0;
    if (!range_is_inside(start, old_size))
        return -EINVAL;
    return addr_space_unmap_locked(space, start + new_size, old_size - new_size);
}

static int addr_space_move_locked(struct addr_space *space, vaddr_t old_start, uint64_t old_size,
                                  uint64_t new_size, uint32_t flags, vaddr_t *new_start)
{
    struct area *area = area_map_find(&space->areas, old_start);
    bool is_fixed = (flags & ADDR_SPACE_FIXED) != 0;

    if (area == NULL)
        return -EFAULT;
    if (old_size == 0 && !area_is_shared(area))
        return -EINVAL;
    if (!is_fixed && (flags & ADDR_SPACE_KEEP) == 0 && new_size <= old_size) {
        *new_start = old_start;
        return addr_space_shrink(space, old_start, old_size, new_size);
    }
    if (old_size > area->end - old_start)
        return -EFAULT;
    if (is_fixed)
        return addr_space_relocate(space, area, old_start, old_size, *new_start, new_size, flags);
    if ((flags & ADDR_SPACE_KEEP) == 0 && old_start + old_size == area->end &&
        addr_space_grow_in_place(space, area, new_size - old_size)) {
        *new_start = old_start;
        return 0;
    }
    if (!(flags & ADDR_SPACE_MAY_MOVE))
        return -ENOMEM;
    int error = addr_space_choose(space, 0, new_size, new_start);
    return error == 0 ? addr_space_relocate(space, area, old_start, old_size, *new_start, new_size, flags)
                      : error;
}

static int addr_space_check_move(vaddr_t old_start, uint64_t old_size, uint64_t new_size, uint32_t flags,
                                 vaddr_t new_start)
{
    if (!is_aligned(old_start) || new_size == 0)
        return -EINVAL;
    if ((flags & ADDR_SPACE_KEEP) && (!(flags & ADDR_SPACE_MAY_MOVE) || old_size != new_size))
        return -EINVAL;
    if (!(flags & ADDR_SPACE_FIXED))
        return 0;
    if (!(flags & ADDR_SPACE_MAY_MOVE) || !is_aligned(new_start) || !range_is_inside(new_start, new_size))
        return -EINVAL;
    if (new_start < old_start + old_size && old_start < new_start + new_size)
        return -EINVAL;
    return new_start < PAGE_SIZE ? -EPERM : 0;
}

int addr_space_move(struct addr_space *space, vaddr_t old_start, uint64_t old_size, uint64_t new_size,
                    uint32_t flags, vaddr_t new_start, vaddr_t *ret_start)
{
    old_size = size_round_up(old_size);
    new_size = size_round_up(new_size);
    int error = addr_space_check_move(old_start, old_size, new_size, flags, new_start);

    if (error != 0)
        return error;
    mutex_lock(&space->lock);
    error = addr_space_move_locked(space, old_start, old_size, new_size, flags, &new_start);
    addr_space_trim(space);
    mutex_unlock(&space->lock);
    if (error == 0)
        *ret_start = new_start;
    return error;
}
