#include "boot_services.h"

#include "abi/errno.h"
#include "cpu.h"
#include "firmware.h"
#include "memory.h"
#include "memory_type.h"
#include "x86_64/paging.h"

/* Boards are known that need dozens of attempts. */
#define BOOT_SERVICES_ATTEMPTS 256
#define BOOT_SERVICES_RESET_SECONDS 10

/* Room for the entries that our own allocations, and drivers at work, add until the exit. */
#define FIRMWARE_MAP_SLACK_ENTRIES 64

static EFI_STATUS firmware_map_fetch(struct firmware_map *map)
{
    UINT32 version;

    map->size_bytes = map->capacity_bytes;
    EFI_STATUS status = efi_boot->GetMemoryMap(&map->size_bytes, map->descriptors, &map->key,
                                               &map->descriptor_size, &version);
    if (!EFI_ERROR(status) && (map->descriptor_size < MEMORY_MAP_DESCRIPTOR_SIZE_MIN ||
                               map->descriptor_size % 8 != 0 || map->size_bytes > map->capacity_bytes))
        return EFI_UNSUPPORTED;
    return status;
}

/* Buffers for twice as many entries as there are now, and some. */
static int firmware_map_allocate(struct firmware_map *map)
{
    UINTN size = 0;
    UINT32 version;

    if (efi_boot->GetMemoryMap(&size, NULL, &map->key, &map->descriptor_size, &version) !=
            EFI_BUFFER_TOO_SMALL ||
        map->descriptor_size < MEMORY_MAP_DESCRIPTOR_SIZE_MIN)
        return -EIO;

    map->capacity_bytes =
        memory_pages(2 * size + FIRMWARE_MAP_SLACK_ENTRIES * map->descriptor_size) * PAGE_SIZE;
    /* However large the descriptors are when the map is fetched, this many fit at most. */
    size_t entries = map->capacity_bytes / MEMORY_MAP_DESCRIPTOR_SIZE_MIN;
    size_t events_size = MEMORY_MAP_EVENTS_MAX(entries, MEMORY_RECORDS_MAX) * sizeof(*map->events);
    size_t regions_size = MEMORY_MAP_REGIONS_MAX(entries, MEMORY_RECORDS_MAX) * sizeof(*map->regions);

    map->descriptors = (void *)memory_allocate(map->capacity_bytes / PAGE_SIZE, EfiLoaderData);
    map->events = (void *)memory_allocate(memory_pages(events_size), EfiLoaderData);
    map->regions = (void *)memory_allocate(memory_pages(regions_size), EFI_TYPE_KERNEL_DATA);
    return map->descriptors == NULL || map->events == NULL || map->regions == NULL ? -ENOMEM : 0;
}

int firmware_map_setup(struct firmware_map *ret_map, uint64_t physical_limit, struct error *error)
{
    *ret_map = (struct firmware_map){.physical_limit = physical_limit};
    int result = firmware_map_allocate(ret_map);
    if (result == -ENOMEM)
        return error_set(error, result, "memory map", "no memory for a copy of it");

    EFI_STATUS status = result < 0 ? EFI_UNSUPPORTED : firmware_map_fetch(ret_map);
    if (EFI_ERROR(status))
        return error_set(error, -EIO, "memory map", "the firmware does not give a usable one: %s",
                         firmware_status_text(status));
    firmware_map_convert(ret_map);
    return 0;
}

void firmware_map_convert(struct firmware_map *map)
{
    struct memory_map_input input = {
        .descriptors = map->descriptors,
        .size_bytes = map->size_bytes,
        .descriptor_size = map->descriptor_size,
        .physical_limit = map->physical_limit,
    };

    input.records = memory_records(&input.record_count);
    map->region_count = memory_map_convert(&input, map->events, map->regions);
}

/* Wait by the TSC, the only clock that is left, then restart. */
static _Noreturn void boot_services_give_up(uint64_t tsc_hz)
{
    uint64_t start = cpu_read_tsc();

    while (cpu_read_tsc() - start < BOOT_SERVICES_RESET_SECONDS * tsc_hz)
        cpu_pause();
    efi_system->RuntimeServices->ResetSystem(EfiResetCold, EFI_ABORTED, 0, NULL);
    cpu_halt();
}

int boot_services_exit(struct firmware_map *map, uint64_t tsc_hz, struct error *error)
{
    EFI_STATUS status = firmware_map_fetch(map);

    if (EFI_ERROR(status))
        return error_set(error, -EIO, "memory map", "the firmware did not give the last one: %s",
                         firmware_status_text(status));
    for (int attempt = 0; attempt < BOOT_SERVICES_ATTEMPTS; attempt++) {
        if (!EFI_ERROR(status) && !EFI_ERROR(efi_boot->ExitBootServices(efi_image, map->key)))
            return 0;
        status = firmware_map_fetch(map);
    }
    boot_services_give_up(tsc_hz);
}
