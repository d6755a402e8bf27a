/* ACPI tables in a small physical memory, and the views of it that the kernel's map would give. A view is a
 * copy of exactly the bytes asked for, so that AddressSanitizer sees whoever reads one more. */
#ifndef LINTEL_TESTS_FAKE_ACPI_H
#define LINTEL_TESTS_FAKE_ACPI_H

#include <stddef.h>
#include <stdint.h>

#include "mm/types.h"

#define FAKE_ACPI_SIZE 0x4000

/* Physical memory from 0; a view beyond it is refused. */
extern uint8_t fake_acpi_memory[FAKE_ACPI_SIZE];

/* What kernel_map_device() shows, whatever address is asked for; NULL: it has no memory. */
extern volatile void *fake_acpi_device;
extern paddr_t fake_acpi_device_address; /* that was asked for last */

/* Forget the tables that the kernel has found, and all views; fill the memory with zeros. */
void fake_acpi_reset(void);

/* Write a table with a valid checksum whose body is `size` bytes behind the header. */
void fake_acpi_put_table(paddr_t address, const char *signature, const void *body, size_t size);

/* Write an XSDT (entry_size 8) or RSDT (entry_size 4) that names the addresses. */
void fake_acpi_put_root(paddr_t address, size_t entry_size, const uint64_t *addresses, size_t count);

/* Write a root pointer of that revision (0 or 2) with valid checksums. */
void fake_acpi_put_rsdp(paddr_t address, uint8_t revision, paddr_t rsdt, paddr_t xsdt);

/* Change `size` bytes of a table, and its checksum along with them. */
void fake_acpi_change_table(paddr_t address, size_t offset, const void *bytes, size_t size);

/* Make the byte at `sum` such that all bytes of the range add up to 0. */
void fake_acpi_fix_checksum(paddr_t start, size_t size, paddr_t sum);

#endif
