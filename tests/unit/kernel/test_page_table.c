/* Page tables in memory, read back by page_table_lookup() and, bit by bit, by hand. */
#include "arch/x86_64/page_table.h"

#include <stdlib.h>

#include "abi/errno.h"
#include "arch/x86_64/table_pool.h"
#include "fake_cpu.h"
#include "fake_memory.h"
#include "mm/frames.h"
#include "test.h"

#define KERNEL_PAGE KERNEL_HEAP_BASE
#define USER_PAGE 0x40000000ull
#define UNCHANGED 0x5555aaaa5555aaaaull

static struct page_table kernel;

static void start_memory(void)
{
    table_pool_trim();
    fake_memory_start(4 * MIB);
}

static uint64_t frames_free_now(void)
{
    table_pool_trim();
    return frames_get_stats().free;
}

/* The entry for `address` in the table of `level`; NULL if no table is there. */
static uint64_t *entry_at(const struct page_table *table, vaddr_t address, unsigned level)
{
    paddr_t at = table->root;

    for (unsigned above = 4;; above--) {
        uint64_t *entry = (uint64_t *)direct_map(at) + (address >> (12 + 9 * (above - 1)) & 511);
        if (above == level)
            return entry;
        if ((*entry & PTE_PRESENT) == 0)
            return NULL;
        at = *entry & PTE_ADDRESS_MASK;
    }
}

static int start(void **state)
{
    (void)state;
    start_memory();
    kernel = (struct page_table){0};
    fake_cpu.cr3 = 0;
    return frames_alloc_zeroed(&kernel.root);
}

static void assert_mapped(const struct page_table *table, vaddr_t address, paddr_t frame, uint64_t size,
                          uint32_t protection)
{
    struct page_mapping mapping = {UNCHANGED, UNCHANGED, 0};

    assert_int_equal(page_table_lookup(table, address, &mapping), 0);
    assert_int_equal(mapping.address, frame);
    assert_int_equal(mapping.size, size);
    assert_int_equal(mapping.protection, protection);
}

static void assert_unmapped(const struct page_table *table, vaddr_t address)
{
    struct page_mapping mapping = {UNCHANGED, UNCHANGED, 77};

    assert_int_equal(page_table_lookup(table, address, &mapping), -ENOENT);
    assert_int_equal(mapping.address, UNCHANGED);
    assert_int_equal(mapping.size, UNCHANGED);
    assert_int_equal(mapping.protection, 77);
}

/* The leaf's bits for each protection, as the manual's table 4-20 has them. */
static const struct {
    uint32_t protection;
    uint64_t bits;
} protections[] = {
    {MAP_READ, PTE_NX},
    {MAP_READ | MAP_WRITE, PTE_WRITE | PTE_DIRTY | PTE_NX},
    {MAP_READ | MAP_EXECUTE, 0},
    {MAP_READ | MAP_USER, PTE_USER | PTE_NX},
    {MAP_READ | MAP_WRITE | MAP_USER, PTE_WRITE | PTE_DIRTY | PTE_USER | PTE_NX},
    {MAP_READ | MAP_EXECUTE | MAP_USER, PTE_USER},
    {MAP_READ | MAP_WRITE | MAP_UNCACHED, PTE_WRITE | PTE_DIRTY | PTE_NX | PTE_PCD | PTE_PWT},
    {MAP_READ | MAP_WRITE | MAP_WRITE_COMBINING, PTE_WRITE | PTE_DIRTY | PTE_NX | PTE_PAT},
};

static void mappings_have_the_manuals_bits_and_read_back(void **state)
{
    const paddr_t frame = 0x000ffffffffff000ull; /* the highest there can be */

    (void)state;
    for (size_t i = 0; i < COUNT_OF(protections); i++) {
        const vaddr_t pages[] = {KERNEL_PAGE + i * PAGE_SIZE, USER_PAGE + i * PAGE_SIZE};
        for (size_t half = 0; half < COUNT_OF(pages); half++) {
            uint32_t protection = protections[i].protection;
            if (half == 1) /* the tables above the user half's page are for ring 3 from the first one on */
                protection |= MAP_USER;
            assert_int_equal(page_table_map(&kernel, pages[half], frame, protection), 0);
            assert_int_equal(*entry_at(&kernel, pages[half], 1), frame | PTE_PRESENT | PTE_ACCESSED |
                                                                     protections[i].bits |
                                                                     (half == 0 ? PTE_GLOBAL : PTE_USER));
            assert_mapped(&kernel, pages[half] + 0x123, frame + 0x123, PAGE_SIZE,
                          protection & (half == 0 ? ~MAP_USER : ~0u));
        }
    }
}

static void neighbours_stay_unmapped(void **state)
{
    static const vaddr_t pages[] = {0,
                                    PAGE_SIZE,
                                    PAGE_SIZE_2M - PAGE_SIZE,
                                    PAGE_SIZE_1G - PAGE_SIZE,
                                    0x7ffffffff000,
                                    0xffff800000000000,
                                    KERNEL_STACKS_BASE,
                                    0xfffffffffffff000};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        start_memory();
        assert_int_equal(frames_alloc_zeroed(&kernel.root), 0);
        assert_int_equal(page_table_map(&kernel, pages[i], 0x5000, MAP_READ | MAP_USER), 0);
        for (size_t j = 0; j < COUNT_OF(pages); j++) {
            if (j == i)
                assert_mapped(&kernel, pages[j] + 0xfff, 0x5fff, PAGE_SIZE, MAP_READ | MAP_USER);
            else
                assert_unmapped(&kernel, pages[j]);
        }
        if (pages[i] != 0)
            assert_unmapped(&kernel, pages[i] - 1);
        assert_unmapped(&kernel, pages[i] + PAGE_SIZE);
    }
}

static void write_and_execute_together_are_refused(void **state)
{
    const uint32_t both = MAP_READ | MAP_WRITE | MAP_EXECUTE;
    uint64_t before = frames_free_now();

    (void)state;
    assert_int_equal(page_table_map(&kernel, USER_PAGE, 0x5000, both), -EINVAL);
    assert_int_equal(page_table_map(&kernel, USER_PAGE, 0x5000, both | MAP_USER), -EINVAL);
    assert_int_equal(frames_free_now(), before);
    assert_unmapped(&kernel, USER_PAGE);

    assert_int_equal(page_table_map(&kernel, USER_PAGE, 0x5000, MAP_READ | MAP_USER), 0);
    assert_int_equal(page_table_protect(&kernel, USER_PAGE, both | MAP_USER), -EINVAL);
    assert_mapped(&kernel, USER_PAGE, 0x5000, PAGE_SIZE, MAP_READ | MAP_USER);

    assert_int_equal(page_table_map(&kernel, USER_PAGE + PAGE_SIZE, 0x6000, both | MAP_FIRMWARE), 0);
    assert_mapped(&kernel, USER_PAGE + PAGE_SIZE, 0x6000, PAGE_SIZE, both);
}

static void a_page_is_mapped_only_once(void **state)
{
    (void)state;
    assert_int_equal(page_table_map(&kernel, USER_PAGE, 0x5000, MAP_READ | MAP_USER), 0);
    assert_int_equal(page_table_map(&kernel, USER_PAGE, 0x6000, MAP_READ | MAP_WRITE | MAP_USER), -EEXIST);
    assert_mapped(&kernel, USER_PAGE, 0x5000, PAGE_SIZE, MAP_READ | MAP_USER);
}

static void unmap_gives_the_frame_and_can_be_undone(void **state)
{
    paddr_t frame = UNCHANGED;

    (void)state;
    assert_int_equal(page_table_unmap(&kernel, USER_PAGE, &frame), -ENOENT);
    assert_int_equal(page_table_map(&kernel, USER_PAGE, 0x5000, MAP_READ | MAP_WRITE | MAP_USER), 0);
    assert_int_equal(page_table_unmap(&kernel, USER_PAGE + PAGE_SIZE, &frame), -ENOENT);
    assert_int_equal(frame, UNCHANGED);
    assert_int_equal(page_table_unmap(&kernel, USER_PAGE, &frame), 0);
    assert_int_equal(frame, 0x5000);
    assert_int_equal(*entry_at(&kernel, USER_PAGE, 1), 0);
    assert_unmapped(&kernel, USER_PAGE);
    frame = UNCHANGED;
    assert_int_equal(page_table_unmap(&kernel, USER_PAGE, &frame), -ENOENT);
    assert_int_equal(frame, UNCHANGED);
    assert_int_equal(page_table_map(&kernel, USER_PAGE, 0x7000, MAP_READ | MAP_USER), 0);
    assert_mapped(&kernel, USER_PAGE, 0x7000, PAGE_SIZE, MAP_READ | MAP_USER);
}

static void protect_changes_the_protection_and_nothing_else(void **state)
{
    (void)state;
    assert_int_equal(page_table_protect(&kernel, KERNEL_PAGE, MAP_READ), -ENOENT);
    assert_int_equal(page_table_map(&kernel, KERNEL_PAGE, 0xabc000, MAP_READ), 0);
    for (size_t i = 0; i < COUNT_OF(protections); i++) {
        assert_int_equal(page_table_protect(&kernel, KERNEL_PAGE, protections[i].protection), 0);
        assert_int_equal(*entry_at(&kernel, KERNEL_PAGE, 1),
                         0xabc000 | PTE_PRESENT | PTE_ACCESSED | PTE_GLOBAL | protections[i].bits);
    }
    assert_int_equal(page_table_protect(&kernel, KERNEL_PAGE + PAGE_SIZE, MAP_READ), -ENOENT);
}

/* Large pages are made by the bootloader only. */
static void large_pages_are_looked_up_and_left_alone(void **state)
{
    static const struct {
        unsigned level;
        uint64_t size, extra;
        uint32_t caching;
    } cases[] = {
        {2, PAGE_SIZE_2M, 0, 0},
        {2, PAGE_SIZE_2M, PTE_PAT_LARGE, MAP_WRITE_COMBINING},
        {2, PAGE_SIZE_2M, PTE_PCD | PTE_PWT, MAP_UNCACHED},
        {3, PAGE_SIZE_1G, 0, 0},
        {3, PAGE_SIZE_1G, PTE_PAT_LARGE, MAP_WRITE_COMBINING},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const vaddr_t address = 0xffff800000000000 + 3 * PAGE_SIZE_1G, inside = cases[i].size - 0x1234;
        const paddr_t base = 5 * PAGE_SIZE_1G;
        paddr_t frame = UNCHANGED;

        start_memory();
        assert_int_equal(frames_alloc_zeroed(&kernel.root), 0);
        assert_int_equal(page_table_map(&kernel, address, 0x5000, MAP_READ), 0); /* makes the tables */
        *entry_at(&kernel, address, cases[i].level) =
            base | PTE_PRESENT | PTE_WRITE | PTE_LARGE | PTE_NX | cases[i].extra;
        uint64_t before = frames_free_now();

        assert_mapped(&kernel, address, base, cases[i].size, MAP_READ | MAP_WRITE | cases[i].caching);
        assert_mapped(&kernel, address + inside, base + inside, cases[i].size,
                      MAP_READ | MAP_WRITE | cases[i].caching);
        assert_unmapped(&kernel, address + cases[i].size);
        assert_unmapped(&kernel, address - 1);
        assert_int_equal(page_table_map(&kernel, address + PAGE_SIZE, 0x5000, MAP_READ), -EEXIST);
        assert_int_equal(page_table_unmap(&kernel, address + PAGE_SIZE, &frame), -EINVAL);
        assert_int_equal(frame, UNCHANGED);
        assert_int_equal(page_table_protect(&kernel, address + PAGE_SIZE, MAP_READ), -EINVAL);
        assert_int_equal(frames_free_now(), before);
    }
}

/* What one level forbids, no other can permit. */
static void protections_of_all_levels_combine(void **state)
{
    static const struct {
        uint64_t clear, set;
        uint32_t lost;
    } cases[] = {
        {PTE_WRITE, 0, MAP_WRITE},
        {PTE_USER, 0, MAP_USER},
        {0, PTE_NX, MAP_EXECUTE},
    };

    (void)state;
    for (unsigned level = 1; level <= 4; level++) {
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            const uint32_t all = MAP_READ | MAP_WRITE | MAP_EXECUTE | MAP_USER;
            start_memory();
            assert_int_equal(frames_alloc_zeroed(&kernel.root), 0);
            assert_int_equal(page_table_map(&kernel, USER_PAGE, 0x5000, all | MAP_FIRMWARE), 0);
            assert_mapped(&kernel, USER_PAGE, 0x5000, PAGE_SIZE, all);
            uint64_t *entry = entry_at(&kernel, USER_PAGE, level);
            *entry = (*entry & ~cases[i].clear) | cases[i].set;
            assert_mapped(&kernel, USER_PAGE, 0x5000, PAGE_SIZE, all & ~cases[i].lost);
        }
    }
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (uint64_t fail_at = 0; fail_at < 3; fail_at++) { /* the PDPT, the PD, the PT */
        start_memory();
        assert_int_equal(frames_alloc_zeroed(&kernel.root), 0);
        struct page_table user;
        assert_int_equal(page_table_create(&kernel, &user), 0);
        uint64_t before = frames_free_now();

        fake_memory_fail_after(fail_at);
        assert_int_equal(page_table_map(&user, USER_PAGE, 0x5000, MAP_READ | MAP_USER), -ENOMEM);
        assert_unmapped(&user, USER_PAGE);
        assert_int_equal(frames_free_now(), before - fail_at);

        fake_memory_fail_after(3 - fail_at); /* what was made before the failure is used */
        assert_int_equal(page_table_map(&user, USER_PAGE, 0x5000, MAP_READ | MAP_USER), 0);
        assert_mapped(&user, USER_PAGE, 0x5000, PAGE_SIZE, MAP_READ | MAP_USER);
        page_table_destroy(&user);
        assert_int_equal(frames_free_now(), before + 1);
    }
    struct page_table user = {.root = UNCHANGED};
    fake_memory_fail_after(0);
    assert_int_equal(page_table_create(&kernel, &user), -ENOMEM);
    assert_int_equal(user.root, UNCHANGED);
    assert_int_equal(page_table_reserve(&kernel, KERNEL_PAGE), -ENOMEM);
    fake_memory_fail_after(1);
    assert_int_equal(page_table_reserve(&kernel, KERNEL_PAGE), 0);
    assert_int_equal(page_table_reserve(&kernel, KERNEL_PAGE + PAGE_SIZE_1G), 0); /* the same entry */
}

static void a_new_table_shares_the_kernel_half(void **state)
{
    struct page_table user;

    (void)state;
    assert_int_equal(page_table_map(&kernel, DIRECT_MAP_BASE, 0x4000, MAP_READ), 0);
    assert_int_equal(page_table_map(&kernel, KERNEL_PAGE, 0x5000, MAP_READ | MAP_WRITE), 0);
    assert_int_equal(page_table_map(&kernel, 0xfffffffffffff000, 0x6000, MAP_READ | MAP_EXECUTE), 0);
    assert_int_equal(page_table_map(&kernel, USER_PAGE, 0x7000, MAP_READ), 0);
    assert_int_equal(page_table_create(&kernel, &user), 0);
    assert_mapped(&user, DIRECT_MAP_BASE, 0x4000, PAGE_SIZE, MAP_READ);
    assert_mapped(&user, KERNEL_PAGE, 0x5000, PAGE_SIZE, MAP_READ | MAP_WRITE);
    assert_mapped(&user, 0xfffffffffffff000, 0x6000, PAGE_SIZE, MAP_READ | MAP_EXECUTE);
    assert_unmapped(&user, USER_PAGE);

    /* Below a reserved entry, later mappings are seen by both. */
    assert_int_equal(page_table_map(&kernel, KERNEL_PAGE + 5 * PAGE_SIZE_1G, 0x8000, MAP_READ), 0);
    assert_mapped(&user, KERNEL_PAGE + 5 * PAGE_SIZE_1G, 0x8000, PAGE_SIZE, MAP_READ);

    page_table_destroy(&user);
    assert_int_equal(user.root, 0);
    assert_mapped(&kernel, KERNEL_PAGE, 0x5000, PAGE_SIZE, MAP_READ | MAP_WRITE);
}

static void destroy_gives_all_tables_back_and_no_page(void **state)
{
    uint64_t before = frames_free_now();
    struct page_table user;
    paddr_t page;

    (void)state;
    assert_int_equal(page_table_create(&kernel, &user), 0);
    assert_int_equal(frames_alloc_zeroed(&page), 0);
    for (int i = 0; i < 100; i++) {
        vaddr_t address = random_below(USER_END / PAGE_SIZE) * PAGE_SIZE;
        assert_int_equal(page_table_map(&user, address, page, MAP_READ | MAP_USER), 0);
    }
    assert_int_equal(page_table_map(&user, 0, page, MAP_READ | MAP_USER), 0);
    *entry_at(&user, 0x200000, 2) = PAGE_SIZE_2M | PTE_PRESENT | PTE_LARGE | PTE_USER;
    page_table_destroy(&user);
    assert_int_equal(frames_free_now(), before - 1);
    frames_free(page, 0); /* panics if the table took it along */
}

static void assert_empty(paddr_t table, unsigned entries)
{
    for (unsigned i = 0; i < entries; i++)
        assert_int_equal(((uint64_t *)direct_map(table))[i], 0);
}

static void the_pool_keeps_a_few_tables_and_roots(void **state)
{
    uint64_t before = frames_free_now();
    paddr_t tables[100], root;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        assert_int_equal(table_pool_alloc(&tables[i]), 0);
        assert_empty(tables[i], PAGE_TABLE_ENTRIES);
    }
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        table_pool_free(tables[i]);
    uint64_t kept = before - frames_get_stats().free;
    assert_in_range(kept, 1, COUNT_OF(tables) / 2);
    assert_int_equal(table_pool_alloc(&tables[0]), 0);
    assert_empty(tables[0], PAGE_TABLE_ENTRIES);
    assert_int_equal(before - frames_get_stats().free, kept);
    table_pool_free(tables[0]);

    assert_false(table_pool_take_root(&root));
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        assert_int_equal(table_pool_alloc(&tables[i]), 0);
        ((uint64_t *)direct_map(tables[i]))[PML4_KERNEL_HALF] = 0x1003;
    }
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        table_pool_free_root(tables[i]);
    assert_true(table_pool_take_root(&root));
    assert_empty(root, PML4_KERNEL_HALF);
    assert_int_equal(((uint64_t *)direct_map(root))[PML4_KERNEL_HALF], 0x1003);
    table_pool_free_root(root);
    assert_int_equal(frames_free_now(), before);
    assert_false(table_pool_take_root(&root));
}

static void a_root_comes_back_as_new(void **state)
{
    struct page_table user;

    (void)state;
    assert_int_equal(page_table_map(&kernel, KERNEL_PAGE, 0x5000, MAP_READ | MAP_WRITE), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(page_table_create(&kernel, &user), 0);
        assert_mapped(&user, KERNEL_PAGE, 0x5000, PAGE_SIZE, MAP_READ | MAP_WRITE);
        assert_empty(user.root, PML4_KERNEL_HALF);
        for (vaddr_t address = 0; address < USER_END; address += PAGE_SIZE_1G * 4096)
            assert_int_equal(page_table_map(&user, address, 0x4000, MAP_READ | MAP_USER), 0);
        page_table_destroy(&user);
    }
}

static void the_current_table_is_the_one_loaded(void **state)
{
    (void)state;
    fake_cpu.cr3 = 0x8000000000123fffull; /* no-flush bit and PCID */
    assert_int_equal(page_table_current().root, 0x123000);
    page_table_load(&kernel);
    assert_int_equal(fake_cpu.cr3, kernel.root);
}

static void clearing_the_user_half_keeps_the_kernel_half(void **state)
{
    (void)state;
    assert_int_equal(page_table_map(&kernel, USER_PAGE, 0x5000, MAP_READ), 0);
    assert_int_equal(page_table_map(&kernel, 0x7ffffffff000, 0x5000, MAP_READ), 0);
    assert_int_equal(page_table_map(&kernel, 0xffff800000000000, 0x6000, MAP_READ), 0);
    page_table_clear_user_half(&kernel);
    assert_unmapped(&kernel, USER_PAGE);
    assert_unmapped(&kernel, 0x7ffffffff000);
    assert_mapped(&kernel, 0xffff800000000000, 0x6000, PAGE_SIZE, MAP_READ);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(mappings_have_the_manuals_bits_and_read_back, start),
        cmocka_unit_test_setup(neighbours_stay_unmapped, start),
        cmocka_unit_test_setup(write_and_execute_together_are_refused, start),
        cmocka_unit_test_setup(a_page_is_mapped_only_once, start),
        cmocka_unit_test_setup(unmap_gives_the_frame_and_can_be_undone, start),
        cmocka_unit_test_setup(protect_changes_the_protection_and_nothing_else, start),
        cmocka_unit_test_setup(large_pages_are_looked_up_and_left_alone, start),
        cmocka_unit_test_setup(protections_of_all_levels_combine, start),
        cmocka_unit_test_setup(every_allocation_may_fail, start),
        cmocka_unit_test_setup(a_new_table_shares_the_kernel_half, start),
        cmocka_unit_test_setup(destroy_gives_all_tables_back_and_no_page, start),
        cmocka_unit_test_setup(the_pool_keeps_a_few_tables_and_roots, start),
        cmocka_unit_test_setup(a_root_comes_back_as_new, start),
        cmocka_unit_test_setup(the_current_table_is_the_one_loaded, start),
        cmocka_unit_test_setup(clearing_the_user_half_keeps_the_kernel_half, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
