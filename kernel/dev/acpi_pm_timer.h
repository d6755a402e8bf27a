/* The ACPI power-management timer: 3.579545 MHz, 24 or 32 bits (ACPI 6.5, section 4.8.3.3). */
#ifndef LINTEL_DEV_ACPI_PM_TIMER_H
#define LINTEL_DEV_ACPI_PM_TIMER_H

struct clock_reference;

/* Find the timer by the FADT and describe it. Errors: -ENODEV (none, or not in I/O space).
 * Context: early boot, after acpi_setup(). */
int acpi_pm_timer_setup(struct clock_reference *ret_reference);

#endif
