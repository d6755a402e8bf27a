#include "abi/errno.h"
#include "arch/x86_64/page_range.h"
#include "boot_info.h"
#include "lib/string.h"
#include "mm/addr_space_internal.h"
#include "mm/frame_refs.h"
#include "mm/frames.h"
#include "mm/memory_object.h"

/* Any permission lets read, on this CPU. */
static bool area_permits(const struct area *area, uint32_t access)
{
    return access == MAP_READ ? area->protection != 0 : (area->protection & access) != 0;
}

/* The stack that may be extended down to the page, extended; NULL if there is none. */
static struct area *addr_space_grow_stack(struct addr_space *space, vaddr_t page)
{
    struct area *area = area_map_find_from(&space->areas, page);

    if (area == NULL || !(area->flags & AREA_GROWS_DOWN) || page < AREA_GUARD ||
        area->end - page > space->stack_size_max)
        return NULL;
    const struct area *below = area_map_find_below(&space->areas, page);
    if (below != NULL && page - below->end < AREA_GUARD)
        return NULL;
    area_map_extend_down(&space->areas, area, page);
    return area;
}

static int frame_copy(paddr_t source, paddr_t *ret_frame)
{
    if (source == addr_space_zero_frame)
        return frames_alloc_zeroed(ret_frame);
    int error = frames_alloc(0, ret_frame);
    if (error == 0)
        memcpy(direct_map(*ret_frame), direct_map(source), PAGE_SIZE);
    return error;
}

/* A private page that others have too is written to. */
static int addr_space_copy_page(struct addr_space *space, const struct area *area, vaddr_t page,
                                const struct page_range_entry *entry)
{
    paddr_t frame;
    int error = frame_copy(entry->frame, &frame);

    if (error != 0)
        return error;
    page_range_set(entry, frame, area_table_protection(area));
    addr_space_shoot_down(space, page, page + PAGE_SIZE);
    addr_space_release_frame(space, entry->frame);
    addr_space_count_resident(space);
    return 0;
}

/* The page is there, maybe since another thread touched it just now. */
static int addr_space_fault_present(struct addr_space *space, const struct area *area, vaddr_t page,
                                    uint32_t access, const struct page_range_entry *entry)
{
    if (access != MAP_WRITE || entry->is_writable)
        return 0;
    if (entry->frame == addr_space_zero_frame || frame_is_shared(entry->frame))
        return addr_space_copy_page(space, area, page, entry);
    page_range_set(entry, entry->frame, area_table_protection(area));
    return 0;
}

/* Put a frame where there is none. */
static void addr_space_insert(struct addr_space *space, const struct page_range_entry *entry, paddr_t frame,
                              uint32_t protection)
{
    page_range_set(entry, frame, protection);
    if (frame != addr_space_zero_frame)
        addr_space_count_resident(space);
}

/* First touch of a page of zeros. */
static int addr_space_fault_zeros(struct addr_space *space, const struct area *area, uint32_t access,
                                  const struct page_range_entry *entry)
{
    const uint32_t protection = area_table_protection(area);
    paddr_t frame;

    if (access != MAP_WRITE) {
        addr_space_insert(space, entry, addr_space_zero_frame, protection & ~MAP_WRITE);
        return 0;
    }
    int error = frames_alloc_zeroed(&frame);
    if (error == 0)
        addr_space_insert(space, entry, frame, protection);
    return error;
}

/* The object's frame becomes a copy of the program's own; its reference is given up in any case. */
static int addr_space_own_copy(paddr_t *frame)
{
    paddr_t shared = *frame;
    int error = frame_copy(shared, frame);

    frame_unref(shared);
    return error;
}

/* First touch of an object's page. */
static int addr_space_fault_object(struct addr_space *space, const struct area *area, vaddr_t page,
                                   uint32_t access, const struct page_range_entry *entry)
{
    uint32_t protection = area_table_protection(area);
    bool is_shared = area_is_shared(area);
    paddr_t frame;
    int error = memory_object_get_page(area->object, area_object_page(area, page),
                                       is_shared && access == MAP_WRITE, &frame);

    if (error != 0)
        return error;
    if (!is_shared && access == MAP_WRITE) {
        error = addr_space_own_copy(&frame);
        if (error != 0)
            return error;
    } else if (!is_shared) {
        protection &= ~MAP_WRITE;
    }
    addr_space_insert(space, entry, frame, protection);
    return 0;
}

int addr_space_fault_locked(struct addr_space *space, vaddr_t page, uint32_t access)
{
    const struct area *area = area_map_find(&space->areas, page);
    struct page_range_entry entry;

    if (area == NULL)
        area = addr_space_grow_stack(space, page);
    if (area == NULL)
        return -EFAULT;
    if (!area_permits(area, access))
        return -EACCES;
    int error = page_range_reach(&space->table, page, &entry);
    if (error != 0)
        return error;
    if (entry.frame != 0)
        return addr_space_fault_present(space, area, page, access, &entry);
    if (area->object == NULL)
        return addr_space_fault_zeros(space, area, access, &entry);
    return addr_space_fault_object(space, area, page, access, &entry);
}

int addr_space_fault(struct addr_space *space, vaddr_t address, uint32_t access)
{
    if (address >= USER_END)
        return -EFAULT;
    mutex_lock(&space->lock);
    int error = addr_space_fault_locked(space, page_round_down(address), access);
    mutex_unlock(&space->lock);
    return error;
}

int addr_space_populate(struct addr_space *space, vaddr_t page, paddr_t frame)
{
    struct page_range_entry entry;

    mutex_lock(&space->lock);
    const struct area *area = area_map_find(&space->areas, page);
    int error = area == NULL ? -EFAULT : page_range_reach(&space->table, page, &entry);
    if (error == 0 && entry.frame != 0)
        error = -EEXIST;
    if (error == 0)
        addr_space_insert(space, &entry, frame, area_table_protection(area));
    mutex_unlock(&space->lock);
    return error;
}
