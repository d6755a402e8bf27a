/* Time: the wall clock, and how fast the TSC counts. */
#ifndef LINTEL_BOOTLOADER_CLOCK_H
#define LINTEL_BOOTLOADER_CLOCK_H

#include <efi.h>
#include <stdbool.h>
#include <stdint.h>

/* Seconds since 1970 in UTC of a time as UEFI gives it (UEFI 2.10, section 8.3); a time without a zone counts
 * as UTC. False if it is no valid time, or one before 1970. Pure. */
bool clock_from_efi_time(const EFI_TIME *time, uint64_t *ret_seconds);

/* The firmware's clock, and the TSC at that moment. False if there is no clock that works. */
bool clock_read(uint64_t *ret_seconds, uint64_t *ret_tsc);

/* TSC ticks a second, measured against the firmware's Stall() over three times that many microseconds.
 * Context: before ExitBootServices. */
uint64_t clock_measure_tsc(uint64_t stall_us);

#endif
