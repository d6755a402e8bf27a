/* ACPI tables: foreign bytes, checked before they are believed (ACPI 6.5, section 5.2). */
#ifndef LINTEL_DEV_ACPI_H
#define LINTEL_DEV_ACPI_H

#include <stdint.h>

#include "mm/types.h"

struct acpi_header {
    char signature[4];
    uint32_t length; /* of the whole table */
    uint8_t revision;
    uint8_t checksum;
    char oem_id[6];
    char oem_table_id[8];
    uint32_t oem_revision;
    uint32_t creator_id;
    uint32_t creator_revision;
} __attribute__((packed));

_Static_assert(sizeof(struct acpi_header) == 36, "ACPI 6.5, table 5.4");

#define ACPI_SPACE_MEMORY 0
#define ACPI_SPACE_IO 1

/* Generic address structure (ACPI 6.5, section 5.2.3.2). */
struct acpi_address {
    uint8_t space; /* ACPI_SPACE_* */
    uint8_t bit_width;
    uint8_t bit_offset;
    uint8_t access_size;
    uint64_t address;
} __attribute__((packed));

/* Check the root pointer at physical address `rsdp` and the root table it names: the XSDT, else the RSDT.
 * rsdp may be 0. Errors: -ENODEV (no pointer), -EINVAL (signature, length or checksum wrong; logged).
 * Context: early boot, once; kernel_map is set up. */
int acpi_setup(paddr_t rsdp);

/* The first table with this signature whose length and checksum are right and which is at least
 * min_length bytes long; NULL if there is none. The memory stays valid. Context: after acpi_setup(). */
const struct acpi_header *acpi_find(const char *signature, uint32_t min_length);

#endif
