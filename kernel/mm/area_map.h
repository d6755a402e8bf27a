/* The areas of an address space: page-aligned ranges of virtual addresses, each with one protection and one
 * backing. Pure: it knows neither page tables nor allocators nor locks.
 *
 * Areas do not overlap, and two that touch differ in something, else they are merged. Structures for new
 * areas come from a list of spare ones, to which those that go return. */
#ifndef LINTEL_MM_AREA_MAP_H
#define LINTEL_MM_AREA_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/tree.h"
#include "mm/types.h"

struct memory_object;

#define AREA_SHARED 1u     /* writes go to the object, not to a copy of the program's own */
#define AREA_GROWS_DOWN 2u /* a stack: an access below it may extend it */
#define AREA_LOCKED 4u     /* counts as locked: no page ever leaves memory anyway */
#define AREA_NO_FORK 8u    /* a fork's copy does not have it */
#define AREA_WIPE 16u      /* a fork's copy has zeros there */

#define AREA_GUARD (256 * PAGE_SIZE) /* stays free below a stack, down to the next area at most */

struct area {
    struct tree_node node; /* its key is the lowest address */
    vaddr_t end;
    uint32_t protection;          /* MAP_READ, MAP_WRITE, MAP_EXECUTE */
    uint32_t protection_max;      /* what it may be changed to */
    uint32_t flags;               /* AREA_* */
    const char *name;             /* static string, "" if there is nothing to say */
    struct memory_object *object; /* with a reference; NULL: zeros */
    uint64_t object_page;         /* the object's page at the area's start */
    struct area *next;            /* in a list of areas that are in no map */
};

struct area_map {
    struct tree areas;
    size_t count;
    uint64_t pages; /* in all areas */
    struct area *spares;
    size_t spare_count;
    /* Where area_map_find_gap() left off: of the gaps between search_from and search_limit none has room for
     * search_size bytes. */
    vaddr_t search_from, search_limit;
    uint64_t search_size;
};

void area_map_init(struct area_map *map);

static inline vaddr_t area_start(const struct area *area)
{
    return area->node.key;
}

static inline uint64_t area_pages(const struct area *area)
{
    return (area->end - area->node.key) / PAGE_SIZE;
}

/* The object's page that backs the address. */
static inline uint64_t area_object_page(const struct area *area, vaddr_t address)
{
    return area->object_page + (address - area->node.key) / PAGE_SIZE;
}

/* Take a reference to the area's object, if it has one, for a further area like it; and give the area's up.
 * Context: thread; giving up may sleep. */
void area_ref_object(const struct area *area);
void area_unref_object(const struct area *area);

/* Whether what is written to the area goes, or may go, to its object. */
bool area_may_write_object(const struct area *area);

/* The area that holds `address`; the lowest one that ends above it; the highest one that starts below it.
 * NULL if there is none. */
struct area *area_map_find(const struct area_map *map, vaddr_t address);
struct area *area_map_find_from(const struct area_map *map, vaddr_t address);
struct area *area_map_find_below(const struct area_map *map, vaddr_t address);

/* The next one above, NULL if there is none. */
struct area *area_next(const struct area *area);

/* Give the map a structure to use; take back one that it does not need, NULL if it has none. */
void area_map_add_spare(struct area_map *map, struct area *area);
struct area *area_map_take_spare(struct area_map *map);

/* Add an area like `area`, whose range is free, and whose reference to the object the map takes over. It is
 * merged with its neighbours where they are equal. May take a spare: there must be one. */
void area_map_insert(struct area_map *map, const struct area *area);

/* How many spares area_map_remove() and area_map_split() take for the range: 0 to 2. */
size_t area_map_cuts(const struct area_map *map, vaddr_t start, vaddr_t end);

/* Split the areas that reach beyond start or end, so that each lies inside the range or outside. */
void area_map_split(struct area_map *map, vaddr_t start, vaddr_t end);

/* Undo what is left of such splits: merge equal neighbours that touch in the range or at its ends. */
void area_map_merge(struct area_map *map, vaddr_t start, vaddr_t end);

/* Take all that lies in the range out of the map: a list, lowest first, linked by `next`, that is the
 * caller's together with the references to objects. Takes area_map_cuts() spares. */
struct area *area_map_remove(struct area_map *map, vaddr_t start, vaddr_t end);

/* Move an area's start down into the free range below it. It has no object. */
void area_map_extend_down(struct area_map *map, struct area *area, vaddr_t start);

/* Whether the range is free, and no stack's guard reaches into it. */
bool area_map_is_free(const struct area_map *map, vaddr_t start, vaddr_t end);

/* The highest free range of `size` bytes within [low, high) that begins at a multiple of alignment (a power
 * of two, PAGE_SIZE at least), stacks' guards left alone. Errors: -ENOMEM. */
int area_map_find_gap(struct area_map *map, uint64_t size, uint64_t alignment, vaddr_t low, vaddr_t high,
                      vaddr_t *ret_start);

#endif
