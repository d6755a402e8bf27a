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

static void area_cut_object(struct addr_space *space, const struct area *area, uint64_t first_page)
{
    vaddr_t start = area_start(area);

    if (first_page > area->object_page) {
        if (first_page - area->object_page >= area_pages(area))
            return;
        start += (first_page - area->object_page) * PAGE_SIZE;
    }
    addr_space_drop_pages(space, start, area->end, start, area->end);
}

void addr_space_cut_object(struct memory_object *object, uint64_t first_page)
{
    for (struct addr_space *space = addr_space_list_next(NULL); space != NULL;
         space = addr_space_list_next(space)) {
        mutex_lock(&space->lock);
        for (const struct area *area = area_map_find_from(&space->areas, 0); area != NULL;
             area = area_next(area)) {
            if (area->object == object)
                area_cut_object(space, area, first_page);
        }
        mutex_unlock(&space->lock);
    }
}
