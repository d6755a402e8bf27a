/* Which timer tells how fast the TSC runs. The 8254 is not asked: recent PCs gate it off. */
#ifndef LINTEL_DEV_CLOCK_SOURCE_H
#define LINTEL_DEV_CLOCK_SOURCE_H

#include "boot_info.h"

/* Find the TSC's frequency, in this order: CPUID; the HPET; the ACPI PM timer; the bootloader's
 * measurement. Then start the clock (core/clock.h) with time 0 at TSC value tsc_zero.
 * Errors: -ENODEV: no source answered, the clock does not run.
 * Context: early boot, once, after acpi_setup(). */
int clock_source_setup(const struct boot_info *boot, uint64_t tsc_zero);

#endif
