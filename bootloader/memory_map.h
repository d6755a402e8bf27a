/* From the firmware's memory map to the kernel's. Pure: it works on copies and allocates nothing.
 *
 * Firmware reports claims on ranges of physical memory, in any order, sometimes overlapping, nested,
 * or empty. The kernel gets regions: sorted, page-granular, not overlapping, merged. Of several claims
 * on a page our own record wins, and among the firmware's the highest enum memory_type. */
#ifndef LINTEL_BOOTLOADER_MEMORY_MAP_H
#define LINTEL_BOOTLOADER_MEMORY_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boot_info.h"

/* The least that an EFI_MEMORY_DESCRIPTOR takes; newer firmware may append fields. */
#define MEMORY_MAP_DESCRIPTOR_SIZE_MIN 40

/* Something that we allocated. */
struct memory_record {
    uint64_t base;       /* physical, page-aligned */
    uint64_t size_pages; /* > 0 */
    uint32_t type;       /* enum memory_type */
};

/* Where a claim begins or ends. */
struct memory_map_event {
    uint64_t address;
    int32_t change; /* +1 begins, -1 ends */
    uint32_t level; /* precedence of the claim */
};

struct memory_map_input {
    const void *descriptors; /* as GetMemoryMap wrote them; any alignment */
    size_t size_bytes;
    size_t descriptor_size; /* >= MEMORY_MAP_DESCRIPTOR_SIZE_MIN */
    const struct memory_record *records;
    size_t record_count;
    uint64_t physical_limit; /* page-aligned; memory from here up is left out: nobody can reach it */
};

/* How many events, and how many regions, a map of so many descriptors and records needs at most. Each
 * claim gives two events. Regions change only at an event's address and nothing follows the last one, so
 * there are fewer regions than events. */
#define MEMORY_MAP_EVENTS_MAX(descriptors, records) (2 * ((descriptors) + (records)))
#define MEMORY_MAP_REGIONS_MAX(descriptors, records) MEMORY_MAP_EVENTS_MAX(descriptors, records)

/* enum memory_type of what firmware calls efi_type, with these EFI_MEMORY_* attributes. Types that nobody
 * knows are Reserved; so is free memory that cannot be cached, is persistent or kept for a purpose. */
uint32_t memory_map_type(uint32_t efi_type, uint64_t attributes);

/* True when memory of this enum memory_type is RAM. */
bool memory_map_is_ram(uint32_t type);

/* Convert; returns the number of regions written. `events` is scratch; both arrays have the sizes above. */
size_t memory_map_convert(const struct memory_map_input *input, struct memory_map_event *events,
                          struct boot_memory_region *ret_regions);

/* End of the highest RAM in a converted map, 0 if there is none. */
uint64_t memory_map_ram_end(const struct boot_memory_region *regions, size_t count);

#endif
