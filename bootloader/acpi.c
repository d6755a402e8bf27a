#include "acpi.h"

#include <stdbool.h>

#include "lib/string.h"

#define ACPI_RSDP_1_SIZE 20 /* what the checksum at byte 8 covers, in every version */

static bool acpi_is_rsdp(const void *table)
{
    const uint8_t *bytes = table;
    uint8_t sum = 0;

    if (table == NULL || memcmp(bytes, "RSD PTR ", 8) != 0)
        return false;
    for (int i = 0; i < ACPI_RSDP_1_SIZE; i++)
        sum += bytes[i];
    return sum == 0;
}

static uint64_t acpi_find_table(const EFI_SYSTEM_TABLE *system, const EFI_GUID *guid)
{
    for (UINTN i = 0; i < system->NumberOfTableEntries; i++) {
        const EFI_CONFIGURATION_TABLE *entry = &system->ConfigurationTable[i];
        if (memcmp(&entry->VendorGuid, guid, sizeof(*guid)) == 0 && acpi_is_rsdp(entry->VendorTable))
            return (uint64_t)entry->VendorTable;
    }
    return 0;
}

uint64_t acpi_find_rsdp(const EFI_SYSTEM_TABLE *system)
{
    static const EFI_GUID acpi_2 = ACPI_20_TABLE_GUID, acpi_1 = ACPI_TABLE_GUID;
    uint64_t rsdp = acpi_find_table(system, &acpi_2);

    return rsdp != 0 ? rsdp : acpi_find_table(system, &acpi_1);
}
