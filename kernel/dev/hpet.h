/* High precision event timer, its main counter only (IA-PC HPET Specification 1.0a). */
#ifndef LINTEL_DEV_HPET_H
#define LINTEL_DEV_HPET_H

struct clock_reference;

/* Find the HPET by its ACPI table, start its counter, and describe it. Errors: -ENODEV (none, or it
 * makes no sense), -ENOMEM. Context: early boot, after acpi_setup(). */
int hpet_setup(struct clock_reference *ret_reference);

#endif
