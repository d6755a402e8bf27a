#include "mm/area_map.h"

#include "abi/errno.h"
#include "arch/x86_64/page_table.h"
#include "mm/memory_object.h"

static struct area *area_of(struct tree_node *node)
{
    return node == NULL ? NULL : tree_entry(node, struct area, node);
}

static struct area *area_previous(const struct area *area)
{
    return area_of(tree_previous(&area->node));
}

struct area *area_next(const struct area *area)
{
    return area_of(tree_next(&area->node));
}

bool area_may_write_object(const struct area *area)
{
    return area->object != NULL && (area->flags & AREA_SHARED) != 0 &&
           (area->protection_max & MAP_WRITE) != 0;
}

void area_ref_object(const struct area *area)
{
    if (area->object == NULL)
        return;
    memory_object_ref(area->object);
    if (area_may_write_object(area))
        (void)memory_object_permit_writer(area->object); /* as there is one, there may be another one */
}

void area_unref_object(const struct area *area)
{
    if (area->object == NULL)
        return;
    if (area_may_write_object(area))
        memory_object_unpermit_writer(area->object);
    memory_object_unref(area->object);
}

/* Where free memory ends below the area. */
static vaddr_t area_floor(const struct area *area)
{
    vaddr_t start = area_start(area);

    if (!(area->flags & AREA_GROWS_DOWN))
        return start;
    return start > AREA_GUARD ? start - AREA_GUARD : 0;
}

static void area_map_forget_search(struct area_map *map)
{
    map->search_from = UINT64_MAX;
    map->search_limit = UINT64_MAX;
    map->search_size = 0;
}

void area_map_init(struct area_map *map)
{
    *map = (struct area_map){0};
    tree_init(&map->areas);
    area_map_forget_search(map);
}

struct area *area_map_find_below(const struct area_map *map, vaddr_t address)
{
    struct tree_node *node = map->areas.root, *found = NULL;

    while (node != NULL) {
        if (node->key < address) {
            found = node;
            node = node->right;
        } else {
            node = node->left;
        }
    }
    return area_of(found);
}

struct area *area_map_find_from(const struct area_map *map, vaddr_t address)
{
    struct tree_node *node = map->areas.root;
    struct area *found = NULL;

    while (node != NULL) {
        struct area *area = area_of(node);
        if (area->end > address) {
            found = area;
            node = node->left;
        } else {
            node = node->right;
        }
    }
    return found;
}

struct area *area_map_find(const struct area_map *map, vaddr_t address)
{
    struct area *area = area_map_find_from(map, address);

    return area != NULL && area_start(area) <= address ? area : NULL;
}

void area_map_add_spare(struct area_map *map, struct area *area)
{
    area->next = map->spares;
    map->spares = area;
    map->spare_count++;
}

struct area *area_map_take_spare(struct area_map *map)
{
    struct area *area = map->spares;

    if (area != NULL) {
        map->spares = area->next;
        map->spare_count--;
    }
    return area;
}

static void area_map_link(struct area_map *map, struct area *area)
{
    tree_insert(&map->areas, &area->node);
    map->count++;
    map->pages += area_pages(area);
}

static void area_map_unlink(struct area_map *map, struct area *area)
{
    tree_remove(&map->areas, &area->node);
    map->count--;
    map->pages -= area_pages(area);
}

/* Whether the two, of which the second follows the first, could be one. */
static bool area_is_continued(const struct area *area, const struct area *next)
{
    return area->end == area_start(next) && area->protection == next->protection &&
           area->protection_max == next->protection_max && area->flags == next->flags &&
           area->name == next->name && area->object == next->object &&
           (area->object == NULL || area_object_page(area, area->end) == next->object_page);
}

/* Let the area take in the one that continues it. */
static void area_map_join(struct area_map *map, struct area *area, struct area *next)
{
    area_map_unlink(map, next);
    map->pages += area_pages(next);
    area->end = next->end;
    area_unref_object(next);
    area_map_add_spare(map, next);
}

void area_map_insert(struct area_map *map, const struct area *area)
{
    struct area *inserted = area_map_take_spare(map);
    const struct area *above = area_map_find_from(map, area->end);

    if (above != NULL && area_floor(above) < area->end) /* a stack's guard ends at the new one */
        area_map_forget_search(map);
    *inserted = *area;
    area_map_link(map, inserted);
    area_map_merge(map, area_start(inserted), inserted->end);
}

static bool area_map_needs_cut(const struct area_map *map, vaddr_t address)
{
    struct area *area = area_map_find(map, address);

    return area != NULL && area_start(area) != address;
}

size_t area_map_cuts(const struct area_map *map, vaddr_t start, vaddr_t end)
{
    return (size_t)area_map_needs_cut(map, start) + (size_t)area_map_needs_cut(map, end);
}

static void area_map_cut(struct area_map *map, vaddr_t address)
{
    struct area *lower = area_map_find(map, address);

    if (lower == NULL || area_start(lower) == address)
        return;
    struct area *upper = area_map_take_spare(map);
    *upper = *lower;
    upper->node.key = address;
    upper->object_page = area_object_page(lower, address);
    area_ref_object(upper);
    map->pages -= area_pages(upper);
    lower->end = address;
    area_map_link(map, upper);
}

void area_map_split(struct area_map *map, vaddr_t start, vaddr_t end)
{
    area_map_cut(map, start);
    area_map_cut(map, end);
}

void area_map_merge(struct area_map *map, vaddr_t start, vaddr_t end)
{
    struct area *area = area_map_find_below(map, start);

    if (area == NULL)
        area = area_map_find_from(map, start);
    while (area != NULL && area->end <= end) {
        struct area *next = area_next(area);
        if (next != NULL && area_is_continued(area, next))
            area_map_join(map, area, next);
        else
            area = next;
    }
}

struct area *area_map_remove(struct area_map *map, vaddr_t start, vaddr_t end)
{
    struct area *removed = NULL, **last = &removed, *next;

    area_map_split(map, start, end);
    for (struct area *area = area_map_find_from(map, start); area != NULL && area_start(area) < end;
         area = next) {
        next = area_next(area);
        area_map_unlink(map, area);
        area->next = NULL;
        *last = area;
        last = &area->next;
    }
    if (removed != NULL && end > map->search_from)
        area_map_forget_search(map);
    return removed;
}

void area_map_extend_down(struct area_map *map, struct area *area, vaddr_t start)
{
    area_map_unlink(map, area);
    area->node.key = start;
    area_map_link(map, area);
}

bool area_map_is_free(const struct area_map *map, vaddr_t start, vaddr_t end)
{
    struct area *area = area_map_find_from(map, start);

    return area == NULL || area_floor(area) >= end;
}

/* Go down from `high` through the gaps. */
static int area_map_search(const struct area_map *map, uint64_t size, uint64_t alignment, vaddr_t low,
                           vaddr_t high, vaddr_t *ret_start)
{
    struct area *above = area_map_find_from(map, high);
    struct area *area = area_map_find_below(map, high);
    vaddr_t ceiling = above != NULL && area_floor(above) < high ? area_floor(above) : high;

    for (;;) {
        vaddr_t floor = area != NULL && area->end > low ? area->end : low;
        if (ceiling > floor && ceiling - floor >= size) {
            vaddr_t start = (ceiling - size) & ~(alignment - 1);
            if (start >= floor) {
                *ret_start = start;
                return 0;
            }
        }
        if (area == NULL || area->end <= low)
            return -ENOMEM;
        ceiling = area_floor(area);
        area = area_previous(area);
    }
}

int area_map_find_gap(struct area_map *map, uint64_t size, uint64_t alignment, vaddr_t low, vaddr_t high,
                      vaddr_t *ret_start)
{
    bool can_go_on = map->search_limit == high && map->search_from < high && size >= map->search_size;
    int error = -ENOMEM;

    if (can_go_on)
        error = area_map_search(map, size, alignment, low, map->search_from, ret_start);
    if (error != 0)
        error = area_map_search(map, size, alignment, low, high, ret_start);
    if (error == 0 && alignment == PAGE_SIZE) { /* else what was left out above may have room for more */
        map->search_from = *ret_start + size;
        map->search_limit = high;
        map->search_size = size;
    }
    return error;
}
