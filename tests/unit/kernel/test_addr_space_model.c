/* Address spaces against a model of arrays: thousands of random calls, some of which find no memory; what
 * programs read, what faults, and how many areas there are must agree, and nothing may be left in the end. */
#include <stdbool.h>
#include <stdlib.h>

#include "abi/errno.h"
#include "fake_space.h"
#include "mm/alloc_failure.h"
#include "mm/memory_object.h"
#include "mm/object_cache.h"
#include "test.h"

#define SPACES 4
#define PAGES 96
#define BASE (0x40000000ull - 48 * PAGE_SIZE) /* a border of three levels of tables is in the middle */
#define OBJECTS_MAX 8192
#define READ_WRITE (MAP_READ | MAP_WRITE)

struct page {
    bool is_mapped, is_shared, has_own;
    uint32_t protection;
    int object; /* -1: none */
    unsigned index;
    uint64_t value; /* if it is its own */
};

static struct {
    struct addr_space *space; /* NULL: none */
    struct page pages[PAGES];
} model[SPACES];

static struct {
    unsigned size;
    uint64_t values[PAGES];
} objects[OBJECTS_MAX];
static int object_count;
static unsigned failure_count; /* allocations that were made to fail */

/* Whether an allocation was made to fail; from now on none is. */
static bool take_failure(void)
{
    bool has_failed = alloc_failure_has_happened();

    alloc_failure_set(UINT64_MAX);
    failure_count += has_failed;
    return has_failed;
}

static vaddr_t address_of(unsigned page)
{
    return BASE + page * PAGE_SIZE;
}

/* A random range. */
static void choose_range(unsigned *ret_first, unsigned *ret_count)
{
    *ret_first = (unsigned)random_below(PAGES);
    *ret_count = 1 + (unsigned)random_below(random_below(3) == 0     ? PAGES - *ret_first
                                            : PAGES - *ret_first < 5 ? PAGES - *ret_first
                                                                     : 5);
}

static uint32_t choose_protection(void)
{
    static const uint32_t some[] = {
        0, MAP_READ, READ_WRITE, READ_WRITE, READ_WRITE, MAP_READ | MAP_EXECUTE, READ_WRITE | MAP_EXECUTE};

    return some[random_below(COUNT_OF(some))];
}

static bool is_continued(const struct page *a, const struct page *b)
{
    return a->is_mapped && b->is_mapped && a->protection == b->protection && a->is_shared == b->is_shared &&
           a->object == b->object && (a->object < 0 || a->index + 1 == b->index);
}

static unsigned count_areas(const struct page *pages)
{
    unsigned count = 0;

    for (unsigned i = 0; i < PAGES; i++)
        count += pages[i].is_mapped && (i == 0 || !is_continued(&pages[i - 1], &pages[i]));
    return count;
}

/* Where a page's word is in the model. */
static uint64_t *value_of(struct page *page)
{
    return page->object >= 0 && !page->has_own ? &objects[page->object].values[page->index] : &page->value;
}

static int expected_error(const struct page *page, uint32_t access)
{
    if (!page->is_mapped)
        return -EFAULT;
    if (access == MAP_READ ? page->protection == 0 : (page->protection & access) == 0)
        return -EACCES;
    return page->object >= 0 && !page->has_own && page->index >= objects[page->object].size ? -ENXIO : 0;
}

static void access_page(unsigned which, unsigned number, uint32_t access)
{
    struct page *page = &model[which].pages[number];
    uint64_t value = random_below(UINT32_MAX);
    int error = fake_space_access(model[which].space, address_of(number), access, &value);

    if (error == -ENOMEM) { /* as asked for; the program would be told to wait */
        assert_true(take_failure());
        error = fake_space_access(model[which].space, address_of(number), access, &value);
    }
    assert_int_equal(error, expected_error(page, access));
    if (error != 0)
        return;
    if (access == MAP_WRITE) {
        if (!page->is_shared)
            page->has_own = true;
        *value_of(page) = value;
    } else {
        assert_int_equal(value, *value_of(page));
    }
}

/* True if the call was done; otherwise it found no memory. */
static bool is_done(int error)
{
    if (take_failure() && error == -ENOMEM)
        return false;
    assert_int_equal(error, 0);
    return true;
}

static void do_map(unsigned which)
{
    unsigned first, count;
    choose_range(&first, &count);
    struct addr_space_request request = {.address = address_of(first),
                                         .size = count * PAGE_SIZE - random_below(PAGE_SIZE),
                                         .protection = choose_protection(),
                                         .flags = ADDR_SPACE_FIXED};
    int object = -1;
    unsigned index = 0;
    vaddr_t start;

    if (random_below(3) == 0) {
        request.flags |= AREA_SHARED;
        object = object_count++;
        assert_true(object < OBJECTS_MAX);
        objects[object].size = count;
    }
    if (!is_done(addr_space_map(model[which].space, &request, &start)))
        return;
    assert_int_equal(start, address_of(first));
    for (unsigned i = first; i < first + count; i++)
        model[which].pages[i] = (struct page){.is_mapped = true,
                                              .is_shared = object >= 0,
                                              .protection = request.protection,
                                              .object = object,
                                              .index = index++};
}

/* Map the object of some shared page once more, from anywhere in it, maybe privately. */
static void do_map_object(unsigned which)
{
    struct area_info info;
    unsigned first, count, source = (unsigned)random_below(PAGES);
    const struct page page = model[which].pages[source];

    if (page.object < 0)
        return;
    assert_true(addr_space_query(model[which].space, address_of(source), &info));
    assert_non_null(info.object);
    choose_range(&first, &count);
    unsigned index = (unsigned)random_below(objects[page.object].size + 1);
    if (index + count > PAGES)
        count = PAGES - index;
    bool is_shared = random_below(2) == 0;
    const struct addr_space_request request = {.address = address_of(first),
                                               .size = count * PAGE_SIZE,
                                               .protection = choose_protection(),
                                               .flags = ADDR_SPACE_FIXED | (is_shared ? AREA_SHARED : 0),
                                               .object = info.object,
                                               .offset = index * PAGE_SIZE};
    vaddr_t start;
    int error = count == 0 ? -ENOMEM : addr_space_map(model[which].space, &request, &start);
    memory_object_unref(info.object);
    if (count == 0 || !is_done(error))
        return;
    for (unsigned i = first; i < first + count; i++)
        model[which].pages[i] = (struct page){.is_mapped = true,
                                              .is_shared = is_shared,
                                              .protection = request.protection,
                                              .object = page.object,
                                              .index = index++};
}

static void do_unmap(unsigned which)
{
    unsigned first, count;

    choose_range(&first, &count);
    if (!is_done(addr_space_unmap(model[which].space, address_of(first), count * PAGE_SIZE)))
        return;
    for (unsigned i = first; i < first + count; i++)
        model[which].pages[i] = (struct page){.object = -1};
}

static void do_protect(unsigned which)
{
    unsigned first, count, i;
    uint32_t protection = choose_protection();

    choose_range(&first, &count);
    int error = addr_space_protect(model[which].space, address_of(first), count * PAGE_SIZE, protection);
    if (take_failure() && error == -ENOMEM)
        return;
    for (i = first; i < first + count && model[which].pages[i].is_mapped; i++)
        model[which].pages[i].protection = protection;
    assert_int_equal(error, i < first + count ? -ENOMEM : 0);
}

static void do_discard(unsigned which)
{
    unsigned first, count;
    bool has_hole = false;

    choose_range(&first, &count);
    int error = addr_space_discard(model[which].space, address_of(first), count * PAGE_SIZE, ADDR_SPACE_DROP);
    for (unsigned i = first; i < first + count; i++) {
        struct page *page = &model[which].pages[i];
        has_hole |= !page->is_mapped;
        if (!page->is_shared) {
            page->has_own = false;
            page->value = 0;
        }
    }
    assert_int_equal(error, has_hole ? -ENOMEM : 0);
}

static bool ranges_overlap(unsigned a, unsigned a_count, unsigned b, unsigned b_count)
{
    return a < b + b_count && b < a + a_count;
}

static void do_move(unsigned which)
{
    unsigned from, from_count, to, to_count;
    struct page old[PAGES], *pages = model[which].pages;
    vaddr_t start;

    choose_range(&from, &from_count);
    choose_range(&to, &to_count);
    int error =
        addr_space_move(model[which].space, address_of(from), from_count * PAGE_SIZE, to_count * PAGE_SIZE,
                        ADDR_SPACE_FIXED | ADDR_SPACE_MAY_MOVE, address_of(to), &start);
    if (ranges_overlap(from, from_count, to, to_count)) {
        assert_int_equal(error, -EINVAL);
        return;
    }
    for (unsigned i = from; i < from + from_count; i++) {
        if (!pages[i].is_mapped || (i != from && !is_continued(&pages[i - 1], &pages[i]))) {
            assert_int_equal(error, -EFAULT);
            return;
        }
    }
    if (!is_done(error))
        return;
    memcpy(old, pages, sizeof(old));
    for (unsigned i = from; i < from + from_count; i++)
        pages[i] = (struct page){.object = -1};
    for (unsigned i = 0; i < to_count; i++) {
        pages[to + i] = old[from + (i < from_count ? i : 0)];
        if (i >= from_count) {
            pages[to + i].has_own = false;
            pages[to + i].value = 0;
            pages[to + i].index = old[from].index + i;
        }
    }
}

static void do_fork(unsigned which)
{
    unsigned copy = (unsigned)random_below(SPACES);

    if (model[copy].space != NULL || !is_done(addr_space_fork(model[which].space, &model[copy].space)))
        return;
    memcpy(model[copy].pages, model[which].pages, sizeof(model[copy].pages));
}

static void do_end(unsigned which)
{
    fake_space_forget(model[which].space);
    addr_space_unref(model[which].space);
    model[which].space = NULL;
}

static void do_something(unsigned which)
{
    switch (random_below(20)) {
    case 0:
    case 1:
    case 2:
        do_map(which);
        break;
    case 3:
        do_map_object(which);
        break;
    case 4:
    case 5:
        do_unmap(which);
        break;
    case 6:
    case 7:
        do_protect(which);
        break;
    case 8:
        do_discard(which);
        break;
    case 9:
    case 10:
        do_move(which);
        break;
    case 11:
        do_fork(which);
        break;
    case 12:
        if (random_below(3) == 0)
            do_end(which);
        break;
    default:
        for (unsigned i = 0; i < 8; i++)
            access_page(which, (unsigned)random_below(PAGES), 1u << random_below(3));
    }
}

static void run(unsigned steps, bool with_failures)
{
    fake_space_start();
    object_count = 0;
    memset(objects, 0, sizeof(objects));
    for (unsigned step = 0; step < steps; step++) {
        unsigned which = (unsigned)random_below(SPACES);
        if (model[which].space == NULL) {
            if (which != 0 && random_below(4) != 0)
                continue;
            assert_int_equal(addr_space_create(0, &model[which].space), 0);
            for (unsigned i = 0; i < PAGES; i++)
                model[which].pages[i] = (struct page){.object = -1};
        }
        if (with_failures && random_below(2) == 0) {
            object_cache_trim_all();
            alloc_failure_set(random_below(3));
        }
        do_something(which);
        (void)take_failure();
        fake_space_check_tlb();
        if (model[which].space == NULL)
            continue;
        assert_int_equal(model[which].space->areas.count, count_areas(model[which].pages));
        for (unsigned i = 0; i < 4; i++)
            access_page(which, (unsigned)random_below(PAGES), MAP_READ);
    }
    for (unsigned which = 0; which < SPACES; which++) {
        if (model[which].space == NULL)
            continue;
        for (unsigned i = 0; i < PAGES; i++)
            access_page(which, i, MAP_READ);
        do_end(which);
    }
    assert_int_equal(fake_space_frames_used(), 0);
}

static void programs_see_what_the_model_says(void **state)
{
    (void)state;
    run(12000, false);
}

static void nothing_changes_where_memory_is_short(void **state)
{
    (void)state;
    run(12000, true);
    assert_true(failure_count > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_see_what_the_model_says),
        cmocka_unit_test(nothing_changes_where_memory_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
