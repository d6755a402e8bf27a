/* The first page tables: built, then walked as the CPU would. */
#include <stdlib.h>
#include <string.h>

#include "test.h"

#include "abi/errno.h"
#include "bootloader/kernel_map.h"
#include "memory_type.h"
#include "x86_64/paging.h"

#define TABLES_MAX 4096

static void *tables[TABLES_MAX];
static size_t table_count, table_limit;

static uint64_t allocate_table(void *context)
{
    assert_ptr_equal(context, tables);
    if (table_count == table_limit)
        return 0;
    tables[table_count] = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
    memset(tables[table_count], 0, PAGE_SIZE);
    return (uint64_t)tables[table_count++];
}

static int release_tables(void **state)
{
    (void)state;
    while (table_count > 0)
        free(tables[--table_count]);
    table_limit = TABLES_MAX;
    return 0;
}

struct walk {
    uint64_t physical, page_size, entry;
};

/* Translate as Intel SDM volume 3, section 4.5.4; false if nothing is mapped. */
static bool walk(const struct page_table *table, uint64_t address, struct walk *ret_walk)
{
    uint64_t *entries = (uint64_t *)table->root;

    for (int shift = PML4_SHIFT; shift >= PT_SHIFT; shift -= 9) {
        uint64_t entry = entries[address >> shift & 511];
        if (!(entry & PTE_PRESENT))
            return false;
        if (shift == PT_SHIFT || (entry & PTE_LARGE)) {
            uint64_t offset_mask = (1ull << shift) - 1;
            assert_true(shift == PT_SHIFT || shift == PD_SHIFT || shift == PDPT_SHIFT);
            assert_int_equal(entry & PTE_ADDRESS_MASK & offset_mask, 0); /* no reserved bit, no PAT bit */
            *ret_walk =
                (struct walk){(entry & PTE_ADDRESS_MASK) + (address & offset_mask), offset_mask + 1, entry};
            return true;
        }
        assert_int_equal(entry & ~PTE_ADDRESS_MASK, PTE_PRESENT | PTE_WRITE | PTE_ACCESSED);
        entries = (uint64_t *)(entry & PTE_ADDRESS_MASK);
    }
    return false;
}

static void expect_mapped(const struct page_table *table, uint64_t address, uint64_t physical, uint64_t flags)
{
    struct walk found;

    if (!walk(table, address, &found))
        fail_msg("0x%lx is not mapped", address);
    assert_int_equal(found.physical, physical);
    assert_int_equal(found.entry & ~PTE_ADDRESS_MASK & ~(found.page_size > PAGE_SIZE ? PTE_LARGE : 0), flags);
}

static void expect_unmapped(const struct page_table *table, uint64_t address)
{
    struct walk found;

    if (walk(table, address, &found))
        fail_msg("0x%lx is mapped to 0x%lx", address, found.physical);
}

#define RX (PTE_PRESENT | PTE_ACCESSED | PTE_GLOBAL)
#define RO (RX | PTE_NX)
#define RW (RO | PTE_WRITE | PTE_DIRTY)

static void test_page_sizes(void **state)
{
    static const struct {
        uint64_t virtual_base, physical_base, size, largest_page;
        uint64_t probe, page_size; /* the page at virtual_base + probe */
    } cases[] = {
        {0xffff800000000000, 0, PAGE_SIZE_1G, PAGE_SIZE_1G, 0, PAGE_SIZE_1G},
        {0xffff800000000000, 0, PAGE_SIZE_1G, PAGE_SIZE_2M, 0, PAGE_SIZE_2M},
        {0xffff800000000000, 0, PAGE_SIZE_1G, PAGE_SIZE_1G, PAGE_SIZE_1G - 1, PAGE_SIZE_1G},
        {0xffff800000000000, 0, PAGE_SIZE_1G - PAGE_SIZE, PAGE_SIZE_1G, 0, PAGE_SIZE_2M},
        {0xffff800000000000, 0, PAGE_SIZE_1G - PAGE_SIZE, PAGE_SIZE_1G, PAGE_SIZE_1G - PAGE_SIZE_2M,
         PAGE_SIZE},
        {0xffff800000001000, 0x1000, PAGE_SIZE_2M, PAGE_SIZE_1G, 0, PAGE_SIZE},
        {0xffff800000001000, 0x1000, 2 * PAGE_SIZE_2M, PAGE_SIZE_1G, PAGE_SIZE_2M, PAGE_SIZE_2M},
        {0xffff800000000000, 0x1000, PAGE_SIZE_2M, PAGE_SIZE_1G, 0, PAGE_SIZE},
        {0xffff800000000000, PAGE_SIZE_2M, PAGE_SIZE_1G, PAGE_SIZE_1G, 0, PAGE_SIZE_2M},
        {0xffffffff80000000, 0, PAGE_SIZE_2M, PAGE_SIZE, 0, PAGE_SIZE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct page_table table;
        struct walk found;
        assert_int_equal(page_table_init(&table, allocate_table, tables), 0);
        assert_int_equal(page_table_map(&table, cases[i].virtual_base, cases[i].physical_base,
                                        cases[i].size / PAGE_SIZE, RW, cases[i].largest_page),
                         0);
        assert_true(walk(&table, cases[i].virtual_base + cases[i].probe, &found));
        assert_int_equal(found.page_size, cases[i].page_size);
        assert_int_equal(found.physical, cases[i].physical_base + cases[i].probe);
        expect_unmapped(&table, cases[i].virtual_base - 1);
        expect_unmapped(&table, cases[i].virtual_base + cases[i].size);
        release_tables(NULL);
    }
}

static void test_conflicts(void **state)
{
    struct page_table table;

    (void)state;
    assert_int_equal(page_table_init(&table, allocate_table, tables), 0);
    assert_int_equal(page_table_map(&table, PAGE_SIZE_2M, PAGE_SIZE_2M, 512, RW, PAGE_SIZE_1G), 0);
    assert_int_equal(page_table_map(&table, PAGE_SIZE_2M, 0, 1, RW, PAGE_SIZE),
                     -EEXIST); /* under a large page */
    assert_int_equal(page_table_map(&table, 0, 0, 1, RW, PAGE_SIZE), 0);
    assert_int_equal(page_table_map(&table, 0, 0, 1, RW, PAGE_SIZE), -EEXIST);      /* the same page */
    assert_int_equal(page_table_map(&table, 0, 0, 512, RW, PAGE_SIZE_2M), -EEXIST); /* over a table */
}

static void test_out_of_memory(void **state)
{
    struct page_table table;

    (void)state;
    table_limit = 0;
    assert_int_equal(page_table_init(&table, allocate_table, tables), -ENOMEM);
    for (table_limit = 1; table_limit < 4; table_limit++) {
        while (table_count > 0)
            free(tables[--table_count]);
        assert_int_equal(page_table_init(&table, allocate_table, tables), 0);
        assert_int_equal(page_table_map(&table, 0, 0, 1, RW, PAGE_SIZE), -ENOMEM);
    }
}

/* A machine with a hole, a kernel in the middle of its memory, and memory above 4 GiB. */
static const struct boot_memory_region regions[] = {
    {0x0, 0xa0, MEMORY_FREE, 0},
    {0x100000, 0x700, MEMORY_FREE, 0},
    {0x800000, 0x8, MEMORY_ACPI_NVS, 0},
    {0x808000, 0xf7f8, MEMORY_BOOTLOADER_RECLAIMABLE, 0},
    {0x10000000, 0x30, MEMORY_KERNEL_CODE, 0},
    {0x10030000, 0x10, MEMORY_KERNEL_DATA, 0},
    {0x10040000, 0x2ffc0, MEMORY_FREE, 0},
    {0xb0000000, 0x10000, MEMORY_RESERVED, 0},
    {0xffc00000, 0x400, MEMORY_MMIO, 0},
    {0x100000000, 0x80000, MEMORY_FREE, 0},
    {0x180000000, 0x1, MEMORY_RUNTIME_SERVICES, 0},
};

static const struct boot_image kernel = {
    .virtual_base = 0xffffffff8abcd000,
    .entry = 0xffffffff8abcd000,
    .code_physical = 0x10000000,
    .text_pages = 0x20,
    .rodata_pages = 0x10,
    .data_physical = 0x10030000,
    .data_pages = 0x10,
};

static struct boot_framebuffer framebuffer = {
    .physical_base = 0xc0000010, .size_bytes = 1280 * 800 * 4, .width = 1280, .height = 800};

static struct kernel_map_input input = {
    .regions = regions,
    .region_count = COUNT_OF(regions),
    .kernel = &kernel,
    .stack_physical = 0x200000,
    .framebuffer = &framebuffer,
    .handoff_address = 0x123456f80,
};

/* Every page that the list names is mapped as it says, and the tables map nothing else. */
static void check_against_list(const struct page_table *table, const struct boot_mapping *mappings,
                               size_t count)
{
    uint64_t listed = 0, mapped = 0;

    for (size_t i = 0; i < count; i++) {
        const struct boot_mapping *mapping = &mappings[i];
        uint64_t flags = mapping->protection & BOOT_PROT_EXECUTE ? RX
                         : mapping->protection & BOOT_PROT_WRITE ? RW
                                                                 : RO;
        if (mapping->type == MEMORY_MMIO)
            flags |= PTE_PAT; /* the PAT's entry 4, in 4 KiB pages */
        assert_true(mapping->protection & BOOT_PROT_READ);
        assert_false((mapping->protection & BOOT_PROT_WRITE) && (mapping->protection & BOOT_PROT_EXECUTE));
        assert_true(i == 0 || mapping->virtual_base >=
                                  mappings[i - 1].virtual_base + mappings[i - 1].size_pages * PAGE_SIZE);
        for (uint64_t page = 0; page < mapping->size_pages; page++)
            expect_mapped(table, mapping->virtual_base + page * PAGE_SIZE,
                          mapping->physical_base + page * PAGE_SIZE, flags);
        listed += mapping->size_pages;
    }
    /* Count what the CPU could reach in the kernel half. */
    uint64_t *pml4 = (uint64_t *)table->root;
    for (int a = 256; a < 512; a++) {
        uint64_t *pdpt = (uint64_t *)(pml4[a] & PTE_ADDRESS_MASK);
        for (int b = 0; pdpt != NULL && b < 512; b++) {
            uint64_t *pd = (uint64_t *)(pdpt[b] & PTE_ADDRESS_MASK);
            if (pdpt[b] & PTE_LARGE) {
                mapped += 512 * 512;
                continue;
            }
            for (int c = 0; pd != NULL && c < 512; c++) {
                uint64_t *pt = (uint64_t *)(pd[c] & PTE_ADDRESS_MASK);
                if ((pd[c] & PTE_PRESENT) && (pd[c] & PTE_LARGE)) {
                    mapped += 512;
                    continue;
                }
                for (int d = 0; (pd[c] & PTE_PRESENT) && d < 512; d++)
                    mapped += pt[d] & PTE_PRESENT;
            }
        }
    }
    assert_int_equal(listed, mapped);
}

static void test_kernel_map(void **state)
{
    struct boot_mapping mappings[KERNEL_MAP_MAPPINGS_MAX(COUNT_OF(regions))];
    struct page_table table;
    struct walk found;
    size_t count = 0;

    (void)state;
    for (int has_1g_pages = 0; has_1g_pages < 2; has_1g_pages++) {
        input.has_1g_pages = has_1g_pages;
        assert_int_equal(page_table_init(&table, allocate_table, tables), 0);
        assert_int_equal(kernel_map_build(&input, &table, mappings, &count), 0);
        assert_int_equal(count, 10);
        check_against_list(&table, mappings, count);

        /* image */
        expect_mapped(&table, kernel.virtual_base, 0x10000000, RX);
        expect_mapped(&table, kernel.virtual_base + 0x1ffff, 0x1001ffff, RX);
        expect_mapped(&table, kernel.virtual_base + 0x20000, 0x10020000, RO);
        expect_mapped(&table, kernel.virtual_base + 0x30000, 0x10030000, RW);
        expect_unmapped(&table, kernel.virtual_base + 0x40000);
        expect_unmapped(&table, kernel.virtual_base - 1);

        /* stack and its guard */
        expect_unmapped(&table, KERNEL_STACKS_BASE);
        expect_unmapped(&table, KERNEL_STACKS_BASE + 0xfff);
        expect_mapped(&table, BOOT_STACK_TOP - 8, 0x200000 + BOOT_STACK_PAGES * PAGE_SIZE - 8, RW);
        expect_unmapped(&table, BOOT_STACK_TOP);

        /* framebuffer: all pages that it touches, seen at the address that the kernel is told */
        expect_mapped(&table, KERNEL_MAP_FRAMEBUFFER(framebuffer.physical_base), 0xc0000010, RW | PTE_PAT);
        expect_mapped(&table, DEVICE_WINDOWS_BASE + 0x3e8000, 0xc03e8000, RW | PTE_PAT);
        expect_unmapped(&table, DEVICE_WINDOWS_BASE + 0x3e9000);

        /* direct map: RAM, kernel code read-only, neither holes nor devices */
        expect_mapped(&table, DIRECT_MAP_BASE, 0, RW);
        expect_unmapped(&table, DIRECT_MAP_BASE + 0xa0000);
        expect_mapped(&table, DIRECT_MAP_BASE + 0x0ffff000, 0x0ffff000, RW);
        expect_mapped(&table, DIRECT_MAP_BASE + 0x10000000, 0x10000000, RO);
        expect_mapped(&table, DIRECT_MAP_BASE + 0x1002f000, 0x1002f000, RO);
        expect_mapped(&table, DIRECT_MAP_BASE + 0x10030000, 0x10030000, RW);
        expect_unmapped(&table, DIRECT_MAP_BASE + 0x40000000);
        expect_unmapped(&table, DIRECT_MAP_BASE + 0xb0000000);
        expect_unmapped(&table, DIRECT_MAP_BASE + 0xffc00000);
        expect_mapped(&table, DIRECT_MAP_BASE + 0x180000000, 0x180000000, RW);
        expect_unmapped(&table, DIRECT_MAP_BASE + 0x180001000);
        assert_true(walk(&table, DIRECT_MAP_BASE + 0x140000000, &found));
        assert_int_equal(found.page_size, has_1g_pages ? PAGE_SIZE_1G : PAGE_SIZE_2M);

        /* the lower half holds the handoff's page alone */
        expect_mapped(&table, 0x123456f80, 0x123456f80, PTE_PRESENT | PTE_ACCESSED);
        expect_unmapped(&table, 0x123455fff);
        expect_unmapped(&table, 0x123457000);
        release_tables(NULL);
    }
}

static void test_no_framebuffer_no_window(void **state)
{
    struct boot_mapping mappings[KERNEL_MAP_MAPPINGS_MAX(COUNT_OF(regions))];
    struct boot_framebuffer none = {.width = 0};
    struct kernel_map_input without = input;
    struct page_table table;
    size_t count = 0;

    (void)state;
    without.framebuffer = &none;
    assert_int_equal(page_table_init(&table, allocate_table, tables), 0);
    assert_int_equal(kernel_map_build(&without, &table, mappings, &count), 0);
    assert_int_equal(count, 9);
    check_against_list(&table, mappings, count);
    expect_unmapped(&table, DEVICE_WINDOWS_BASE);
}

static void test_ram_that_turns_up_late_is_hidden(void **state)
{
    struct boot_mapping mappings[KERNEL_MAP_MAPPINGS_MAX(COUNT_OF(regions))];
    struct boot_memory_region late[] = {
        {0x0, 0xa0, MEMORY_FREE, 0},                         /* as it was */
        {0x100000, 0x700, MEMORY_BOOTLOADER_RECLAIMABLE, 0}, /* another type: still mapped */
        {0xff00000, 0x200, MEMORY_FREE, 0},                  /* across the kernel's code: two mappings */
        {0x3fff0000, 0x20, MEMORY_FREE, 0},                  /* the end was a hole */
        {0xb0000000, 0x10, MEMORY_FREE, 0},                  /* was Reserved */
        {0xffc00000, 0x400, MEMORY_MMIO, 0},
        {0x17ffff000, 0x2, MEMORY_ACPI_NVS, 0},
    };
    const uint32_t expected[] = {MEMORY_FREE,     MEMORY_BOOTLOADER_RECLAIMABLE,
                                 MEMORY_FREE,     MEMORY_RESERVED,
                                 MEMORY_RESERVED, MEMORY_MMIO,
                                 MEMORY_ACPI_NVS};
    struct page_table table;
    size_t count = 0;

    (void)state;
    assert_int_equal(page_table_init(&table, allocate_table, tables), 0);
    assert_int_equal(kernel_map_build(&input, &table, mappings, &count), 0);
    kernel_map_hide_unmapped(late, COUNT_OF(late), mappings, count);
    for (size_t i = 0; i < COUNT_OF(late); i++)
        assert_int_equal(late[i].type, expected[i]);
}

static void test_kernel_map_out_of_memory(void **state)
{
    struct boot_mapping mappings[KERNEL_MAP_MAPPINGS_MAX(COUNT_OF(regions))];
    struct page_table table;
    size_t count = 0, needed;

    (void)state;
    assert_int_equal(page_table_init(&table, allocate_table, tables), 0);
    assert_int_equal(kernel_map_build(&input, &table, mappings, &count), 0);
    needed = table_count;
    for (size_t limit = 1; limit < needed; limit++) {
        release_tables(NULL);
        table_limit = limit;
        assert_int_equal(page_table_init(&table, allocate_table, tables), 0);
        assert_int_equal(kernel_map_build(&input, &table, mappings, &count), -ENOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_page_sizes, release_tables, release_tables),
        cmocka_unit_test_setup_teardown(test_conflicts, release_tables, release_tables),
        cmocka_unit_test_setup_teardown(test_out_of_memory, release_tables, release_tables),
        cmocka_unit_test_setup_teardown(test_kernel_map, release_tables, release_tables),
        cmocka_unit_test_setup_teardown(test_no_framebuffer_no_window, release_tables, release_tables),
        cmocka_unit_test_setup_teardown(test_ram_that_turns_up_late_is_hidden, release_tables,
                                        release_tables),
        cmocka_unit_test_setup_teardown(test_kernel_map_out_of_memory, release_tables, release_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
