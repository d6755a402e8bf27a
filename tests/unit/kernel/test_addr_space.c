/* Areas of a program's address space. */
#include "mm/addr_space.h"

#include <stdbool.h>

#include "abi/errno.h"
#include "core/log.h"
#include "fake_cpu.h"
#include "fake_memory.h"
#include "mm/frames.h"
#include "mm/kernel_map.h"
#include "test.h"

#define KERNEL_PAGE DIRECT_MAP_BASE

static struct boot_info boot;
static struct addr_space space;
static uint64_t free_before;

static int start(void **state)
{
    struct page_table table;

    (void)state;
    fake_memory_start(8 * MIB);
    if (frames_alloc_zeroed(&table.root) != 0 ||
        frames_alloc_zeroed(&boot.memory_map_physical) != 0) /* an empty map */
        return -1;
    fake_cpu.cr3 = table.root;
    if (kernel_map_setup(&boot) != 0 || page_table_map(&table, KERNEL_PAGE, 0x5000, MAP_READ) != 0)
        return -1;
    free_before = frames_get_stats().free;
    return addr_space_create(&space);
}

static int finish(void **state)
{
    (void)state;
    addr_space_destroy(&space);
    return frames_get_stats().free == free_before ? 0 : -1; /* every test gives back every frame */
}

static void areas_are_mapped_for_ring_3(void **state)
{
    struct page_mapping mapping;

    (void)state;
    assert_int_equal(addr_space_map(&space, "text", 0x40000000, 3, 0x100000, MAP_READ | MAP_EXECUTE), 0);
    assert_int_equal(addr_space_map(&space, "data", 0x40003000, 2, 0x200000, MAP_READ | MAP_WRITE), 0);
    assert_int_equal(
        addr_space_map(&space, "stack", USER_STACK_TOP - 0x4000, 4, 0x300000, MAP_READ | MAP_WRITE), 0);

    static const struct {
        vaddr_t address;
        paddr_t frame;
        uint32_t protection;
        const char *name;
    } pages[] = {
        {0x40000000, 0x100000, MAP_READ | MAP_EXECUTE | MAP_USER, "text"},
        {0x40002fff, 0x102fff, MAP_READ | MAP_EXECUTE | MAP_USER, "text"},
        {0x40003000, 0x200000, MAP_READ | MAP_WRITE | MAP_USER, "data"},
        {0x40004fff, 0x201fff, MAP_READ | MAP_WRITE | MAP_USER, "data"},
        {USER_STACK_TOP - 1, 0x303fff, MAP_READ | MAP_WRITE | MAP_USER, "stack"},
    };
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        assert_int_equal(page_table_lookup(&space.table, pages[i].address, &mapping), 0);
        assert_int_equal(mapping.address, pages[i].frame);
        assert_int_equal(mapping.protection, pages[i].protection);
        const struct area *area = addr_space_lookup(&space, pages[i].address);
        assert_non_null(area);
        assert_string_equal(area->name, pages[i].name);
        assert_int_equal(area->protection, pages[i].protection);
    }
    static const vaddr_t nothing[] = {
        0, 0x3fffffff, 0x40005000, USER_STACK_TOP - 0x4001, USER_STACK_TOP, KERNEL_PAGE, UINT64_MAX};
    for (size_t i = 0; i < COUNT_OF(nothing); i++)
        assert_null(addr_space_lookup(&space, nothing[i]));
    assert_int_equal(page_table_lookup(&space.table, KERNEL_PAGE, &mapping), 0); /* the kernel's half */
}

static void areas_that_make_no_sense_are_refused(void **state)
{
    static const struct {
        const char *what;
        vaddr_t start;
        size_t pages;
        uint32_t protection;
    } cases[] = {
        {"page 0", 0, 1, MAP_READ},
        {"not aligned", 0x50000800, 1, MAP_READ},
        {"below the last area", 0x3ffff000, 1, MAP_READ},
        {"the last area", 0x40000000, 1, MAP_READ},
        {"its last page", 0x40001000, 1, MAP_READ},
        {"the last page below 2^47", USER_END, 1, MAP_READ},
        {"beyond the end", USER_END - 0x1000, 2, MAP_READ},
        {"far beyond the end", 0x50000000, SIZE_MAX, MAP_READ},
        {"so long that it wraps", 0x50000000, SIZE_MAX / PAGE_SIZE, MAP_READ},
        {"not canonical", 0x800000000000, 1, MAP_READ},
        {"the kernel half", KERNEL_PAGE, 1, MAP_READ},
        {"write and execute", 0x50000000, 1, MAP_READ | MAP_WRITE | MAP_EXECUTE},
    };

    (void)state;
    assert_int_equal(addr_space_map(&space, "first", 0x40000000, 2, 0x100000, MAP_READ), 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        if (addr_space_map(&space, "bad", cases[i].start, cases[i].pages, 0x200000, cases[i].protection) !=
            -EINVAL)
            fail_msg("%s was not refused", cases[i].what);
        assert_int_equal(space.area_count, 1);
    }
    assert_int_equal(addr_space_map(&space, "empty", 0, 0, 0, MAP_READ), 0);
    assert_int_equal(space.area_count, 1);
    assert_int_equal(addr_space_map(&space, "highest", USER_END - PAGE_SIZE, 1, 0x200000, MAP_READ), 0);
}

static void page_1_is_the_lowest_there_is(void **state)
{
    (void)state;
    assert_int_equal(addr_space_map(&space, "page 0", 0, 1, 0x100000, MAP_READ), -EINVAL);
    assert_int_equal(addr_space_map(&space, "lowest", PAGE_SIZE, 1, 0x100000, MAP_READ), 0);
    assert_ptr_equal(addr_space_lookup(&space, PAGE_SIZE), &space.areas[0]);
}

static void only_so_many_areas_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < ADDR_SPACE_AREAS; i++)
        assert_int_equal(addr_space_map(&space, "area", (i + 1) * PAGE_SIZE, 1, 0x100000, MAP_READ), 0);
    assert_int_equal(addr_space_map(&space, "area", 0x50000000, 1, 0x100000, MAP_READ), -ENOMEM);
    assert_int_equal(space.area_count, ADDR_SPACE_AREAS);
}

static void every_allocation_may_fail(void **state)
{
    const vaddr_t across_tables = PAGE_SIZE_1G - PAGE_SIZE; /* PDPT, and two times PD and PT */

    (void)state;
    for (uint64_t count = 0; count < 5; count++) {
        fake_memory_fail_after(count);
        assert_int_equal(addr_space_map(&space, "area", across_tables, 2, 0x100000, MAP_READ), -ENOMEM);
        assert_int_equal(space.area_count, 0);
        addr_space_destroy(&space);
        assert_int_equal(frames_get_stats().free, free_before);
        fake_memory_fail_after(0);
        assert_int_equal(addr_space_create(&space), -ENOMEM);
        fake_memory_fail_after(UINT64_MAX);
        assert_int_equal(addr_space_create(&space), 0);
    }
    fake_memory_fail_after(5);
    assert_int_equal(addr_space_map(&space, "area", across_tables, 2, 0x100000, MAP_READ), 0);
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
    paddr_t frame;

    (void)state;
    log_add_sink(&sink);
    log_set_level(LOG_DEBUG);
    assert_int_equal(addr_space_map(&space, "text", 0x40000000, 4, 0x100000, MAP_READ | MAP_EXECUTE), 0);
    assert_int_equal(addr_space_map(&space, "data", 0x40004000, 1, 0x200000, MAP_READ | MAP_WRITE), 0);
    assert_int_equal(page_table_protect(&space.table, 0x40001000, MAP_READ | MAP_USER), 0);
    assert_int_equal(page_table_unmap(&space.table, 0x40002000, &frame), 0);
    addr_space_log(&space);
    assert_string_equal(
        shown,
        "[    0.000000] user page table: 0x0000000040000000-0x0000000040001000 r-xu text at 0x100000\n"
        "[    0.000000] user page table: 0x0000000040001000-0x0000000040002000 r--u text at 0x101000\n"
        "[    0.000000] user page table: 0x0000000040003000-0x0000000040004000 r-xu text at 0x103000\n"
        "[    0.000000] user page table: 0x0000000040004000-0x0000000040005000 rw-u data at 0x200000\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(areas_are_mapped_for_ring_3, start, finish),
        cmocka_unit_test_setup_teardown(areas_that_make_no_sense_are_refused, start, finish),
        cmocka_unit_test_setup_teardown(page_1_is_the_lowest_there_is, start, finish),
        cmocka_unit_test_setup_teardown(only_so_many_areas_fit, start, finish),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, start, finish),
        cmocka_unit_test_setup_teardown(the_log_shows_what_the_tables_say, start, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
