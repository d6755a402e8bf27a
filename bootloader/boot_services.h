/* Leaving boot services (UEFI 2.10, sections 7.2.3 and 7.4.6): the firmware's last memory map and the exit.
 */
#ifndef LINTEL_BOOTLOADER_BOOT_SERVICES_H
#define LINTEL_BOOTLOADER_BOOT_SERVICES_H

#include <efi.h>
#include <stddef.h>
#include <stdint.h>

#include "boot_info.h"
#include "error.h"
#include "memory_map.h"

/* The firmware's map, and buffers that it is converted in, large enough for all that may still be added. */
struct firmware_map {
    void *descriptors;
    UINTN capacity_bytes; /* of descriptors */
    UINTN size_bytes;
    UINTN descriptor_size;
    UINTN key;
    struct memory_map_event *events;
    struct boot_memory_region *regions; /* KernelData: the kernel gets them as they are */
    size_t region_count;
    uint64_t physical_limit;
};

/* Allocate the buffers, fetch the map and convert it. Errors: -ENOMEM, -EIO (the firmware's map is unusable).
 * Context: before ExitBootServices. */
int firmware_map_setup(struct firmware_map *ret_map, uint64_t physical_limit, struct error *error);

/* Convert the map fetched last once more, with what has been recorded in the meantime. Pure. */
void firmware_map_convert(struct firmware_map *map);

/* Leave boot services: afterwards the machine is ours, map holds the final map (not yet converted).
 *
 * The map is fetched and ExitBootServices called, again and again while the firmware says that the map has
 * changed. From the first such call on nothing else may be called (the firmware may have shut down its
 * drivers, its console among them), so if it never succeeds no message can be shown: the last line on the
 * screen stays for ten seconds (by the TSC, tsc_hz ticks a second), then the runtime service ResetSystem
 * restarts the machine, where the person can choose to start something else. If even that returns, the CPU is
 * halted.
 *
 * Errors: -EIO if the map could not be fetched before the first attempt; then boot services still stand. */
int boot_services_exit(struct firmware_map *map, uint64_t tsc_hz, struct error *error);

#endif
