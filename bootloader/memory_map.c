/* A sweep over the addresses at which claims begin or end. For each precedence level a counter tells how
 * many claims cover the current address; the highest level that is covered decides the type. */
#include "memory_map.h"

#include <efi.h>

#include "lib/string.h"
#include "memory_type.h"
#include "x86_64/paging.h"

/* Levels of precedence: the firmware's claims by type, above them our own record. */
#define MEMORY_MAP_LEVELS (2 * MEMORY_TYPE_COUNT)
#define MEMORY_MAP_NOTHING MEMORY_MAP_LEVELS

/* UEFI 2.10, section 7.2.3; newer than gnu-efi's headers. */
#define MEMORY_ATTRIBUTE_NON_VOLATILE 0x8000ull
#define MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE 0x40000ull

uint32_t memory_map_type(uint32_t efi_type, uint64_t attributes)
{
    switch (efi_type) {
    case EfiConventionalMemory:
        if (!(attributes & EFI_MEMORY_WB) ||
            (attributes & (MEMORY_ATTRIBUTE_NON_VOLATILE | MEMORY_ATTRIBUTE_SPECIFIC_PURPOSE)))
            return MEMORY_RESERVED;
        return MEMORY_FREE;
    case EfiLoaderCode:
    case EfiLoaderData:
    case EfiBootServicesCode:
    case EfiBootServicesData:
        return MEMORY_BOOTLOADER_RECLAIMABLE;
    case EfiRuntimeServicesCode:
    case EfiRuntimeServicesData:
        return MEMORY_RUNTIME_SERVICES;
    case EfiACPIReclaimMemory:
        return MEMORY_ACPI_RECLAIMABLE;
    case EfiACPIMemoryNVS:
        return MEMORY_ACPI_NVS;
    case EfiMemoryMappedIO:
    case EfiMemoryMappedIOPortSpace:
        return MEMORY_MMIO;
    case EFI_TYPE_KERNEL_CODE:
        return MEMORY_KERNEL_CODE;
    case EFI_TYPE_KERNEL_DATA:
        return MEMORY_KERNEL_DATA;
    case EFI_TYPE_KERNEL_STACK:
        return MEMORY_KERNEL_STACK;
    case EFI_TYPE_USER_CODE:
        return MEMORY_USER_CODE;
    case EFI_TYPE_USER_DATA:
        return MEMORY_USER_DATA;
    case EFI_TYPE_USER_STACK:
        return MEMORY_USER_STACK;
    default: /* reserved, unusable, persistent, unaccepted, and what is not defined yet */
        return MEMORY_RESERVED;
    }
}

bool memory_map_is_ram(uint32_t type)
{
    return type != MEMORY_MMIO && type != MEMORY_RESERVED;
}

static size_t memory_map_add_claim(struct memory_map_event *events, size_t count, uint64_t base, uint64_t end,
                                   uint32_t level)
{
    if (base >= end)
        return count;
    events[count] = (struct memory_map_event){base, 1, level};
    events[count + 1] = (struct memory_map_event){end, -1, level};
    return count + 2;
}

/* The claim of one descriptor. What begins or ends inside a page, against the specification, is rounded to
 * the safe side: to less of free memory, to more of all other. One whose end wraps around is nonsense; its
 * type cannot be trusted, so the range is reserved. */
static size_t memory_map_add_descriptor(struct memory_map_event *events, size_t count,
                                        const EFI_MEMORY_DESCRIPTOR *descriptor, uint64_t physical_limit)
{
    uint32_t type = memory_map_type(descriptor->Type, descriptor->Attribute);
    uint64_t base = descriptor->PhysicalStart, end = physical_limit;

    if (descriptor->NumberOfPages > (UINT64_MAX - base) / PAGE_SIZE)
        type = MEMORY_RESERVED;
    else if (base + descriptor->NumberOfPages * PAGE_SIZE < physical_limit)
        end = base + descriptor->NumberOfPages * PAGE_SIZE;
    if (descriptor->NumberOfPages == 0 || base >= physical_limit)
        return count;
    if (type == MEMORY_FREE)
        return memory_map_add_claim(events, count, (base + PAGE_MASK) & ~PAGE_MASK, end & ~PAGE_MASK, type);
    return memory_map_add_claim(events, count, base & ~PAGE_MASK, (end + PAGE_MASK) & ~PAGE_MASK, type);
}

static size_t memory_map_collect(const struct memory_map_input *input, struct memory_map_event *events)
{
    const char *descriptors = input->descriptors;
    size_t count = 0;

    for (size_t i = 0; i < input->size_bytes / input->descriptor_size; i++) {
        EFI_MEMORY_DESCRIPTOR descriptor;
        memcpy(&descriptor, descriptors + i * input->descriptor_size, sizeof(descriptor));
        count = memory_map_add_descriptor(events, count, &descriptor, input->physical_limit);
    }
    for (size_t i = 0; i < input->record_count; i++) {
        const struct memory_record *record = &input->records[i];
        count =
            memory_map_add_claim(events, count, record->base, record->base + record->size_pages * PAGE_SIZE,
                                 MEMORY_TYPE_COUNT + record->type);
    }
    return count;
}

/* Heap sort by address: in place, and never slow. */
static void memory_map_sift_down(struct memory_map_event *events, size_t root, size_t count)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && events[child + 1].address > events[child].address)
            child++;
        if (events[root].address >= events[child].address)
            return;
        struct memory_map_event swapped = events[root];
        events[root] = events[child];
        events[child] = swapped;
    }
}

static void memory_map_sort(struct memory_map_event *events, size_t count)
{
    for (size_t i = count / 2; i > 0; i--)
        memory_map_sift_down(events, i - 1, count);
    for (size_t i = count; i > 1; i--) {
        struct memory_map_event highest = events[0];
        events[0] = events[i - 1];
        events[i - 1] = highest;
        memory_map_sift_down(events, 0, i - 1);
    }
}

static uint32_t memory_map_top_level(const int32_t *covering)
{
    for (uint32_t level = MEMORY_MAP_LEVELS; level > 0; level--) {
        if (covering[level - 1] > 0)
            return level - 1;
    }
    return MEMORY_MAP_NOTHING;
}

static size_t memory_map_emit(struct boot_memory_region *regions, size_t count, uint64_t base, uint64_t end,
                              uint32_t level)
{
    uint32_t type = level % MEMORY_TYPE_COUNT;

    if (level == MEMORY_MAP_NOTHING || base == end)
        return count;
    if (count > 0) {
        struct boot_memory_region *last = &regions[count - 1];
        if (last->type == type && last->base + last->size_pages * PAGE_SIZE == base) {
            last->size_pages += (end - base) / PAGE_SIZE;
            return count;
        }
    }
    regions[count] = (struct boot_memory_region){base, (end - base) / PAGE_SIZE, type, 0};
    return count + 1;
}

size_t memory_map_convert(const struct memory_map_input *input, struct memory_map_event *events,
                          struct boot_memory_region *ret_regions)
{
    int32_t covering[MEMORY_MAP_LEVELS] = {0};
    size_t event_count = memory_map_collect(input, events), count = 0;
    uint32_t level = MEMORY_MAP_NOTHING;
    uint64_t base = 0;

    memory_map_sort(events, event_count);
    for (size_t i = 0; i < event_count;) {
        uint64_t address = events[i].address;
        count = memory_map_emit(ret_regions, count, base, address, level);
        for (; i < event_count && events[i].address == address; i++)
            covering[events[i].level] += events[i].change;
        level = memory_map_top_level(covering);
        base = address;
    }
    return count;
}

uint64_t memory_map_ram_end(const struct boot_memory_region *regions, size_t count)
{
    for (; count > 0; count--) {
        const struct boot_memory_region *region = &regions[count - 1];
        if (memory_map_is_ram(region->type))
            return region->base + region->size_pages * PAGE_SIZE;
    }
    return 0;
}
