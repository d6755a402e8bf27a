/* The multiple APIC description table (ACPI 6.5, section 5.2.12), signature "APIC". */
#ifndef LINTEL_DEV_MADT_H
#define LINTEL_DEV_MADT_H

#include <stddef.h>

#include "arch/x86_64/apic_map.h"

/* Fill *ret_map for a machine that has no such table: ISA interrupts arrive where they always did. */
void madt_default(struct apic_map *ret_map);

/* Read the table of size_bytes bytes (the header's length; its checksum is right). What cannot be
 * believed is left out and counted. Errors: -EINVAL (too short for a table): *ret_map is then the default.
 * Context: any. Pure. */
int madt_parse(const void *table, size_t size_bytes, struct apic_map *ret_map);

#endif
