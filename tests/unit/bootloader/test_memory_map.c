/* The memory map's conversion: cases by hand, and random maps against a page-by-page oracle. */
#include <stdlib.h>
#include <string.h>

#include "test.h"

#include <efi.h>

#include "bootloader/memory_map.h"
#include "memory_type.h"

#define PAGE 4096ull
#define LIMIT (1ull << 46)
#define ENTRIES_MAX 700
#define RECORDS_MAX 16

/* What goes in and what came out. */
static struct {
    uint8_t *descriptors; /* of descriptor_size each */
    size_t count, descriptor_size;
    struct memory_record records[RECORDS_MAX];
    size_t record_count;
    uint64_t limit;
    struct boot_memory_region *regions;
    size_t region_count;
} map;

static void map_begin(size_t descriptor_size)
{
    free(map.descriptors);
    free(map.regions);
    memset(&map, 0, sizeof(map));
    map.descriptors = malloc(ENTRIES_MAX * descriptor_size);
    memset(map.descriptors, 0xa5, ENTRIES_MAX * descriptor_size);
    map.descriptor_size = descriptor_size;
    map.limit = LIMIT;
}

static void map_add(uint32_t type, uint64_t base, uint64_t pages, uint64_t attributes)
{
    EFI_MEMORY_DESCRIPTOR descriptor = {
        .Type = type, .PhysicalStart = base, .NumberOfPages = pages, .Attribute = attributes};

    assert_true(map.count < ENTRIES_MAX);
    memcpy(map.descriptors + map.count++ * map.descriptor_size, &descriptor, 40);
}

static void map_add_ram(uint32_t type, uint64_t base, uint64_t pages)
{
    map_add(type, base, pages, EFI_MEMORY_WB);
}

static void map_record(uint32_t type, uint64_t base, uint64_t pages)
{
    map.records[map.record_count++] = (struct memory_record){base, pages, type};
}

/* Both arrays have exactly the size that the header promises to be enough, so AddressSanitizer proves it. */
static void map_convert(void)
{
    size_t max = MEMORY_MAP_EVENTS_MAX(map.count, map.record_count);
    size_t size = map.count * map.descriptor_size;
    uint8_t *descriptors = malloc(size + 1);
    struct memory_map_event *events = malloc(max * sizeof(*events));

    memcpy(descriptors + 1, map.descriptors, size); /* of any alignment */
    map.regions = malloc(MEMORY_MAP_REGIONS_MAX(map.count, map.record_count) * sizeof(*map.regions));
    const struct memory_map_input input = {
        .descriptors = descriptors + 1,
        .size_bytes = size,
        .descriptor_size = map.descriptor_size,
        .records = map.records,
        .record_count = map.record_count,
        .physical_limit = map.limit,
    };
    map.region_count = memory_map_convert(&input, events, map.regions);
    free(events);
    free(descriptors);

    for (size_t i = 0; i < map.region_count; i++) {
        const struct boot_memory_region *region = &map.regions[i];
        assert_true(region->size_pages > 0);
        assert_int_equal(region->base % PAGE, 0);
        assert_true(region->type < MEMORY_TYPE_COUNT);
        assert_int_equal(region->reserved, 0);
        if (i > 0) {
            const struct boot_memory_region *previous = region - 1;
            uint64_t previous_end = previous->base + previous->size_pages * PAGE;
            assert_true(previous_end <= region->base);
            assert_false(previous_end == region->base && previous->type == region->type);
        }
    }
}

static void expect(size_t index, uint64_t base, uint64_t pages, uint32_t type)
{
    assert_true(index < map.region_count);
    assert_int_equal(map.regions[index].base, base);
    assert_int_equal(map.regions[index].size_pages, pages);
    assert_int_equal(map.regions[index].type, type);
}

static void test_empty(void **state)
{
    (void)state;
    map_begin(48);
    map_convert();
    assert_int_equal(map.region_count, 0);
    assert_int_equal(memory_map_ram_end(map.regions, map.region_count), 0);
}

static void test_every_type(void **state)
{
    static const struct {
        uint32_t efi_type, type;
    } types[] = {
        {EfiReservedMemoryType, MEMORY_RESERVED},
        {EfiLoaderCode, MEMORY_BOOTLOADER_RECLAIMABLE},
        {EfiLoaderData, MEMORY_BOOTLOADER_RECLAIMABLE},
        {EfiBootServicesCode, MEMORY_BOOTLOADER_RECLAIMABLE},
        {EfiBootServicesData, MEMORY_BOOTLOADER_RECLAIMABLE},
        {EfiRuntimeServicesCode, MEMORY_RUNTIME_SERVICES},
        {EfiRuntimeServicesData, MEMORY_RUNTIME_SERVICES},
        {EfiConventionalMemory, MEMORY_FREE},
        {EfiUnusableMemory, MEMORY_RESERVED},
        {EfiACPIReclaimMemory, MEMORY_ACPI_RECLAIMABLE},
        {EfiACPIMemoryNVS, MEMORY_ACPI_NVS},
        {EfiMemoryMappedIO, MEMORY_MMIO},
        {EfiMemoryMappedIOPortSpace, MEMORY_MMIO},
        {EfiPalCode, MEMORY_RESERVED},
        {14 /* persistent */, MEMORY_RESERVED},
        {15 /* unaccepted */, MEMORY_RESERVED},
        {16, MEMORY_RESERVED},
        {0x70000000, MEMORY_RESERVED},
        {0x7fffffff, MEMORY_RESERVED},
        {EFI_TYPE_KERNEL_CODE, MEMORY_KERNEL_CODE},
        {EFI_TYPE_KERNEL_DATA, MEMORY_KERNEL_DATA},
        {EFI_TYPE_KERNEL_STACK, MEMORY_KERNEL_STACK},
        {EFI_TYPE_USER_CODE, MEMORY_USER_CODE},
        {EFI_TYPE_USER_DATA, MEMORY_USER_DATA},
        {EFI_TYPE_USER_STACK, MEMORY_USER_STACK},
        {0x80000006, MEMORY_RESERVED},
        {0xffffffff, MEMORY_RESERVED},
    };

    (void)state;
    map_begin(40);
    for (size_t i = 0; i < COUNT_OF(types); i++)
        map_add_ram(types[i].efi_type, i * 2 * PAGE, 1); /* holes between */
    map_convert();
    assert_int_equal(map.region_count, COUNT_OF(types));
    for (size_t i = 0; i < COUNT_OF(types); i++)
        expect(i, i * 2 * PAGE, 1, types[i].type);
}

static void test_attributes(void **state)
{
    (void)state;
    assert_int_equal(memory_map_type(EfiConventionalMemory, EFI_MEMORY_UC), MEMORY_RESERVED);
    assert_int_equal(memory_map_type(EfiConventionalMemory, EFI_MEMORY_WB | 0x8000), MEMORY_RESERVED);
    assert_int_equal(memory_map_type(EfiConventionalMemory, EFI_MEMORY_WB | 0x40000), MEMORY_RESERVED);
    assert_int_equal(memory_map_type(EfiConventionalMemory, 0xf), MEMORY_FREE);
    assert_int_equal(memory_map_type(EfiBootServicesData, 0), MEMORY_BOOTLOADER_RECLAIMABLE);
}

static void test_unsorted_and_merged(void **state)
{
    (void)state;
    for (size_t size = 40; size <= 56; size += 8) {
        map_begin(size);
        map_add_ram(EfiBootServicesData, 0x5000, 3);
        map_add_ram(EfiConventionalMemory, 0x10000, 16);
        map_add_ram(EfiLoaderCode, 0x2000, 3);
        map_add_ram(EfiConventionalMemory, 0, 2);
        map_convert();
        assert_int_equal(map.region_count, 3);
        expect(0, 0, 2, MEMORY_FREE);
        expect(1, 0x2000, 6, MEMORY_BOOTLOADER_RECLAIMABLE);
        expect(2, 0x10000, 16, MEMORY_FREE);
        assert_int_equal(memory_map_ram_end(map.regions, map.region_count), 0x20000);
    }
}

static void test_overlaps(void **state)
{
    (void)state;
    map_begin(48);
    map_add_ram(EfiConventionalMemory, 0, 100);
    map_add_ram(EfiReservedMemoryType, 10 * PAGE, 10);  /* nested */
    map_add_ram(EfiACPIMemoryNVS, 15 * PAGE, 10);       /* half over the reserved */
    map_add_ram(EfiConventionalMemory, 50 * PAGE, 100); /* over the first */
    map_add_ram(EfiBootServicesCode, 140 * PAGE, 10);   /* to the very end */
    map_add_ram(EfiConventionalMemory, 140 * PAGE, 10); /* the same range again */
    map_convert();
    assert_int_equal(map.region_count, 5);
    expect(0, 0, 10, MEMORY_FREE);
    expect(1, 10 * PAGE, 10, MEMORY_RESERVED);
    expect(2, 20 * PAGE, 5, MEMORY_ACPI_NVS);
    expect(3, 25 * PAGE, 115, MEMORY_FREE);
    expect(4, 140 * PAGE, 10, MEMORY_BOOTLOADER_RECLAIMABLE);
}

static void test_own_record_wins(void **state)
{
    (void)state;
    map_begin(48);
    map_add_ram(EfiLoaderData, 0, 10);
    map_add_ram(EfiReservedMemoryType, 10 * PAGE, 10);
    map_record(MEMORY_KERNEL_CODE, 2 * PAGE, 3);
    map_record(MEMORY_KERNEL_DATA, 9 * PAGE, 2);
    map_record(MEMORY_USER_CODE, 100 * PAGE, 1); /* not in the firmware's map at all */
    map_convert();
    assert_int_equal(map.region_count, 6);
    expect(0, 0, 2, MEMORY_BOOTLOADER_RECLAIMABLE);
    expect(1, 2 * PAGE, 3, MEMORY_KERNEL_CODE);
    expect(2, 5 * PAGE, 4, MEMORY_BOOTLOADER_RECLAIMABLE);
    expect(3, 9 * PAGE, 2, MEMORY_KERNEL_DATA);
    expect(4, 11 * PAGE, 9, MEMORY_RESERVED);
    expect(5, 100 * PAGE, 1, MEMORY_USER_CODE);
}

static void test_nonsense(void **state)
{
    (void)state;
    map_begin(48);
    map_add_ram(EfiConventionalMemory, 0x5000, 0);                    /* empty */
    map_add_ram(EfiConventionalMemory, 0x1800, 3);                    /* free, not aligned: shrinks */
    map_add_ram(EfiACPIMemoryNVS, 0x8800, 1);                         /* claimed, not aligned: grows */
    map_add_ram(EfiConventionalMemory, LIMIT - 2 * PAGE, 1ull << 60); /* wraps around */
    map_add_ram(EfiConventionalMemory, UINT64_MAX - 4095, 1);
    map_add_ram(EfiMemoryMappedIO, LIMIT, 100); /* beyond the limit */
    map_convert();
    assert_int_equal(map.region_count, 3);
    expect(0, 0x2000, 2, MEMORY_FREE);
    expect(1, 0x8000, 2, MEMORY_ACPI_NVS);
    expect(2, LIMIT - 2 * PAGE, 2, MEMORY_RESERVED);
}

static void test_limit(void **state)
{
    (void)state;
    map_begin(48);
    map.limit = 0x100000;
    map_add_ram(EfiConventionalMemory, 0xf0000, 0x100);
    map_convert();
    assert_int_equal(map.region_count, 1);
    expect(0, 0xf0000, 16, MEMORY_FREE);
}

static void test_many_entries(void **state)
{
    (void)state;
    map_begin(56);
    for (uint64_t i = 0; i < 600; i++) /* in a scattered order: 7 and 600 have no common factor */
        map_add_ram(i % 2 ? EfiConventionalMemory : EfiBootServicesData, (i * 7 % 600) * PAGE, 1);
    map_convert();
    assert_int_equal(map.region_count, 600);
    for (size_t i = 0; i < 600; i++)
        assert_int_equal(map.regions[i].base, i * PAGE);
}

/* The type of one page by the definition: the record's, else the highest of all claims. */
static uint32_t oracle(uint64_t page)
{
    uint32_t type = MEMORY_TYPE_COUNT;

    for (size_t i = 0; i < map.record_count; i++) {
        const struct memory_record *record = &map.records[i];
        if (page >= record->base && page < record->base + record->size_pages * PAGE)
            return record->type;
    }
    for (size_t i = 0; i < map.count; i++) {
        EFI_MEMORY_DESCRIPTOR descriptor;
        memcpy(&descriptor, map.descriptors + i * map.descriptor_size, 40);
        uint64_t base = descriptor.PhysicalStart, end = base + descriptor.NumberOfPages * PAGE;
        uint32_t claimed = memory_map_type(descriptor.Type, descriptor.Attribute);
        bool is_claimed =
            claimed == MEMORY_FREE ? page >= base && page + PAGE <= end : page + PAGE > base && page < end;
        if (base != end && is_claimed && (type == MEMORY_TYPE_COUNT || claimed > type))
            type = claimed;
    }
    return type;
}

static uint32_t type_in_regions(uint64_t page)
{
    for (size_t i = 0; i < map.region_count; i++) {
        const struct boot_memory_region *region = &map.regions[i];
        if (page >= region->base && page < region->base + region->size_pages * PAGE)
            return region->type;
    }
    return MEMORY_TYPE_COUNT;
}

static void test_random_maps(void **state)
{
    enum { PAGES = 96 };

    (void)state;
    srandom(20240229);
    for (int round = 0; round < 3000; round++) {
        map_begin(40 + 8 * (size_t)(random() % 3));
        for (long i = random() % 40; i > 0; i--) {
            uint32_t type = random() % 4 ? (uint32_t)random() % 17 : 0x80000000u + (uint32_t)random() % 7;
            uint64_t base =
                (uint64_t)random() % PAGES * PAGE + (random() % 8 ? 0 : (uint64_t)random() % PAGE);
            map_add(type, base, (uint64_t)random() % 20, random() % 8 ? EFI_MEMORY_WB : EFI_MEMORY_UC);
        }
        uint64_t next = 0; /* our own allocations do not overlap */
        for (long i = random() % 6; i > 0; i--) {
            uint64_t base = next + (uint64_t)random() % 12, pages = 1 + (uint64_t)random() % 4;
            map_record((uint32_t)random() % MEMORY_TYPE_COUNT, base * PAGE, pages);
            next = base + pages;
        }
        map_convert();
        for (uint64_t page = 0; page < (PAGES + 24) * PAGE; page += PAGE) {
            if (type_in_regions(page) != oracle(page))
                fail_msg("round %d, page 0x%lx: %s, expected %s", round, page,
                         memory_type_name(type_in_regions(page)), memory_type_name(oracle(page)));
        }
    }
}

static int teardown(void **state)
{
    (void)state;
    free(map.descriptors);
    free(map.regions);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),        cmocka_unit_test(test_every_type),
        cmocka_unit_test(test_attributes),   cmocka_unit_test(test_unsorted_and_merged),
        cmocka_unit_test(test_overlaps),     cmocka_unit_test(test_own_record_wins),
        cmocka_unit_test(test_nonsense),     cmocka_unit_test(test_limit),
        cmocka_unit_test(test_many_entries), cmocka_unit_test(test_random_maps),
    };

    return cmocka_run_group_tests(tests, NULL, teardown);
}
