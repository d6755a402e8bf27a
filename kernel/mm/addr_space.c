#include "mm/addr_space.h"

#include "abi/errno.h"
#include "arch/x86_64/ipi.h"
#include "arch/x86_64/page_range.h"
#include "arch/x86_64/tlb.h"
#include "boot_info.h"
#include "core/log.h"
#include "mm/addr_space_internal.h"
#include "mm/frame_refs.h"
#include "mm/frames.h"
#include "mm/kernel_map.h"
#include "mm/memory_object.h"
#include "mm/object_cache.h"

#define SPARES_KEPT 4

/* Where things are, and the bits of randomness (in pages), as on Linux. */
#define STACK_SIZE_MAX (8ull << 20)
#define STACK_RANDOM_BITS 22
#define MMAP_GAP (128ull << 20) /* from the stack's highest place down */
#define MMAP_RANDOM_BITS 28
#define IMAGE_BASE 0x555555554000ull
#define IMAGE_RANDOM_BITS 28
#define BRK_RANDOM_BITS 13

/* Page tables that hold little are given back with the next range below them that is unmapped. */
#define TABLES_KEPT 8
#define PAGES_A_TABLE_MIN 64

paddr_t addr_space_zero_frame;

static struct object_cache space_cache, area_cache;
static void (*forget_handler)(struct addr_space *space);

int addr_space_setup(void)
{
    frame_refs_init();
    memory_object_setup();
    object_cache_init(&space_cache, "address space", sizeof(struct addr_space), 16);
    object_cache_init(&area_cache, "area", sizeof(struct area), 16);
    return frames_alloc_zeroed(&addr_space_zero_frame);
}

void addr_space_set_forget_handler(void (*forget)(struct addr_space *space))
{
    forget_handler = forget;
}

int addr_space_reserve(struct addr_space *space, size_t count)
{
    while (space->areas.spare_count < count) {
        struct area *area = object_cache_alloc(&area_cache);
        if (area == NULL)
            return -ENOMEM;
        area_map_add_spare(&space->areas, area);
    }
    return 0;
}

static void addr_space_keep_spares(struct addr_space *space, size_t count)
{
    while (space->areas.spare_count > count)
        object_cache_free(&area_cache, area_map_take_spare(&space->areas));
}

void addr_space_trim(struct addr_space *space)
{
    addr_space_keep_spares(space, SPARES_KEPT);
}

/* A number of pages below 2^bits, in bytes, from the next bits of the seed. */
static uint64_t seed_take(uint64_t *seed, unsigned bits)
{
    uint64_t z = *seed;

    if (z == 0)
        return 0;
    *seed = z + 0x9e3779b97f4a7c15ull; /* SplitMix64: neighbouring seeds give unlike numbers */
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    z ^= z >> 31;
    return (z >> (64 - bits)) * PAGE_SIZE;
}

static void addr_space_place(struct addr_space *space, uint64_t seed)
{
    const uint64_t stack_range = PAGE_SIZE << STACK_RANDOM_BITS;

    space->stack_top = USER_STACK_TOP - seed_take(&seed, STACK_RANDOM_BITS);
    space->mmap_top = USER_STACK_TOP - stack_range - MMAP_GAP - seed_take(&seed, MMAP_RANDOM_BITS);
    space->image_base = IMAGE_BASE + seed_take(&seed, IMAGE_RANDOM_BITS);
    space->brk_offset = seed_take(&seed, BRK_RANDOM_BITS);
}

/* A space without areas and places. */
static int addr_space_alloc(struct addr_space **ret_space)
{
    static _Atomic(uint64_t) last_serial;
    struct addr_space *space = object_cache_alloc(&space_cache);

    if (space == NULL)
        return -ENOMEM;
    int error = page_table_create(kernel_map_table(), &space->table);
    if (error != 0) {
        object_cache_free(&space_cache, space);
        return error;
    }
    list_init(&space->link);
    mutex_init(&space->lock, LOCK_RANK_ADDR_SPACE);
    area_map_init(&space->areas);
    atomic_store(&space->ref_count, 1);
    space->serial = atomic_fetch_add(&last_serial, 1) + 1;
    addr_space_set_limits(space, UINT64_MAX, UINT64_MAX);
    space->locks_future = false;
    space->marks = (struct addr_space_marks){0};
    space->resident_pages = 0;
    space->resident_maximum = 0;
    for (size_t i = 0; i < CPU_SET_SIZE / 64; i++)
        atomic_store(&space->cpus[i], 0);
    *ret_space = space;
    return 0;
}

int addr_space_create(uint64_t seed, struct addr_space **ret_space)
{
    struct addr_space *space;
    int error = addr_space_alloc(&space);

    if (error != 0)
        return error;
    addr_space_place(space, seed);
    space->brk_start = 0;
    space->brk = 0;
    space->stack_size_max = STACK_SIZE_MAX;
    addr_space_list_add(space);
    *ret_space = space;
    return 0;
}

void addr_space_ref(struct addr_space *space)
{
    atomic_fetch_add_explicit(&space->ref_count, 1, memory_order_relaxed);
}

/* The CPUs that may have the table loaded, behind a barrier. Whoever changed the table before sees every CPU
 * that could have read the old entry: it is added before it loads. Says whether there are any. */
static bool addr_space_get_cpus(struct addr_space *space, uint64_t *ret_generation, struct cpu_set *ret_cpus)
{
    uint64_t any = 0;

    *ret_generation = tlb_outdate(&space->table);
    for (size_t i = 0; i < CPU_SET_SIZE / 64; i++) {
        ret_cpus->bits[i] = atomic_load(&space->cpus[i]);
        any |= ret_cpus->bits[i];
    }
    return any != 0;
}

void addr_space_shoot_down(struct addr_space *space, vaddr_t start, vaddr_t end)
{
    uint64_t generation;
    struct cpu_set cpus;

    if (addr_space_get_cpus(space, &generation, &cpus))
        tlb_shootdown_user(&space->table, generation, &cpus, start, (end - start) / PAGE_SIZE);
}

void addr_space_count_resident(struct addr_space *space)
{
    if (++space->resident_pages > space->resident_maximum)
        space->resident_maximum = space->resident_pages;
}

void addr_space_release_frame(void *argument, paddr_t frame)
{
    struct addr_space *space = argument;

    if (frame == addr_space_zero_frame)
        return;
    space->resident_pages--;
    frame_unref(frame);
}

void addr_space_drop_pages(struct addr_space *space, vaddr_t start, vaddr_t end, vaddr_t floor,
                           vaddr_t ceiling)
{
    if (page_range_detach(&space->table, start, end, floor, ceiling))
        addr_space_shoot_down(space, start, end);
    page_range_release(&space->table, start, end, addr_space_release_frame, space);
}

/* Give up what areas in no map hold; their structures become spares. */
static void addr_space_release_areas(struct addr_space *space, struct area *area)
{
    struct area *next;

    for (; area != NULL; area = next) {
        next = area->next;
        area_unref_object(area);
        area_map_add_spare(&space->areas, area);
    }
}

/* To look at whole tables costs more than a page or two are worth: it is done when there are too many. */
static bool addr_space_has_idle_tables(const struct addr_space *space)
{
    return space->table.table_count > TABLES_KEPT + space->resident_pages / PAGES_A_TABLE_MIN;
}

void addr_space_remove(struct addr_space *space, vaddr_t start, vaddr_t end)
{
    struct area *removed = area_map_remove(&space->areas, start, end);
    vaddr_t floor = start, ceiling = end;

    if (removed == NULL)
        return;
    if (addr_space_has_idle_tables(space)) {
        const struct area *below = area_map_find_below(&space->areas, start);
        const struct area *above = area_map_find_from(&space->areas, end);
        floor = below == NULL ? 0 : below->end;
        ceiling = above == NULL ? USER_HALF_END : area_start(above);
    }
    addr_space_drop_pages(space, start, end, floor, ceiling);
    addr_space_release_areas(space, removed);
}

void addr_space_remove_keeping_tables(struct addr_space *space, vaddr_t start, vaddr_t end)
{
    struct area *removed = area_map_remove(&space->areas, start, end);

    addr_space_drop_pages(space, start, end, end, start); /* no table lies in an empty range */
    addr_space_release_areas(space, removed);
}

static void addr_space_forget_called(void *argument)
{
    forget_handler(argument);
}

static void addr_space_destroy(struct addr_space *space)
{
    uint64_t generation;
    struct cpu_set cpus;

    addr_space_list_remove(space);
    if (forget_handler != NULL && addr_space_get_cpus(space, &generation, &cpus))
        ipi_call(&cpus, addr_space_forget_called, space);
    struct area *removed = area_map_remove(&space->areas, 0, USER_HALF_END);
    page_range_release_all(&space->table, addr_space_release_frame, space);
    page_table_destroy(&space->table);
    addr_space_release_areas(space, removed);
    addr_space_keep_spares(space, 0);
    object_cache_free(&space_cache, space);
}

void addr_space_unref(struct addr_space *space)
{
    if (atomic_fetch_sub(&space->ref_count, 1) == 1)
        addr_space_destroy(space);
}

/* Called for each page that a fork shares. `argument`: the copy. */
static int addr_space_share_frame(void *argument, paddr_t frame)
{
    if (frame == addr_space_zero_frame)
        return 0;
    int error = frame_ref(frame);
    if (error == 0)
        addr_space_count_resident(argument);
    return error;
}

/* An area and its pages. Those of a shared area come by faults. */
static int addr_space_fork_area(struct addr_space *space, struct addr_space *copy, const struct area *area)
{
    struct area forked = *area;

    if ((area->flags & AREA_NO_FORK) != 0)
        return 0;
    int error = addr_space_reserve(copy, 1);
    if (error != 0)
        return error;
    forked.flags &= ~AREA_LOCKED;
    area_ref_object(&forked);
    area_map_insert(&copy->areas, &forked);
    if ((area->flags & (AREA_SHARED | AREA_WIPE)) != 0)
        return 0;
    return page_range_share(&space->table, &copy->table, area_start(area), area->end, addr_space_share_frame,
                            copy);
}

static int addr_space_fork_locked(struct addr_space *space, struct addr_space *copy)
{
    int error = 0;

    copy->mmap_top = space->mmap_top;
    copy->stack_top = space->stack_top;
    copy->marks = space->marks;
    copy->image_base = space->image_base;
    copy->brk_offset = space->brk_offset;
    copy->brk_start = space->brk_start;
    copy->brk = space->brk;
    copy->stack_size_max = space->stack_size_max;
    addr_space_set_limits(copy, space->size_max, space->data_max);
    for (const struct area *area = area_map_find_from(&space->areas, 0); area != NULL && error == 0;
         area = area_next(area))
        error = addr_space_fork_area(space, copy, area);
    /* Whatever became of the copy: pages of this space are not writable any more. */
    addr_space_shoot_down(space, 0, USER_HALF_END);
    addr_space_list_add(copy); /* while none of the pages can be taken away: see addr_space_cut_object() */
    return error;
}

int addr_space_fork(struct addr_space *space, struct addr_space **ret_space)
{
    struct addr_space *copy;
    int error = addr_space_alloc(&copy);

    if (error != 0)
        return error;
    mutex_lock(&space->lock);
    error = addr_space_fork_locked(space, copy);
    mutex_unlock(&space->lock);
    if (error != 0)
        addr_space_unref(copy);
    else
        *ret_space = copy;
    return error;
}

bool addr_space_query(struct addr_space *space, vaddr_t address, struct area_info *ret_info)
{
    mutex_lock(&space->lock);
    const struct area *area = area_map_find_from(&space->areas, address);
    if (area != NULL) {
        *ret_info = (struct area_info){area_start(area), area->end,    area->protection, area->flags,
                                       area->name,       area->object, area->object_page};
        if (area->object != NULL)
            memory_object_ref(area->object);
    }
    mutex_unlock(&space->lock);
    return area != NULL;
}

/* The end of the run of pages from `start` on that the tables map with the protection of `first`. */
static vaddr_t area_run_end(const struct addr_space *space, vaddr_t start, vaddr_t end,
                            const struct page_mapping *first)
{
    struct page_mapping at;
    vaddr_t page = start + PAGE_SIZE;

    while (page < end && page_table_lookup(&space->table, page, &at) == 0 &&
           at.protection == first->protection)
        page += PAGE_SIZE;
    return page;
}

static void area_log(const struct addr_space *space, const struct area *area)
{
    vaddr_t end;

    for (vaddr_t start = area_start(area); start < area->end; start = end) {
        struct page_mapping first;
        end = start + PAGE_SIZE;
        if (page_table_lookup(&space->table, start, &first) != 0)
            continue;
        end = area_run_end(space, start, area->end, &first);
        log_debug("user page table: 0x%016lx-0x%016lx %c%c%c%c %s at 0x%lx", start, end,
                  first.protection & MAP_READ ? 'r' : '-', first.protection & MAP_WRITE ? 'w' : '-',
                  first.protection & MAP_EXECUTE ? 'x' : '-', first.protection & MAP_USER ? 'u' : '-',
                  area->name, first.address);
    }
}

void addr_space_log(struct addr_space *space)
{
    mutex_lock(&space->lock);
    for (const struct area *area = area_map_find_from(&space->areas, 0); area != NULL; area = area_next(area))
        area_log(space, area);
    mutex_unlock(&space->lock);
}
