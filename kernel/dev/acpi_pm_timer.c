#include "dev/acpi_pm_timer.h"

#include <stddef.h>
#include <stdint.h>

#include "abi/errno.h"
#include "arch/x86_64/port.h"
#include "core/clock.h"
#include "dev/acpi.h"
#include "lib/string.h"

/* Offsets in the fixed ACPI description table "FACP" (ACPI 6.5, table 5.9). */
#define FADT_PM_TIMER_BLOCK 76
#define FADT_PM_TIMER_LENGTH 91
#define FADT_FLAGS 112
#define FADT_X_PM_TIMER_BLOCK 208 /* a struct acpi_address, since revision 3 */
#define FADT_MIN_LENGTH 116

#define FADT_FLAG_TIMER_32_BIT (1u << 8)
#define FADT_FLAG_HARDWARE_REDUCED (1u << 20)
#define PM_TIMER_LENGTH 4
#define PM_TIMER_HZ 3579545

static uint16_t pm_timer_port;

/* The port in the old field, else in the extended one; 0 if there is none in I/O space. */
static uint16_t fadt_pm_timer_port(const uint8_t *fadt, uint32_t length)
{
    struct acpi_address extended;
    uint32_t port;

    memcpy(&port, fadt + FADT_PM_TIMER_BLOCK, sizeof(port));
    if (port == 0 && length >= FADT_X_PM_TIMER_BLOCK + sizeof(extended)) {
        memcpy(&extended, fadt + FADT_X_PM_TIMER_BLOCK, sizeof(extended));
        if (extended.space == ACPI_SPACE_IO && extended.address <= UINT16_MAX)
            port = (uint32_t)extended.address;
    }
    return port <= UINT16_MAX ? (uint16_t)port : 0;
}

static uint64_t pm_timer_read(void)
{
    return port_read32(pm_timer_port);
}

int acpi_pm_timer_setup(struct clock_reference *ret_reference)
{
    const struct acpi_header *table = acpi_find("FACP", FADT_MIN_LENGTH);
    const uint8_t *fadt = (const uint8_t *)table;
    uint32_t flags;

    if (table == NULL)
        return -ENODEV;
    memcpy(&flags, fadt + FADT_FLAGS, sizeof(flags));
    pm_timer_port = fadt_pm_timer_port(fadt, table->length);
    if (pm_timer_port == 0 || fadt[FADT_PM_TIMER_LENGTH] != PM_TIMER_LENGTH ||
        (flags & FADT_FLAG_HARDWARE_REDUCED) != 0)
        return -ENODEV;
    *ret_reference = (struct clock_reference){
        .read = pm_timer_read,
        .mask = flags & FADT_FLAG_TIMER_32_BIT ? 0xffffffff : 0xffffff,
        .hz = PM_TIMER_HZ,
    };
    return 0;
}
