/* Address spaces call by call: errors, places, what is shared, what is given back. The rest is in
 * test_addr_space_model.c. */
#include "mm/addr_space.h"

#include <stdbool.h>
#include <stdio.h>

#include "abi/errno.h"
#include "boot_info.h"
#include "core/log.h"
#include "fake_space.h"
#include "fake_tlb.h"
#include "mm/alloc_failure.h"
#include "mm/frames.h"
#include "mm/kernel_map.h"
#include "mm/memory_object.h"
#include "test.h"

#define RW (MAP_READ | MAP_WRITE)
#define RWX (RW | MAP_EXECUTE)
#define BASE 0x40000000ull
#define PAGE(number) (BASE + (number)*PAGE_SIZE)
#define FIXED ADDR_SPACE_FIXED

static struct addr_space *space;

static int start(void **state)
{
    (void)state;
    fake_space_start();
    return addr_space_create(0, &space);
}

static int finish(void **state)
{
    (void)state;
    fake_space_forget(space);
    addr_space_unref(space);
    return fake_space_frames_used() == 0 ? 0 : -1; /* every test gives back every frame */
}

static int map(vaddr_t address, uint64_t size, uint32_t protection, uint32_t flags, vaddr_t *ret_start)
{
    const struct addr_space_request request = {
        .address = address, .size = size, .protection = protection, .flags = flags};

    return addr_space_map(space, &request, ret_start);
}

static void map_pages(unsigned first, unsigned count, uint32_t protection, uint32_t flags)
{
    vaddr_t at;

    assert_int_equal(map(PAGE(first), count * PAGE_SIZE, protection, FIXED | flags, &at), 0);
}

static uint64_t read_page(struct addr_space *from, vaddr_t page)
{
    uint64_t value = ~0ull;

    assert_int_equal(fake_space_access(from, page, MAP_READ, &value), 0);
    return value;
}

static void write_page(struct addr_space *to, vaddr_t page, uint64_t value)
{
    assert_int_equal(fake_space_access(to, page, MAP_WRITE, &value), 0);
}

static void mapping_errors_are_those_of_linux(void **state)
{
    static const struct {
        const char *what;
        struct addr_space_request request;
        int error;
    } cases[] = {
        {"size 0", {.address = PAGE(0), .size = 0}, -EINVAL},
        {"offset not aligned", {.size = 1, .offset = 1}, -EINVAL},
        {"size that wraps", {.size = UINT64_MAX}, -ENOMEM},
        {"larger than the user half", {.size = USER_END + 1}, -ENOMEM},
        {"no room", {.size = USER_END}, -ENOMEM},
        {"offset whose end wraps", {.size = 2 * PAGE_SIZE, .offset = UINT64_MAX - PAGE_MASK}, -EOVERFLOW},
        {"fixed, not aligned", {.address = PAGE(0) + 1, .size = 1, .flags = FIXED}, -EINVAL},
        {"fixed, page 0", {.address = 0, .size = 1, .flags = FIXED}, -EPERM},
        {"fixed, beyond the end", {.address = USER_END, .size = 1, .flags = FIXED}, -ENOMEM},
        {"fixed, over the end",
         {.address = USER_END - PAGE_SIZE, .size = PAGE_SIZE + 1, .flags = FIXED},
         -ENOMEM},
        {"fixed, kernel", {.address = 0xffff800000000000, .size = 1, .flags = FIXED}, -ENOMEM},
        {"occupied", {.address = PAGE(9), .size = 2 * PAGE_SIZE, .flags = ADDR_SPACE_NO_REPLACE}, -EEXIST},
        {"more than permitted", {.size = 1, .protection = RW, .protection_max = MAP_READ}, -EACCES},
    };
    vaddr_t at = 7;

    (void)state;
    map_pages(10, 1, MAP_READ, 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int error = addr_space_map(space, &cases[i].request, &at);
        if (error != cases[i].error)
            fail_msg("%s: %d", cases[i].what, error);
        assert_int_equal(at, 7);
        assert_int_equal(space->areas.count, 1);
    }
    assert_int_equal(map(PAGE(9), PAGE_SIZE, MAP_READ, ADDR_SPACE_NO_REPLACE, &at), 0);
    assert_int_equal(map(USER_END - PAGE_SIZE, 1, MAP_READ, FIXED, &at), 0);
    assert_int_equal(map(PAGE_SIZE, 1, MAP_READ, FIXED, &at), 0);
}

static void other_errors_are_those_of_linux(void **state)
{
    vaddr_t at;

    (void)state;
    map_pages(10, 4, RW, 0);
    assert_int_equal(addr_space_unmap(space, PAGE(0), 0), -EINVAL);
    assert_int_equal(addr_space_unmap(space, PAGE(0) + 1, PAGE_SIZE), -EINVAL);
    assert_int_equal(addr_space_unmap(space, USER_END, PAGE_SIZE), -EINVAL);
    assert_int_equal(addr_space_unmap(space, PAGE(0), UINT64_MAX), -EINVAL);
    assert_int_equal(addr_space_unmap(space, PAGE(0), PAGE_SIZE), 0);

    assert_int_equal(addr_space_protect(space, PAGE(10) + 1, PAGE_SIZE, RW), -EINVAL);
    assert_int_equal(addr_space_protect(space, PAGE(0), 0, RW), 0);
    assert_int_equal(addr_space_protect(space, PAGE(0), PAGE_SIZE, RW), -ENOMEM);
    assert_int_equal(addr_space_protect(space, PAGE(10), UINT64_MAX, RW), -ENOMEM);
    assert_int_equal(addr_space_protect(space, PAGE(12), 3 * PAGE_SIZE, MAP_READ), -ENOMEM);
    uint64_t value = 0;
    assert_int_equal(fake_space_access(space, PAGE(13), MAP_WRITE, &value), -EACCES); /* up to the hole */
    assert_int_equal(addr_space_protect(space, PAGE(12), 2 * PAGE_SIZE, RW), 0);
    assert_int_equal(space->areas.count, 1);

    assert_int_equal(addr_space_discard(space, PAGE(10) + 1, 1, ADDR_SPACE_DROP), -EINVAL);
    assert_int_equal(addr_space_discard(space, PAGE(10), UINT64_MAX, ADDR_SPACE_DROP), -EINVAL);
    assert_int_equal(addr_space_discard(space, PAGE(0), 0, ADDR_SPACE_DROP), 0);
    assert_int_equal(addr_space_discard(space, PAGE(9), 2 * PAGE_SIZE, ADDR_SPACE_DROP), -ENOMEM);
    assert_int_equal(addr_space_discard(space, PAGE(10), 4 * PAGE_SIZE, ADDR_SPACE_FREE), 0);
    map_pages(14, 1, RW, AREA_SHARED);
    assert_int_equal(addr_space_discard(space, PAGE(14), PAGE_SIZE, ADDR_SPACE_FREE), -EINVAL);
    assert_int_equal(addr_space_fault(space, USER_END, MAP_READ), -EFAULT);
    assert_int_equal(addr_space_fault(space, UINT64_MAX, MAP_READ), -EFAULT);
    assert_int_equal(map(0, PAGE_SIZE, MAP_READ, 0, &at), 0);
}

static void moving_is_that_of_linux(void **state)
{
    static const struct {
        const char *what;
        vaddr_t old_start;
        uint64_t old_size, new_size;
        uint32_t flags;
        vaddr_t new_start;
        int error;
    } cases[] = {
        {"not aligned", PAGE(10) + 1, PAGE_SIZE, PAGE_SIZE, 0, 0, -EINVAL},
        {"to nothing", PAGE(10), PAGE_SIZE, 0, 0, 0, -EINVAL},
        {"hole", PAGE(5), PAGE_SIZE, 2 * PAGE_SIZE, 0, 0, -EFAULT},
        {"hole that would move", PAGE(5), PAGE_SIZE, 2 * PAGE_SIZE, ADDR_SPACE_MAY_MOVE, 0, -EFAULT},
        {"beyond the area", PAGE(13), 2 * PAGE_SIZE, 3 * PAGE_SIZE, ADDR_SPACE_MAY_MOVE, 0, -EFAULT},
        {"blocked", PAGE(10), 4 * PAGE_SIZE, 5 * PAGE_SIZE, 0, 0, -ENOMEM},
        {"inner page", PAGE(10), PAGE_SIZE, 2 * PAGE_SIZE, 0, 0, -ENOMEM},
        {"fixed only", PAGE(10), PAGE_SIZE, PAGE_SIZE, FIXED, PAGE(20), -EINVAL},
        {"fixed, overlap", PAGE(10), 2 * PAGE_SIZE, PAGE_SIZE, FIXED | ADDR_SPACE_MAY_MOVE, PAGE(11),
         -EINVAL},
        {"fixed, not aligned", PAGE(10), PAGE_SIZE, PAGE_SIZE, FIXED | ADDR_SPACE_MAY_MOVE, PAGE(20) + 1,
         -EINVAL},
        {"fixed, page 0", PAGE(10), PAGE_SIZE, PAGE_SIZE, FIXED | ADDR_SPACE_MAY_MOVE, 0, -EPERM},
        {"fixed, beyond", PAGE(10), PAGE_SIZE, PAGE_SIZE, FIXED | ADDR_SPACE_MAY_MOVE, USER_END, -EINVAL},
        {"copy of a private one", PAGE(10), 0, PAGE_SIZE, ADDR_SPACE_MAY_MOVE, 0, -EINVAL},
        {"too large", PAGE(10), 4 * PAGE_SIZE, 1ull << 47, ADDR_SPACE_MAY_MOVE, 0, -ENOMEM},
        {"nothing to do", PAGE(10), PAGE_SIZE, PAGE_SIZE, 0, 0, 0},
    };
    vaddr_t at;

    (void)state;
    map_pages(10, 4, RW, 0);
    map_pages(14, 1, MAP_READ, 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int error = addr_space_move(space, cases[i].old_start, cases[i].old_size, cases[i].new_size,
                                    cases[i].flags, cases[i].new_start, &at);
        if (error != cases[i].error)
            fail_msg("%s: %d", cases[i].what, error);
        assert_int_equal(space->areas.count, 2);
    }
    write_page(space, PAGE(13), 13);
    assert_int_equal(
        addr_space_move(space, PAGE(10), 4 * PAGE_SIZE, 600 * PAGE_SIZE, ADDR_SPACE_MAY_MOVE, 0, &at), 0);
    assert_int_equal(read_page(space, at + 3 * PAGE_SIZE), 13);
    assert_int_equal(read_page(space, at + 599 * PAGE_SIZE), 0);
    assert_int_equal(addr_space_fault(space, PAGE(13), MAP_READ), -EFAULT);
    vaddr_t moved = at;
    assert_int_equal(addr_space_move(space, moved, 600 * PAGE_SIZE, 4 * PAGE_SIZE, 0, 0, &at),
                     0); /* shrink */
    assert_int_equal(at, moved);
    assert_int_equal(addr_space_fault(space, moved + 4 * PAGE_SIZE, MAP_READ), -EFAULT);
    assert_int_equal(addr_space_move(space, moved, 4 * PAGE_SIZE, 9 * PAGE_SIZE, 0, 0, &at),
                     0); /* in place */
    assert_int_equal(at, moved);
    assert_int_equal(space->areas.count, 2);
    fake_space_check_tlb();
}

static void a_shared_area_is_mapped_twice(void **state)
{
    vaddr_t at;

    (void)state;
    map_pages(10, 4, RW, AREA_SHARED);
    write_page(space, PAGE(11), 11);
    assert_int_equal(addr_space_move(space, PAGE(11), 0, 2 * PAGE_SIZE, ADDR_SPACE_MAY_MOVE, 0, &at), 0);
    assert_int_equal(read_page(space, at), 11);
    write_page(space, at, 12);
    assert_int_equal(read_page(space, PAGE(11)), 12);
    uint64_t value;
    assert_int_equal(addr_space_move(space, PAGE(10), 4 * PAGE_SIZE, 5 * PAGE_SIZE, 0, 0, &at), 0);
    assert_int_equal(fake_space_access(space, PAGE(14), MAP_READ, &value), -ENXIO); /* beyond the object */
}

static void places_are_the_highest_with_room(void **state)
{
    vaddr_t a, b, c;

    (void)state;
    assert_int_equal(map(0, 3 * PAGE_SIZE, RW, 0, &a), 0);
    assert_int_equal(a, space->mmap_top - 3 * PAGE_SIZE);
    assert_int_equal(map(0, 1, MAP_READ, 0, &b), 0);
    assert_int_equal(b, a - PAGE_SIZE);
    assert_int_equal(map(PAGE(5) + 123, 1, MAP_READ, 0, &c), 0); /* a hint */
    assert_int_equal(c, PAGE(5));
    assert_int_equal(map(PAGE(5), 1, MAP_READ, 0, &c), 0); /* is taken */
    assert_int_equal(c, b - PAGE_SIZE);
    assert_int_equal(addr_space_unmap(space, a + PAGE_SIZE, PAGE_SIZE), 0);
    assert_int_equal(map(0, PAGE_SIZE, RWX, 0, &b), 0);
    assert_int_equal(b, a + PAGE_SIZE);
    assert_int_equal(map(space->stack_top - PAGE_SIZE, PAGE_SIZE, RW, FIXED | AREA_GROWS_DOWN, &a), 0);
    assert_int_equal(map(space->stack_top - 200 * PAGE_SIZE, PAGE_SIZE, RW, 0, &b), 0); /* in its guard */
    assert_true(b < space->mmap_top);
}

static void the_seed_moves_all_places(void **state)
{
    struct addr_space *a, *b;

    (void)state;
    assert_int_equal(addr_space_create(1, &a), 0);
    assert_int_equal(addr_space_create(2, &b), 0);
    struct addr_space *const all[] = {space, a, b};
    for (size_t i = 0; i < 3; i++) {
        assert_true(all[i]->stack_top <= USER_STACK_TOP &&
                    all[i]->mmap_top < all[i]->stack_top - (8ull << 20));
        assert_true(all[i]->image_base < all[i]->mmap_top && all[i]->image_base >= 0x555555554000);
        for (size_t j = 0; j < i; j++) {
            assert_int_not_equal(all[i]->stack_top, all[j]->stack_top);
            assert_int_not_equal(all[i]->mmap_top, all[j]->mmap_top);
            assert_int_not_equal(all[i]->image_base, all[j]->image_base);
            assert_int_not_equal(all[i]->brk_offset, all[j]->brk_offset);
        }
    }
    assert_int_equal((a->stack_top | a->mmap_top | a->image_base | a->brk_offset) & PAGE_MASK, 0);
    addr_space_unref(a);
    addr_space_unref(b);
}

static void reading_shows_the_zero_frame(void **state)
{
    (void)state;
    map_pages(0, 100, RW, 0);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(read_page(space, PAGE(i)), 0);
    assert_int_equal(space->resident_pages, 0);
    write_page(space, PAGE(7), 1);
    assert_int_equal(space->resident_pages, 1);
    assert_int_equal(read_page(space, PAGE(8)), 0);
    assert_int_equal(read_page(space, PAGE(7)), 1);
    fake_space_check_tlb();
    assert_int_equal(addr_space_discard(space, PAGE(0), 100 * PAGE_SIZE, ADDR_SPACE_FREE), 0);
    assert_int_equal(space->resident_pages, 0);
    assert_int_equal(read_page(space, PAGE(7)), 0);
}

static void a_fork_copies_what_is_written(void **state)
{
    struct addr_space *copy;

    (void)state;
    map_pages(0, 3, RW, 0);
    map_pages(10, 1, RW, AREA_SHARED);
    for (unsigned i = 0; i < 3; i++)
        write_page(space, PAGE(i), i + 1);
    assert_int_equal(addr_space_protect(space, PAGE(2), PAGE_SIZE, 0), 0);
    uint64_t free = frames_get_stats().free;
    assert_int_equal(addr_space_fork(space, &copy), 0);
    assert_true(free - frames_get_stats().free < 20); /* tables, counts, areas */
    fake_space_check_tlb();
    write_page(copy, PAGE(0), 100);
    write_page(space, PAGE(1), 200);
    write_page(copy, PAGE(10), 300);
    assert_int_equal(read_page(space, PAGE(0)), 1);
    assert_int_equal(read_page(copy, PAGE(1)), 2);
    assert_int_equal(read_page(space, PAGE(10)), 300);
    assert_int_equal(addr_space_protect(copy, PAGE(2), PAGE_SIZE, RW), 0);
    write_page(copy, PAGE(2), 400);
    free = frames_get_stats().free;
    write_page(space, PAGE(0), 5); /* the only owner by now: no copy */
    assert_int_equal(frames_get_stats().free, free);
    assert_int_equal(addr_space_protect(space, PAGE(2), PAGE_SIZE, RW), 0);
    assert_int_equal(read_page(space, PAGE(2)), 3);
    assert_int_equal(copy->resident_pages, 4);
    fake_space_check_tlb();
    fake_space_forget(copy);
    addr_space_unref(copy);
    assert_int_equal(read_page(space, PAGE(1)), 200);
}

static void a_stack_grows_to_its_limit(void **state)
{
    const unsigned top = 4000, limit = 2048;
    uint64_t value = 1;

    (void)state;
    map_pages(top - 2, 2, RW, AREA_GROWS_DOWN);
    assert_int_equal(space->stack_size_max, limit * PAGE_SIZE);
    write_page(space, PAGE(top - 3), 1);
    write_page(space, PAGE(top - 1000), 1); /* not only the next page */
    write_page(space, PAGE(top - limit), 1);
    assert_int_equal(fake_space_access(space, PAGE(top - limit - 1), MAP_WRITE, &value), -EFAULT);
    assert_int_equal(space->areas.count, 1);
    assert_int_equal(space->areas.pages, limit);
    assert_int_equal(space->resident_pages, 3);
}

static void a_stack_keeps_its_distance(void **state)
{
    uint64_t value = 1;

    (void)state;
    map_pages(1000, 2, RW, AREA_GROWS_DOWN);
    map_pages(499, 1, MAP_READ, 0);
    write_page(space, PAGE(500 + 256), 1);
    assert_int_equal(fake_space_access(space, PAGE(500 + 255), MAP_WRITE, &value), -EFAULT);
    map_pages(0, 1, MAP_READ, 0);
    assert_int_equal(addr_space_unmap(space, PAGE(499), PAGE_SIZE), 0);
    write_page(space, PAGE(257), 1);
}

static void the_heap_ends_where_it_is_told(void **state)
{
    (void)state;
    assert_int_equal(addr_space_set_break(space, PAGE(5)), 0); /* there is none yet */
    addr_space_place_break(space, PAGE(0) - 5);
    assert_int_equal(addr_space_set_break(space, 0), PAGE(0));
    assert_int_equal(addr_space_set_break(space, PAGE(0) + 1), PAGE(0) + 1);
    write_page(space, PAGE(0), 1);
    assert_int_equal(addr_space_fault(space, PAGE(1), MAP_READ), -EFAULT);
    assert_int_equal(addr_space_set_break(space, PAGE(3)), PAGE(3));
    map_pages(0, 1, 0, 0); /* as musl's malloc does */
    assert_int_equal(addr_space_set_break(space, PAGE(9) + 7), PAGE(9) + 7);
    write_page(space, PAGE(9), 1);
    assert_int_equal(space->areas.count, 2);
    map_pages(20, 1, 0, 0);
    assert_int_equal(addr_space_set_break(space, PAGE(20)), PAGE(9) + 7); /* a page must stay free */
    assert_int_equal(addr_space_set_break(space, PAGE(19)), PAGE(19));
    assert_int_equal(addr_space_set_break(space, PAGE(2)), PAGE(2));
    assert_int_equal(addr_space_fault(space, PAGE(2), MAP_READ), -EFAULT);
    assert_int_equal(addr_space_set_break(space, UINT64_MAX), PAGE(2));
    assert_int_equal(addr_space_set_break(space, PAGE(0) - 1), PAGE(2));
}

static void protection_has_a_maximum(void **state)
{
    const struct addr_space_request request = {.address = PAGE(0),
                                               .size = PAGE_SIZE,
                                               .protection = MAP_READ,
                                               .protection_max = MAP_READ | MAP_EXECUTE};
    vaddr_t at;

    (void)state;
    assert_int_equal(addr_space_map(space, &request, &at), 0);
    assert_int_equal(addr_space_protect(space, at, PAGE_SIZE, RW), -EACCES);
    assert_int_equal(addr_space_protect(space, at, PAGE_SIZE, MAP_EXECUTE), 0);
    assert_int_equal(addr_space_fault(space, at, MAP_EXECUTE), 0);
}

/* Wherever in a table its pages lie, and however they came there, the table's end finds them. */
static void pages_all_over_a_table_are_given_back(void **state)
{
    const unsigned pages = 1200, moved_to = 0x100000;
    struct addr_space *copy;
    vaddr_t at;

    (void)state;
    for (unsigned step = 1; step < 200; step += 31) {
        map_pages(0, pages, RW, 0);
        for (unsigned i = 0; i < pages; i += step)
            write_page(space, PAGE(i), i);
        assert_int_equal(addr_space_fork(space, &copy), 0);
        for (unsigned i = 0; i < pages; i += step)
            assert_int_equal(read_page(copy, PAGE(i)), i);
        fake_space_forget(copy);
        addr_space_unref(copy);
        assert_int_equal(addr_space_fork(space, &copy), 0);
        assert_int_equal(addr_space_move(copy, PAGE(0), pages * PAGE_SIZE, pages * PAGE_SIZE,
                                         ADDR_SPACE_MAY_MOVE | FIXED, PAGE(moved_to), &at),
                         0);
        for (unsigned i = 0; i < pages; i += step)
            assert_int_equal(read_page(copy, PAGE(moved_to + i)), i);
        fake_space_forget(copy);
        addr_space_unref(copy);
        assert_int_equal(addr_space_unmap(space, PAGE(0), pages * PAGE_SIZE), 0);
    }
}

/* The tables that the moved pages need are those of what was there before. */
static void what_moves_replaces_what_is_there(void **state)
{
    const unsigned pages = 1024, moved_to = 0x100000;
    vaddr_t at;

    (void)state;
    map_pages(0, pages, RW, 0);
    map_pages(moved_to, pages, RW, 0);
    for (unsigned i = 0; i < pages; i += 100) {
        write_page(space, PAGE(i), i);
        write_page(space, PAGE(moved_to + i), ~(uint64_t)i);
    }
    assert_int_equal(addr_space_move(space, PAGE(0), pages * PAGE_SIZE, pages * PAGE_SIZE,
                                     ADDR_SPACE_MAY_MOVE | FIXED, PAGE(moved_to), &at),
                     0);
    for (unsigned i = 0; i < pages; i += 100)
        assert_int_equal(read_page(space, PAGE(moved_to + i)), i);
}

static void tables_are_given_back(void **state)
{
    vaddr_t at;

    (void)state;
    for (uint64_t i = 1; i < 2000; i++) {
        assert_int_equal(map(i << 30, PAGE_SIZE, RW, FIXED, &at), 0);
        write_page(space, at, i);
        assert_int_equal(addr_space_unmap(space, at, PAGE_SIZE), 0);
        assert_true(space->table.table_count < 20);
    }
    map_pages(0, 512, RW, 0);
    for (unsigned i = 0; i < 512; i++)
        write_page(space, PAGE(i), i);
    uint64_t count = space->table.table_count;
    assert_int_equal(addr_space_unmap(space, PAGE(0), 512 * PAGE_SIZE), 0);
    assert_true(space->table.table_count < count);
}

static void areas_are_limited(void **state)
{
    vaddr_t at;

    (void)state;
    for (unsigned i = 0; i < ADDR_SPACE_AREAS_MAX; i++)
        assert_int_equal(map(PAGE(2 * i), PAGE_SIZE, MAP_READ, FIXED, &at), 0);
    assert_int_equal(map(PAGE(1000000), PAGE_SIZE, MAP_READ, FIXED, &at), -ENOMEM);
    assert_int_equal(addr_space_unmap(space, PAGE(0), PAGE_SIZE), 0);
    assert_int_equal(map(PAGE(1000000), PAGE_SIZE, MAP_READ, FIXED, &at), 0);
}

static struct addr_space *forgotten;

static void forget(struct addr_space *gone)
{
    forgotten = gone;
    addr_space_cpu_leave(gone, 0);
}

static void cpus_forget_a_space_that_goes(void **state)
{
    struct addr_space *other;

    (void)state;
    addr_space_set_forget_handler(forget);
    assert_int_equal(addr_space_create(0, &other), 0);
    addr_space_ref(other);
    addr_space_cpu_enter(other, 0);
    addr_space_unref(other);
    assert_null(forgotten);
    addr_space_unref(other);
    assert_ptr_equal(forgotten, other);
    addr_space_set_forget_handler(NULL);
}

/* All calls in a row; with any allocation failing they fail, or do without it, and lose nothing. */
static int call_all(void)
{
    struct addr_space *made, *copy = NULL, *tested = space;
    vaddr_t at;
    int error = addr_space_create(3, &made);

    if (error != 0)
        return error;
    space = made;
    for (unsigned i = 0; i < 6 && error == 0; i++) {
        error = map(PAGE(510 + 4 * i), 4 * PAGE_SIZE, RW, FIXED | (i % 2 != 0 ? AREA_SHARED : 0), &at);
        for (unsigned j = 0; j < 4 && error == 0; j++)
            error = addr_space_fault(made, at + j * PAGE_SIZE, j % 2 == 0 ? MAP_READ : MAP_WRITE);
    }
    if (error == 0)
        error = addr_space_fork(made, &copy);
    for (unsigned i = 0; i < 24 && error == 0; i++)
        error = addr_space_fault(copy, PAGE(510 + i), MAP_WRITE);
    if (error == 0)
        error = addr_space_protect(made, PAGE(511), 12 * PAGE_SIZE, MAP_READ);
    if (error == 0)
        error = addr_space_unmap(made, PAGE(515), PAGE_SIZE);
    if (error == 0)
        error = addr_space_move(made, PAGE(516), PAGE_SIZE, 3 * PAGE_SIZE, ADDR_SPACE_MAY_MOVE, 0, &at);
    if (copy != NULL)
        addr_space_unref(copy);
    addr_space_unref(made);
    space = tested;
    return error;
}

static void every_allocation_may_fail(void **state)
{
    uint64_t successes = 0;
    bool has_failed = true;

    (void)state;
    int64_t used = fake_space_frames_used();
    for (; has_failed; successes++) {
        alloc_failure_set(successes);
        int error = call_all();
        has_failed = alloc_failure_has_happened();
        alloc_failure_set(UINT64_MAX);
        assert_int_equal(error, has_failed ? -ENOMEM : 0);
        assert_int_equal(fake_space_frames_used(), used);
    }
    assert_true(successes > 50);
}

static char shown[1000];

static void show(enum log_level level, const char *text, size_t length)
{
    assert_int_equal(level, LOG_DEBUG);
    assert_true(strlen(shown) + length < sizeof(shown));
    strncat(shown, text, length);
}

static void the_log_shows_what_the_tables_say(void **state)
{
    static struct log_sink sink = {.write = show};
    static char expected[200];
    const struct addr_space_request request = {
        .address = PAGE(0), .size = 4 * PAGE_SIZE, .protection = RW, .flags = FIXED, .name = "data"};
    paddr_t frames[4];
    vaddr_t at;

    (void)state;
    log_add_sink(&sink);
    log_set_level(LOG_DEBUG);
    assert_int_equal(addr_space_map(space, &request, &at), 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(frames_alloc(0, &frames[i]), 0);
        assert_int_equal(addr_space_populate(space, PAGE(i), frames[i]), 0);
    }
    assert_int_equal(addr_space_populate(space, PAGE(0), frames[0]), -EEXIST);
    assert_int_equal(addr_space_populate(space, PAGE(4), frames[0]), -EFAULT);
    assert_int_equal(addr_space_protect(space, PAGE(2), PAGE_SIZE, MAP_READ), 0);
    addr_space_log(space);
    snprintf(expected, sizeof(expected),
             "[    0.000000] user page table: 0x0000000040000000-0x0000000040002000 rw-u data at 0x%lx\n"
             "[    0.000000] user page table: 0x0000000040002000-0x0000000040003000 r--u data at 0x%lx\n",
             frames[0], frames[2]);
    assert_string_equal(shown, expected);
}

/* Cannot be taken back: the last test. */
static void write_and_execute_can_be_forbidden(void **state)
{
    vaddr_t at;

    (void)state;
    map_pages(0, 1, RWX, 0);
    write_page(space, PAGE(0), 1);
    assert_int_equal(addr_space_fault(space, PAGE(0), MAP_EXECUTE), 0);
    map_pages(1, 1, RW, 0);
    addr_space_forbid_write_execute();
    assert_int_equal(map(PAGE(2), 1, RWX, FIXED, &at), -EACCES);
    assert_int_equal(addr_space_protect(space, PAGE(1), PAGE_SIZE, RWX), -EACCES);
    assert_int_equal(addr_space_protect(space, PAGE(1), PAGE_SIZE, MAP_READ | MAP_EXECUTE), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)
    const struct CMUnitTest tests[] = {
        TEST(mapping_errors_are_those_of_linux),
        TEST(other_errors_are_those_of_linux),
        TEST(moving_is_that_of_linux),
        TEST(a_shared_area_is_mapped_twice),
        TEST(places_are_the_highest_with_room),
        TEST(the_seed_moves_all_places),
        TEST(reading_shows_the_zero_frame),
        TEST(a_fork_copies_what_is_written),
        TEST(a_stack_grows_to_its_limit),
        TEST(a_stack_keeps_its_distance),
        TEST(the_heap_ends_where_it_is_told),
        TEST(protection_has_a_maximum),
        TEST(pages_all_over_a_table_are_given_back),
        TEST(what_moves_replaces_what_is_there),
        TEST(tables_are_given_back),
        TEST(areas_are_limited),
        TEST(cpus_forget_a_space_that_goes),
        TEST(every_allocation_may_fail),
        TEST(the_log_shows_what_the_tables_say),
        TEST(write_and_execute_can_be_forbidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
