/* Where the firmware keeps its ACPI tables (UEFI 2.10, section 4.6; ACPI 6.5, section 5.2.5). */
#ifndef LINTEL_BOOTLOADER_ACPI_H
#define LINTEL_BOOTLOADER_ACPI_H

#include <efi.h>
#include <stdint.h>

/* Physical address of the ACPI 2.0 RSDP, else of the ACPI 1.0 one; 0 if there is none whose signature and
 * checksum are right. */
uint64_t acpi_find_rsdp(const EFI_SYSTEM_TABLE *system);

#endif
