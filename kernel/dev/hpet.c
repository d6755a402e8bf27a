#include "dev/hpet.h"

#include <stddef.h>
#include <stdint.h>

#include "abi/errno.h"
#include "core/clock.h"
#include "dev/acpi.h"
#include "mm/kernel_map.h"

/* ACPI table "HPET" (HPET specification, section 3.2.4). */
struct acpi_hpet {
    struct acpi_header header;
    uint32_t block_id;
    struct acpi_address address;
} __attribute__((packed));

#define HPET_SIZE 0x400
#define HPET_CAPABILITIES 0x000 /* bits 63-32: femtoseconds a tick */
#define HPET_CONFIGURATION 0x010
#define HPET_COUNTER 0x0f0

#define CONFIGURATION_ENABLE 1u
#define FEMTOSECONDS_PER_SECOND 1000000000000000ull
#define PERIOD_MAX_FS 100000000u /* the specification's limit: 100 ns */

static volatile uint32_t *hpet_registers;

/* The low half is enough for any measurement here, and reads whole on every bus. */
static uint64_t hpet_read(void)
{
    return hpet_registers[HPET_COUNTER / 4];
}

int hpet_setup(struct clock_reference *ret_reference)
{
    const struct acpi_hpet *table = (const struct acpi_hpet *)acpi_find("HPET", sizeof(*table));

    if (table == NULL || table->address.space != ACPI_SPACE_MEMORY || table->address.address == 0)
        return -ENODEV;
    hpet_registers = kernel_map_device(table->address.address, HPET_SIZE, MAP_UNCACHED);
    if (hpet_registers == NULL)
        return -ENOMEM;
    uint32_t period = hpet_registers[HPET_CAPABILITIES / 4 + 1];
    if (period == 0 || period > PERIOD_MAX_FS)
        return -ENODEV;
    hpet_registers[HPET_CONFIGURATION / 4] |= CONFIGURATION_ENABLE;
    *ret_reference = (struct clock_reference){
        .read = hpet_read,
        .mask = UINT32_MAX,
        .hz = FEMTOSECONDS_PER_SECOND / period,
    };
    return 0;
}
