/* Areas against an array of pages: what is where, how many areas there are, and the highest gap. */
#include "mm/area_map.h"

#include <stdbool.h>

#include "abi/errno.h"
#include "arch/x86_64/page_table.h"
#include "mm/memory_object.h"
#include "test.h"

#define PAGES 2000
#define LOW_PAGE 3
#define SPARES 4000

struct page {
    bool is_mapped;
    uint32_t protection, flags;
    struct memory_object *object;
    uint64_t object_page;
};

static struct page pages[PAGES];
static struct area_map map;
static struct area spares[SPARES];
static struct memory_object objects[2];
static unsigned destroyed_count;

void memory_object_ref(struct memory_object *object)
{
    atomic_fetch_add(&object->references.count, 1);
}

void memory_object_unref(struct memory_object *object)
{
    destroyed_count += atomic_fetch_sub(&object->references.count, 1) == 0;
}

int memory_object_permit_writer(struct memory_object *object)
{
    atomic_fetch_add(&object->writer_count, 1);
    return 0;
}

void memory_object_unpermit_writer(struct memory_object *object)
{
    atomic_fetch_sub(&object->writer_count, 1);
}

static int start(void **state)
{
    (void)state;
    area_map_init(&map);
    memset(pages, 0, sizeof(pages));
    for (size_t i = 0; i < SPARES; i++)
        area_map_add_spare(&map, &spares[i]);
    ref_count_init(&objects[0].references, 0);
    ref_count_init(&objects[1].references, 0);
    objects[0].writer_count = objects[1].writer_count = 0;
    return 0;
}

static bool is_continued(const struct page *a, const struct page *b)
{
    return a->is_mapped && b->is_mapped && a->protection == b->protection && a->flags == b->flags &&
           a->object == b->object && (a->object == NULL || a->object_page + 1 == b->object_page);
}

/* Every area is what the pages say, from its first to its last one. */
static void check_map(void)
{
    const struct area *area = area_map_find_from(&map, 0), *below = NULL;
    size_t count = 0, mapped = 0, references[2] = {0, 0};
    int writers[2] = {0, 0};

    for (size_t i = 0; i < PAGES;) {
        if (!pages[i].is_mapped) {
            assert_null(area_map_find(&map, i * PAGE_SIZE));
            i++;
            continue;
        }
        size_t end = i + 1;
        while (end < PAGES && is_continued(&pages[end - 1], &pages[end]))
            end++;
        assert_non_null(area);
        assert_int_equal(area_start(area), i * PAGE_SIZE);
        assert_int_equal(area->end, end * PAGE_SIZE);
        assert_int_equal(area->protection, pages[i].protection);
        assert_int_equal(area->flags, pages[i].flags);
        assert_ptr_equal(area->object, pages[i].object);
        if (area->object != NULL) {
            assert_int_equal(area->object_page, pages[i].object_page);
            references[area->object - objects]++;
            writers[area->object - objects] += (area->flags & AREA_SHARED) != 0;
        }
        assert_ptr_equal(area_map_find(&map, area->end - 1), area);
        assert_ptr_equal(area_map_find_below(&map, area_start(area)), below);
        assert_ptr_equal(area_map_find_below(&map, area_start(area) + 1), area);
        below = area;
        area = area_next(area);
        mapped += end - i;
        count++;
        i = end;
    }
    assert_null(area);
    assert_int_equal(map.count, count);
    assert_int_equal(map.pages, mapped);
    assert_int_equal(map.count + map.spare_count, SPARES);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(ref_count_get(&objects[i].references), references[i]);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(objects[i].writer_count, writers[i]);
}

static void remove_range(size_t first, size_t end)
{
    size_t cuts = area_map_cuts(&map, first * PAGE_SIZE, end * PAGE_SIZE), spare = map.spare_count;
    struct area *next, *removed = area_map_remove(&map, first * PAGE_SIZE, end * PAGE_SIZE);
    vaddr_t last = 0;

    assert_int_equal(map.spare_count, spare - cuts);
    for (; removed != NULL; removed = next) {
        next = removed->next;
        assert_in_range(area_start(removed), last > first * PAGE_SIZE ? last : first * PAGE_SIZE,
                        end * PAGE_SIZE);
        assert_true(removed->end <= end * PAGE_SIZE);
        last = removed->end;
        area_unref_object(removed);
        area_map_add_spare(&map, removed);
    }
    for (size_t i = first; i < end; i++)
        pages[i] = (struct page){0};
}

static void insert_range(size_t first, size_t end)
{
    static const uint32_t protections[] = {MAP_READ, MAP_READ | MAP_WRITE};
    struct area area = {.node.key = first * PAGE_SIZE,
                        .end = end * PAGE_SIZE,
                        .protection = protections[random_below(2)],
                        .protection_max = MAP_READ | MAP_WRITE,
                        .flags = random_below(6) == 0 ? AREA_GROWS_DOWN : 0,
                        .name = ""};

    if (random_below(3) == 0) {
        area.object = &objects[random_below(2)];
        area.object_page = first + random_below(2) * PAGES;
        area.flags |= random_below(2) == 0 ? AREA_SHARED : 0;
        area_ref_object(&area);
    }
    area_map_insert(&map, &area);
    for (size_t i = first; i < end; i++)
        pages[i] =
            (struct page){true, area.protection, area.flags, area.object, area.object_page + (i - first)};
}

/* The lowest page that a stack's guard below `page` takes. */
static size_t guard_start(size_t page)
{
    const size_t guard = AREA_GUARD / PAGE_SIZE;

    return page > guard ? page - guard : 0;
}

/* Pages in which nothing may be placed. */
static void mark_taken(bool taken[PAGES])
{
    for (size_t i = 0; i < PAGES; i++)
        taken[i] = pages[i].is_mapped;
    for (size_t i = 0; i < PAGES; i++) {
        if (pages[i].is_mapped && (pages[i].flags & AREA_GROWS_DOWN) &&
            (i == 0 || !is_continued(&pages[i - 1], &pages[i]))) {
            for (size_t at = i; at > guard_start(i) && !pages[at - 1].is_mapped; at--)
                taken[at - 1] = true;
        }
    }
}

static bool is_free(const bool taken[PAGES], size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        if (taken[i])
            return false;
    }
    return true;
}

static void check_gap(size_t size, size_t alignment, size_t high)
{
    static bool taken[PAGES];
    size_t expected = high - size + 1;
    vaddr_t found;
    int error = area_map_find_gap(&map, size * PAGE_SIZE, alignment * PAGE_SIZE, LOW_PAGE * PAGE_SIZE,
                                  high * PAGE_SIZE, &found);

    mark_taken(taken);
    while (expected-- > LOW_PAGE && !(expected % alignment == 0 && is_free(taken, expected, expected + size)))
        ;
    if (expected < LOW_PAGE || expected > high) {
        assert_int_equal(error, -ENOMEM);
        return;
    }
    assert_int_equal(error, 0);
    assert_int_equal(found, expected * PAGE_SIZE);
    assert_true(area_map_is_free(&map, found, found + size * PAGE_SIZE));
    if (random_below(2) == 0)
        insert_range(expected, expected + size);
}

static void change_protection(size_t first, size_t end)
{
    area_map_split(&map, first * PAGE_SIZE, end * PAGE_SIZE);
    for (struct area *area = area_map_find_from(&map, first * PAGE_SIZE);
         area != NULL && area_start(area) < end * PAGE_SIZE; area = area_next(area))
        area->protection = MAP_READ;
    area_map_merge(&map, first * PAGE_SIZE, end * PAGE_SIZE);
    for (size_t i = first; i < end; i++)
        pages[i].protection = pages[i].is_mapped ? MAP_READ : 0;
}

static void areas_are_what_an_array_says(void **state)
{
    (void)state;
    for (unsigned step = 0; step < 6000; step++) {
        size_t first = random_below(PAGES), end = first + 1 + random_below(20);
        if (end > PAGES)
            end = PAGES;
        switch (random_below(6)) {
        case 0:
            remove_range(first, step % 50 == 0 ? PAGES : end);
            break;
        case 1:
        case 2:
            remove_range(first, end);
            insert_range(first, end);
            break;
        case 3:
            change_protection(first, end);
            break;
        default:
            check_gap(1 + random_below(random_below(2) == 0 ? 4 : 40),
                      1ull << random_below(random_below(4) == 0 ? 4 : 1),
                      random_below(4) == 0 ? PAGES / 2 : PAGES);
        }
        check_map();
    }
    assert_int_equal(destroyed_count, 0);
}

static void a_stack_is_extended_down(void **state)
{
    const struct area area = {
        .node.key = 100 * PAGE_SIZE, .end = 110 * PAGE_SIZE, .flags = AREA_GROWS_DOWN, .name = ""};

    (void)state;
    area_map_insert(&map, &area);
    area_map_extend_down(&map, area_map_find(&map, 100 * PAGE_SIZE), 90 * PAGE_SIZE);
    assert_int_equal(map.pages, 20);
    assert_int_equal(area_start(area_map_find(&map, 90 * PAGE_SIZE)), 90 * PAGE_SIZE);
    assert_null(area_map_find(&map, 90 * PAGE_SIZE - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(areas_are_what_an_array_says, start),
        cmocka_unit_test_setup(a_stack_is_extended_down, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
