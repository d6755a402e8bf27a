/* Address spaces: limits, flags of areas, pages asked for and asked about, objects that lose pages. */
#include "abi/errno.h"
#include "boot_info.h"
#include "fake_space.h"
#include "mm/addr_space.h"
#include "mm/frames.h"
#include "mm/memory_object.h"
#include "test.h"

#define RW (MAP_READ | MAP_WRITE)
#define BASE 0x40000000ull
#define PAGE(number) (BASE + (number)*PAGE_SIZE)

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
    return fake_space_frames_used() == 0 ? 0 : -1;
}

static int map_object(unsigned first, unsigned count, uint32_t protection, uint32_t flags,
                      struct memory_object *object)
{
    const struct addr_space_request request = {.address = PAGE(first),
                                               .size = count * PAGE_SIZE,
                                               .protection = protection,
                                               .flags = ADDR_SPACE_FIXED | flags,
                                               .object = object};
    vaddr_t at;

    return addr_space_map(space, &request, &at);
}

static int map(unsigned first, unsigned count, uint32_t protection, uint32_t flags)
{
    return map_object(first, count, protection, flags, NULL);
}

static void write_page(struct addr_space *to, vaddr_t page, uint64_t value)
{
    assert_int_equal(fake_space_access(to, page, MAP_WRITE, &value), 0);
}

static uint64_t read_page(struct addr_space *from, vaddr_t page)
{
    uint64_t value = ~0ull;

    assert_int_equal(fake_space_access(from, page, MAP_READ, &value), 0);
    return value;
}

static void limits_hold_for_what_is_added(void **state)
{
    vaddr_t moved;

    (void)state;
    assert_int_equal(map(0, 4, RW, 0), 0);
    addr_space_set_limits(space, 8 * PAGE_SIZE, UINT64_MAX);
    assert_int_equal(map(10, 5, RW, 0), -ENOMEM);
    assert_int_equal(map(10, 4, 0, 0), 0);
    assert_int_equal(map(20, 1, MAP_READ, AREA_SHARED), -ENOMEM);
    assert_int_equal(map(2, 4, RW, 0), -ENOMEM); /* 2 of them are new */
    assert_int_equal(map(0, 4, RW, 0), 0);
    assert_int_equal(addr_space_move(space, PAGE(10), PAGE_SIZE, PAGE_SIZE,
                                     ADDR_SPACE_MAY_MOVE | ADDR_SPACE_KEEP, 0, &moved),
                     -ENOMEM);
    assert_int_equal(
        addr_space_move(space, PAGE(10), 4 * PAGE_SIZE, 5 * PAGE_SIZE, ADDR_SPACE_MAY_MOVE, 0, &moved),
        -ENOMEM);
    assert_int_equal(addr_space_unmap(space, PAGE(13), PAGE_SIZE), 0);
    assert_int_equal(addr_space_move(space, PAGE(10), 3 * PAGE_SIZE, 4 * PAGE_SIZE, 0, 0, &moved), 0);

    addr_space_set_limits(space, UINT64_MAX, 6 * PAGE_SIZE);
    assert_int_equal(map(30, 3, RW, 0), -ENOMEM); /* 4 are data */
    assert_int_equal(map(30, 3, MAP_READ, 0), 0);
    assert_int_equal(map(40, 3, RW, AREA_SHARED), 0);
    assert_int_equal(map(50, 3, RW, AREA_GROWS_DOWN), 0);
    assert_int_equal(addr_space_protect(space, PAGE(30), 3 * PAGE_SIZE, RW), -ENOMEM);
    assert_int_equal(addr_space_protect(space, PAGE(30), 2 * PAGE_SIZE, RW), 0);
}

static void a_fork_heeds_advice(void **state)
{
    struct addr_space *copy;

    (void)state;
    assert_int_equal(map(0, 4, RW, 0), 0);
    for (unsigned i = 0; i < 4; i++)
        write_page(space, PAGE(i), i + 1);
    assert_int_equal(addr_space_set_flags(space, PAGE(1), PAGE_SIZE, AREA_NO_FORK, 0), 0);
    assert_int_equal(addr_space_set_flags(space, PAGE(2), PAGE_SIZE, AREA_WIPE, 0), 0);
    assert_int_equal(addr_space_set_flags(space, PAGE(3), PAGE_SIZE, AREA_LOCKED, 0), 0);
    assert_int_equal(space->areas.count, 4);
    assert_int_equal(addr_space_fork(space, &copy), 0);
    assert_int_equal(read_page(copy, PAGE(0)), 1);
    assert_int_equal(addr_space_fault(copy, PAGE(1), MAP_READ), -EFAULT);
    assert_int_equal(read_page(copy, PAGE(2)), 0);
    assert_int_equal(read_page(copy, PAGE(3)), 4);
    assert_int_equal(addr_space_locked_pages(copy, 0, 0), 0);
    assert_int_equal(addr_space_locked_pages(space, 0, 0), 1);
    fake_space_forget(copy);
    addr_space_unref(copy);

    assert_int_equal(
        addr_space_set_flags(space, PAGE(0), 4 * PAGE_SIZE, 0, AREA_NO_FORK | AREA_WIPE | AREA_LOCKED), 0);
    assert_int_equal(space->areas.count, 1);
    assert_int_equal(map(4, 1, RW, AREA_SHARED), 0);
    assert_int_equal(addr_space_set_flags(space, PAGE(4), PAGE_SIZE, AREA_WIPE, 0), -EINVAL);
    assert_int_equal(addr_space_set_flags(space, PAGE(4), 2 * PAGE_SIZE, AREA_NO_FORK, 0), -ENOMEM);
    assert_int_equal(addr_space_set_flags(space, PAGE(4) + 1, PAGE_SIZE, AREA_NO_FORK, 0), -EINVAL);
}

static void locked_pages_are_counted(void **state)
{
    (void)state;
    assert_int_equal(map(0, 8, RW, 0), 0);
    assert_int_equal(addr_space_set_flags(space, PAGE(2), 4 * PAGE_SIZE, AREA_LOCKED, 0), 0);
    assert_int_equal(addr_space_locked_pages(space, 0, 0), 4);
    assert_int_equal(addr_space_locked_pages(space, PAGE(4), 8 * PAGE_SIZE), 2);
    assert_int_equal(addr_space_discard(space, PAGE(0), 3 * PAGE_SIZE, ADDR_SPACE_DROP), -EINVAL);
    assert_int_equal(addr_space_discard(space, PAGE(0), 3 * PAGE_SIZE, ADDR_SPACE_DROP_LOCKED), 0);
    addr_space_set_all_flags(space, AREA_LOCKED, 0, true);
    assert_int_equal(addr_space_locked_pages(space, 0, 0), 8);
    assert_int_equal(map(10, 1, RW, 0), 0);
    assert_int_equal(addr_space_locked_pages(space, 0, 0), 9);
    addr_space_set_all_flags(space, 0, AREA_LOCKED, false);
    assert_int_equal(addr_space_locked_pages(space, 0, 0), 0);
    assert_int_equal(addr_space_size(space), 9 * PAGE_SIZE);
}

static void pages_are_made_present(void **state)
{
    uint8_t present[4];

    (void)state;
    assert_int_equal(map(0, 3, RW, 0), 0);
    assert_int_equal(map(3, 1, RW, AREA_SHARED), 0);
    write_page(space, PAGE(1), 7);
    assert_int_equal(addr_space_get_resident(space, PAGE(0), 4, present), 0);
    assert_memory_equal(present, "\0\1\0\0", 4);
    assert_int_equal(addr_space_touch(space, PAGE(1), 3 * PAGE_SIZE, 0), 0);
    assert_int_equal(addr_space_get_resident(space, PAGE(0), 4, present), 0);
    assert_memory_equal(present, "\0\1\1\1", 4);
    assert_int_equal(space->resident_pages, 3);
    assert_int_equal(addr_space_discard(space, PAGE(3), PAGE_SIZE, ADDR_SPACE_DROP), 0);
    assert_int_equal(addr_space_get_resident(space, PAGE(3), 1, present), 0); /* the object has it still */
    assert_int_equal(present[0], 1);
    assert_int_equal(addr_space_touch(space, PAGE(3), 2 * PAGE_SIZE, MAP_READ), -ENOMEM);
    assert_int_equal(addr_space_get_resident(space, PAGE(3), 2, present), -ENOMEM);
    assert_int_equal(addr_space_check_mapped(space, PAGE(0), 4 * PAGE_SIZE), 0);
    assert_int_equal(addr_space_check_mapped(space, PAGE(0), 5 * PAGE_SIZE), -ENOMEM);
    assert_int_equal(addr_space_check_mapped(space, PAGE(0) + 1, 1), -EINVAL);
}

static void an_object_loses_pages_in_all_spaces(void **state)
{
    struct memory_object *object;
    struct addr_space *copy;

    (void)state;
    assert_int_equal(memory_object_create_anonymous(8, &object), 0);
    assert_int_equal(map_object(0, 4, RW, AREA_SHARED, object), 0);
    assert_int_equal(map_object(10, 4, RW, 0, object), 0);
    for (unsigned i = 0; i < 4; i++) {
        write_page(space, PAGE(i), i + 1);
        write_page(space, PAGE(10 + i), i + 11);
    }
    assert_int_equal(addr_space_fork(space, &copy), 0);
    write_page(copy, PAGE(13), 99);
    uint64_t before = copy->resident_pages;
    addr_space_cut_object(object, 2);
    assert_int_equal(copy->resident_pages,
                     before - 2); /* the private ones; the shared were not yet touched */
    assert_int_equal(space->resident_pages, 4);
    assert_int_equal(read_page(space, PAGE(1)), 2);
    assert_int_equal(read_page(copy, PAGE(11)), 12);
    assert_int_equal(read_page(copy, PAGE(13)), 4); /* this object has it still: a file would not */
    fake_space_check_tlb();
    fake_space_forget(copy);
    addr_space_unref(copy);
    memory_object_unref(object);
}

static void what_moves_may_leave_its_place_behind(void **state)
{
    const uint32_t flags = ADDR_SPACE_MAY_MOVE | ADDR_SPACE_KEEP;
    vaddr_t moved;

    (void)state;
    assert_int_equal(map(0, 2, RW, 0), 0);
    write_page(space, PAGE(0), 5);
    assert_int_equal(addr_space_move(space, PAGE(0), PAGE_SIZE, 2 * PAGE_SIZE, flags, 0, &moved), -EINVAL);
    assert_int_equal(addr_space_move(space, PAGE(0), PAGE_SIZE, PAGE_SIZE, ADDR_SPACE_KEEP, 0, &moved),
                     -EINVAL);
    assert_int_equal(addr_space_move(space, PAGE(0), PAGE_SIZE, PAGE_SIZE, flags, 0, &moved), 0);
    assert_int_equal(read_page(space, moved), 5);
    assert_int_equal(read_page(space, PAGE(0)), 0);
    assert_int_equal(space->resident_pages, 1);
    fake_space_check_tlb();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)
    const struct CMUnitTest tests[] = {
        TEST(limits_hold_for_what_is_added),
        TEST(a_fork_heeds_advice),
        TEST(locked_pages_are_counted),
        TEST(pages_are_made_present),
        TEST(an_object_loses_pages_in_all_spaces),
        TEST(what_moves_may_leave_its_place_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
