/* All address spaces, in a list: what goes through it is rare, so that objects need not know who maps them.
 *
 * New spaces are added at its end; a fork adds its copy with the original's lock held. So whoever goes
 * through the list and looks at each space under its lock has seen each page that was there when he began:
 * what a copy took over from a space that he had not yet seen, he finds later in the copy. */
#include "core/spinlock.h"
#include "mm/addr_space_internal.h"

static struct spinlock list_lock = SPINLOCK_INITIALIZER(LOCK_RANK_SPACE_LIST);
static struct list spaces = {&spaces, &spaces}; /* under list_lock */

void addr_space_list_add(struct addr_space *space)
{
    struct spinlock_state state = spin_lock(&list_lock);

    list_push_back(&spaces, &space->link);
    spin_unlock(&list_lock, state);
}

void addr_space_list_remove(struct addr_space *space)
{
    struct spinlock_state state = spin_lock(&list_lock);

    list_remove(&space->link);
    spin_unlock(&list_lock, state);
}

/* Add a reference unless the last one is gone. */
static bool addr_space_try_ref(struct addr_space *space)
{
    unsigned count = atomic_load(&space->ref_count);

    while (count != 0 && !atomic_compare_exchange_weak(&space->ref_count, &count, count + 1))
        ;
    return count != 0;
}

/* The space behind `space`, whose reference is given up, with a reference; the first one for NULL. NULL: that
 * was the last one. */
static struct addr_space *addr_space_list_next(struct addr_space *space)
{
    struct spinlock_state state = spin_lock(&list_lock);
    struct list *link = space == NULL ? list_first(&spaces) : space->link.next;

    while (link != &spaces && !addr_space_try_ref(list_entry(link, struct addr_space, link)))
        link = link->next;
    spin_unlock(&list_lock, state);
    if (space != NULL)
        addr_space_unref(space);
    return link == &spaces ? NULL : list_entry(link, struct addr_space, link);
}

/* Pages of an object. */
struct object_range {
    const struct memory_object *object;
    uint64_t first_page, end_page;
    bool is_shared_only; /* private areas keep theirs */
};

/* The part of the range that an area shows loses its pages. */
static void area_drop_object(struct addr_space *space, const struct area *area,
                             const struct object_range *range)
{
    const uint64_t area_first = area->object_page, area_end = area_first + area_pages(area);
    const uint64_t first = range->first_page > area_first ? range->first_page : area_first;
    const uint64_t end = range->end_page < area_end ? range->end_page : area_end;

    if (first >= end)
        return;
    const vaddr_t start = area_start(area) + (first - area_first) * PAGE_SIZE;
    const vaddr_t stop = area_start(area) + (end - area_first) * PAGE_SIZE;
    addr_space_drop_pages(space, start, stop, start, stop);
}

static void object_range_drop(const struct object_range *range)
{
    for (struct addr_space *space = addr_space_list_next(NULL); space != NULL;
         space = addr_space_list_next(space)) {
        mutex_lock(&space->lock);
        for (const struct area *area = area_map_find_from(&space->areas, 0); area != NULL;
             area = area_next(area)) {
            if (area->object == range->object && (area_is_shared(area) || !range->is_shared_only))
                area_drop_object(space, area, range);
        }
        mutex_unlock(&space->lock);
    }
}

void addr_space_cut_object(struct memory_object *object, uint64_t first_page)
{
    const struct object_range range = {object, first_page, UINT64_MAX, false};

    object_range_drop(&range);
}

void addr_space_drop_object(struct memory_object *object, uint64_t first_page, uint64_t end_page)
{
    const struct object_range range = {object, first_page, end_page, true};

    object_range_drop(&range);
}
