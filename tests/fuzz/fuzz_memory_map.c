/* Any firmware's map, with records of our own: the result is sorted, merged, within its bounds, and what is
 * free in it was claimed by nobody. */
#include <efi.h>
#include <stdlib.h>
#include <string.h>

#include "bootloader/memory_map.h"
#include "memory_type.h"

#define PAGE 4096ull
#define RECORDS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* Take bytes off the input; zeroes when it is used up. */
static uint64_t take(const uint8_t **data, size_t *size, size_t count)
{
    uint64_t value = 0;

    memcpy(&value, *data, count < *size ? count : *size);
    *data += count < *size ? count : *size;
    *size -= count < *size ? count : *size;
    return value;
}

static size_t take_records(const uint8_t **data, size_t *size, struct memory_record *records)
{
    size_t count = take(data, size, 1) % (RECORDS_MAX + 1);
    uint64_t next = 0;

    for (size_t i = 0; i < count; i++) {
        records[i].base = next + take(data, size, 2) * PAGE;
        records[i].size_pages = 1 + take(data, size, 1);
        records[i].type = (uint32_t)take(data, size, 1) % MEMORY_TYPE_COUNT;
        next = records[i].base + records[i].size_pages * PAGE;
    }
    return count;
}

static void check(const struct memory_map_input *input, const struct boot_memory_region *regions,
                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t end = regions[i].base + regions[i].size_pages * PAGE;
        require(regions[i].size_pages > 0 && regions[i].base % PAGE == 0 &&
                regions[i].type < MEMORY_TYPE_COUNT);
        if (i > 0) {
            uint64_t previous_end = regions[i - 1].base + regions[i - 1].size_pages * PAGE;
            require(previous_end <= regions[i].base);
            require(previous_end < regions[i].base || regions[i - 1].type != regions[i].type);
        }
        for (size_t j = 0; j < input->record_count && regions[i].type == MEMORY_FREE; j++) {
            const struct memory_record *record = &input->records[j];
            require(record->type == MEMORY_FREE || record->base >= end ||
                    record->base + record->size_pages * PAGE <= regions[i].base);
        }
        for (size_t j = 0; j < input->size_bytes / input->descriptor_size && regions[i].type == MEMORY_FREE;
             j++) {
            EFI_MEMORY_DESCRIPTOR descriptor;
            memcpy(&descriptor, (const char *)input->descriptors + j * input->descriptor_size, 40);
            uint64_t base = descriptor.PhysicalStart, pages = descriptor.NumberOfPages;
            bool wraps = pages > (UINT64_MAX - base) / PAGE;
            bool is_free = memory_map_type(descriptor.Type, descriptor.Attribute) == MEMORY_FREE && !wraps;
            bool is_ours = input->record_count > 0; /* a record may make free what was not */
            require(is_free || is_ours || pages == 0 || base >= end ||
                    (!wraps && base + pages * PAGE <= regions[i].base));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_record records[RECORDS_MAX];
    uint64_t shape = take(&data, &size, 1);
    struct memory_map_input input = {
        .descriptor_size = 40 + 8 * (shape & 3),
        .records = records,
        .record_count = take_records(&data, &size, records),
        .physical_limit = shape & 4 ? 1ull << 46 : 1ull << 30,
    };

    input.descriptors = data;
    input.size_bytes = size;
    size_t entries = size / input.descriptor_size;
    struct memory_map_event *events =
        malloc(MEMORY_MAP_EVENTS_MAX(entries, input.record_count) * sizeof(*events) + 1);
    struct boot_memory_region *regions =
        malloc(MEMORY_MAP_REGIONS_MAX(entries, input.record_count) * sizeof(*regions) + 1);
    size_t count = memory_map_convert(&input, events, regions);
    check(&input, regions, count);
    require(memory_map_ram_end(regions, count) % PAGE == 0);
    free(events);
    free(regions);
    return 0;
}
