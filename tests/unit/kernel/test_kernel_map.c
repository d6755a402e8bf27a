/* The kernel half of the address space, on tables in memory: what is mapped where, and what a shortage of
 * memory leaves behind. The map is set up once, as in the kernel; each test goes on from there. */
#include "mm/kernel_map.h"

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "fake_cpu.h"
#include "fake_memory.h"
#include "image_header.h"
#include "mm/frames.h"
#include "test.h"

#define HAND_OVER_PAGE 0x7654000ull
#define MEMORY_END (64 * MIB)

static struct boot_info boot;
static struct boot_memory_region map[] = {
    REGION(MIB, 32 * MIB, MEMORY_FREE),
    REGION(32 * MIB, 33 * MIB, MEMORY_ACPI_RECLAIMABLE),
    REGION(33 * MIB, 34 * MIB, MEMORY_ACPI_NVS),
    REGION(34 * MIB, 35 * MIB, MEMORY_RESERVED),
    REGION(35 * MIB, 36 * MIB, MEMORY_RUNTIME_SERVICES),
    REGION(37 * MIB, MEMORY_END, MEMORY_MMIO),
};

/* The bootloader's mappings: the direct map, and the framebuffer at the start of the device windows. */
#define FRAMEBUFFER_PAGES 5
static const struct boot_mapping mappings[] = {
    {.virtual_base = DIRECT_MAP_BASE, .physical_base = MIB, .size_pages = 100, .type = MEMORY_FREE},
    {.virtual_base = DEVICE_WINDOWS_BASE,
     .physical_base = 0xc0000000,
     .size_pages = FRAMEBUFFER_PAGES,
     .type = MEMORY_MMIO},
    {.virtual_base = KERNEL_LINK_BASE, .physical_base = 2 * MIB, .size_pages = 9, .type = MEMORY_KERNEL_CODE},
};

static uint64_t frames_free_now(void)
{
    return frames_get_stats().free;
}

static struct page_mapping mapping_of(vaddr_t address)
{
    struct page_mapping mapping = {0, 0, 0};

    (void)page_table_lookup(kernel_map_table(), address, &mapping);
    return mapping;
}

static int set_up(void **state)
{
    struct page_table table;
    paddr_t lists;

    (void)state;
    if (frames_init(map, COUNT_OF(map), fake_memory_create(map, COUNT_OF(map))) != 0 ||
        frames_alloc_zeroed(&table.root) != 0 || frames_alloc_zeroed(&lists) != 0)
        return -1;
    memcpy(direct_map(lists), map, sizeof(map));
    memcpy(direct_map(lists + sizeof(map)), mappings, sizeof(mappings));
    boot.memory_map_physical = lists;
    boot.memory_map_count = COUNT_OF(map);
    boot.mappings_physical = lists + sizeof(map);
    boot.mappings_count = COUNT_OF(mappings);
    fake_cpu.cr3 = table.root;
    return page_table_map(&table, HAND_OVER_PAGE, HAND_OVER_PAGE, MAP_READ | MAP_EXECUTE);
}

static void set_up_needs_memory_for_each_entry_and_can_be_repeated(void **state)
{
    (void)state;
    for (uint64_t count = 0; count < 3; count++) {
        fake_memory_fail_after(count > 0 ? 1 : 0); /* each failed try leaves one entry more */
        assert_int_equal(kernel_map_setup(&boot), -ENOMEM);
    }
    fake_memory_fail_after(1);
    assert_int_equal(kernel_map_setup(&boot), 0);
    fake_memory_fail_after(UINT64_MAX);
}

static void set_up_drops_the_hand_over_page_and_makes_all_entries(void **state)
{
    const vaddr_t regions[] = {KERNEL_HEAP_BASE, KERNEL_STACKS_BASE, DEVICE_WINDOWS_BASE};

    (void)state;
    assert_int_equal(kernel_map_setup(&boot), 0);
    assert_int_equal(fake_cpu.cr3, kernel_map_table()->root);
    const uint64_t *entries = direct_map(kernel_map_table()->root);
    for (size_t i = 0; i < PML4_KERNEL_HALF; i++)
        assert_int_equal(entries[i], 0);
    for (size_t i = 0; i < COUNT_OF(regions); i++)
        assert_true(entries[regions[i] >> PML4_SHIFT & 511] & PTE_PRESENT);
}

/* Runs `make` with ever more memory; whatever failed before, the first success has cost the same. */
static void assert_shortage_costs_nothing(bool (*make)(void))
{
    uint64_t before = frames_free_now(), tables = 0;

    for (uint64_t count = 0;; count++) {
        fake_memory_fail_after(count);
        bool is_made = make();
        fake_memory_fail_after(UINT64_MAX);
        assert_true(fake_cpu.interrupts_are_enabled);
        if (is_made)
            break;
        uint64_t kept = before - frames_free_now(); /* page tables: the next try finds them */
        assert_true(kept >= tables && kept <= 3);
        tables = kept;
        assert_true(count < 100);
    }
}

#define ALLOC_PAGES 20

static void *allocated;

static bool make_pages(void)
{
    allocated = kernel_map_alloc(ALLOC_PAGES);
    return allocated != NULL;
}

static void alloc_maps_zeroed_frames_or_nothing(void **state)
{
    static const char zeros[PAGE_SIZE];
    vaddr_t next = (vaddr_t)kernel_map_alloc(1);

    (void)state;
    assert_shortage_costs_nothing(make_pages);
    assert_int_equal((vaddr_t)allocated, next + PAGE_SIZE); /* failures have used up no addresses */
    for (size_t i = 0; i < ALLOC_PAGES; i++) {
        struct page_mapping mapping = mapping_of((vaddr_t)allocated + i * PAGE_SIZE);
        assert_int_equal(mapping.protection, MAP_READ | MAP_WRITE);
        assert_memory_equal(direct_map(mapping.address), zeros, PAGE_SIZE);
    }
    assert_int_equal(mapping_of((vaddr_t)allocated + ALLOC_PAGES * PAGE_SIZE).size, 0);

    uint64_t before = frames_free_now();
    assert_null(kernel_map_alloc(0));
    assert_null(kernel_map_alloc(KERNEL_REGION_SIZE / PAGE_SIZE));
    assert_null(kernel_map_alloc(SIZE_MAX));
    assert_int_equal(frames_free_now(), before);
    assert_int_equal(kernel_map_alloc(2) == NULL, false);
    assert_int_equal(frames_free_now(), before - 2);
}

static void alloc_of_more_than_there_is_gives_all_back(void **state)
{
    uint64_t before = frames_free_now(), wanted = before + 1;

    (void)state;
    assert_null(kernel_map_alloc(wanted));
    uint64_t tables = before - frames_free_now();
    assert_true(tables <= wanted / PAGE_TABLE_ENTRIES + 2);
    assert_null(kernel_map_alloc(wanted));
    assert_int_equal(frames_free_now(), before - tables); /* the same tables again */
}

static vaddr_t stack_top;

static bool make_stack(void)
{
    stack_top = kernel_stack_create();
    return stack_top != 0;
}

static void stacks_have_guard_pages(void **state)
{
    const vaddr_t boot_stack = KERNEL_STACKS_BASE + PAGE_SIZE;

    (void)state;
    assert_shortage_costs_nothing(make_stack);
    vaddr_t first = stack_top - KERNEL_STACK_PAGES * PAGE_SIZE;
    assert_int_equal(first, boot_stack + (BOOT_STACK_PAGES + 1) * PAGE_SIZE);
    for (vaddr_t page = first; page < stack_top; page += PAGE_SIZE) {
        assert_int_equal(mapping_of(page).protection, MAP_READ | MAP_WRITE);
        assert_false(kernel_map_is_guard(page));
    }
    assert_true(kernel_map_is_guard(first - 1));
    assert_true(kernel_map_is_guard(first - PAGE_SIZE));
    assert_true(kernel_map_is_guard(KERNEL_STACKS_BASE));

    assert_true(make_stack());
    assert_int_equal(stack_top, first + (2 * KERNEL_STACK_PAGES + 1) * PAGE_SIZE);
    assert_true(kernel_map_is_guard(first + KERNEL_STACK_PAGES * PAGE_SIZE));

    static const vaddr_t elsewhere[] = {0, KERNEL_STACKS_BASE - 1, KERNEL_STACKS_BASE + KERNEL_REGION_SIZE,
                                        DIRECT_MAP_BASE, UINT64_MAX};
    for (size_t i = 0; i < COUNT_OF(elsewhere); i++)
        assert_false(kernel_map_is_guard(elsewhere[i]));
}

static void device_windows_begin_at_the_byte_asked_for(void **state)
{
    static const struct {
        paddr_t base;
        size_t size;
        uint32_t caching;
    } cases[] = {
        {0xfed00000, 0x400, MAP_UNCACHED},
        {0xfed00ffe, 4, MAP_UNCACHED},
        {0x80000001, 0x2fff, MAP_WRITE_COMBINING},
        {0xfffffffff000, 0x1000, 0},
        {0, 1, 0},
        {0x3fffffffffff, 1, 0},
    };
    vaddr_t end = DEVICE_WINDOWS_BASE + FRAMEBUFFER_PAGES * PAGE_SIZE;

    (void)state;
    cpu_features.physical_address_bits = 48;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        vaddr_t window = (vaddr_t)kernel_map_device(cases[i].base, cases[i].size, cases[i].caching);
        assert_int_equal(window, page_round_up(end) + cases[i].base % PAGE_SIZE);
        end = window + cases[i].size;
        for (size_t at = 0; at < cases[i].size; at += at + 512 < cases[i].size ? 512 : 1) {
            struct page_mapping mapping = mapping_of(window + at);
            assert_int_equal(mapping.address, cases[i].base + at);
            assert_int_equal(mapping.protection, MAP_READ | MAP_WRITE | cases[i].caching);
        }
    }
    cpu_features.physical_address_bits = 46;
}

static void windows_on_nothing_are_refused_and_cost_nothing(void **state)
{
    static const struct {
        paddr_t base;
        size_t size;
    } cases[] = {
        {0xfed00000, 0},         /* empty */
        {1ull << 46, 1},         /* beyond the CPU's addresses */
        {(1ull << 46) - 1, 2},   /* across them */
        {UINT64_MAX, 1},         /* */
        {0xfed00000, SIZE_MAX},  /* wraps */
        {0, 1ull << 46},         /* larger than the windows' region */
        {0, KERNEL_REGION_SIZE}, /* larger than what is left of it */
    };
    vaddr_t before = (vaddr_t)kernel_map_device(0xfed00000, 1, 0);
    uint64_t free_before = frames_free_now();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_null(kernel_map_device(cases[i].base, cases[i].size, 0));
        assert_true(fake_cpu.interrupts_are_enabled);
    }
    assert_int_equal(frames_free_now(), free_before);
    assert_int_equal((vaddr_t)kernel_map_device(0xfed00000, 1, 0), before + PAGE_SIZE);
}

static void a_window_without_memory_for_its_tables_fails_cleanly(void **state)
{
    (void)state;
    fake_memory_fail_after(0);
    assert_null(kernel_map_device(0xc0000000, 4 * PAGE_SIZE_2M, 0));
    assert_true(fake_cpu.interrupts_are_enabled);
    fake_memory_fail_after(UINT64_MAX);
    vaddr_t window = (vaddr_t)kernel_map_device(0xc0000000, 4 * PAGE_SIZE_2M, 0);
    for (uint64_t at = 0; at < 4 * PAGE_SIZE_2M; at += PAGE_SIZE)
        assert_int_equal(mapping_of(window + at).address, 0xc0000000 + at);
}

static void firmware_tables_in_ram_are_seen_in_the_direct_map(void **state)
{
    static const struct {
        paddr_t base;
        size_t size;
        bool is_direct;
    } cases[] = {
        {32 * MIB, 36, true},       {32 * MIB + 4093, 36, true},
        {33 * MIB - 10, 36, true}, /* across regions that touch */
        {MIB, 33 * MIB, true},      {34 * MIB - 36, 36, true},
        {34 * MIB - 36, 37, false}, /* into a reserved region */
        {34 * MIB, 36, false},      {35 * MIB - 1, 2, false},
        {35 * MIB, MIB, true},      {35 * MIB, MIB + 1, false}, /* into a hole */
        {36 * MIB + 5, 36, false},                              /* in a hole */
        {40 * MIB, 36, false},                                  /* a device */
        {GIB, 36, false},                                       /* beyond the map */
        {0x1000, 36, false},                                    /* before it */
        {MIB - 1, 2, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const void *view = kernel_map_firmware_table(cases[i].base, cases[i].size);
        assert_non_null(view);
        if (cases[i].is_direct)
            assert_ptr_equal(view, direct_map(cases[i].base));
        else
            assert_int_equal(mapping_of((vaddr_t)view).address, cases[i].base);
    }
    assert_null(kernel_map_firmware_table(0, 36));
    assert_null(kernel_map_firmware_table(UINT64_MAX - 10, 36));
    assert_null(kernel_map_firmware_table(1ull << 46, 36));
    assert_null(kernel_map_firmware_table(UINT64_MAX - 36, 36));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_up_needs_memory_for_each_entry_and_can_be_repeated),
        cmocka_unit_test(set_up_drops_the_hand_over_page_and_makes_all_entries),
        cmocka_unit_test(stacks_have_guard_pages),
        cmocka_unit_test(alloc_maps_zeroed_frames_or_nothing),
        cmocka_unit_test(alloc_of_more_than_there_is_gives_all_back),
        cmocka_unit_test(device_windows_begin_at_the_byte_asked_for),
        cmocka_unit_test(windows_on_nothing_are_refused_and_cost_nothing),
        cmocka_unit_test(a_window_without_memory_for_its_tables_fails_cleanly),
        cmocka_unit_test(firmware_tables_in_ram_are_seen_in_the_direct_map),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
