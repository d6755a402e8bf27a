/* ACPI tables out of arbitrary bytes: the input is physical memory from address 0 on. Its first two bytes say
 * where the root pointer lies. What chance does not find (signatures, addresses inside the memory, lengths,
 * checksums) is put right as far as the bits of the third byte say. */
#include <stdint.h>
#include <string.h>

#include "core/clock.h"
#include "dev/acpi.h"
#include "dev/acpi_pm_timer.h"
#include "dev/hpet.h"
#include "unit/kernel/fake_acpi.h"

#define FIX_POINTER 1u   /* the root pointer's signature and checksums */
#define FIX_ADDRESSES 2u /* of root tables and tables */
#define FIX_ROOTS 4u     /* signature, length and checksum */
#define FIX_TABLES 8u    /* likewise */

#define RSDP_SIZE 36
#define RSDP_RSDT 16
#define RSDP_XSDT 24
#define HEADER_SIZE 36
#define HEADER_LENGTH 4
#define HEADER_CHECKSUM 9
#define ROOT_ENTRIES_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t hpet_registers[0x400 / 4];

uint32_t port_read32(uint16_t port)
{
    return port;
}

/* The address in the `size` bytes at `field`, brought into the memory if wanted; 0 if it lies outside. */
static paddr_t address_fix(paddr_t field, size_t size, unsigned fixes)
{
    uint64_t address = 0;

    memcpy(&address, fake_acpi_memory + field, size);
    if ((fixes & FIX_ADDRESSES) != 0) {
        address %= FAKE_ACPI_SIZE;
        memcpy(fake_acpi_memory + field, &address, size);
    }
    return address <= FAKE_ACPI_SIZE - HEADER_SIZE ? address : 0;
}

/* Signature, length and checksum of a table; the length stays if it is good. */
static void table_fix(paddr_t table, const char *signature, uint32_t length_max)
{
    uint32_t length;

    memcpy(&length, fake_acpi_memory + table + HEADER_LENGTH, sizeof(length));
    if (length < HEADER_SIZE || length > length_max)
        length = HEADER_SIZE + length % (length_max - HEADER_SIZE + 1);
    if (length > FAKE_ACPI_SIZE - table)
        length = (uint32_t)(FAKE_ACPI_SIZE - table);
    memcpy(fake_acpi_memory + table, signature, 4);
    memcpy(fake_acpi_memory + table + HEADER_LENGTH, &length, sizeof(length));
    fake_acpi_fix_checksum(table, length, table + HEADER_CHECKSUM);
}

static void root_fix(paddr_t root, const char *signature, size_t entry_size, unsigned fixes)
{
    static const char *const signatures[] = {"FACP", "APIC", "HPET", "FACP"};

    for (size_t i = 0; i < ROOT_ENTRIES_MAX; i++) {
        paddr_t entry = root + HEADER_SIZE + i * entry_size;
        paddr_t table = entry <= FAKE_ACPI_SIZE - entry_size ? address_fix(entry, entry_size, fixes) : 0;
        if (table != 0 && (fixes & FIX_TABLES) != 0)
            table_fix(table, signatures[fake_acpi_memory[table] % 4], 512);
    }
    if ((fixes & FIX_ROOTS) != 0)
        table_fix(root, signature, (uint32_t)(HEADER_SIZE + ROOT_ENTRIES_MAX * entry_size));
}

static void memory_fix(paddr_t rsdp, unsigned fixes)
{
    if (rsdp > FAKE_ACPI_SIZE - RSDP_SIZE)
        return;
    paddr_t rsdt = address_fix(rsdp + RSDP_RSDT, 4, fixes), xsdt = address_fix(rsdp + RSDP_XSDT, 8, fixes);
    if (rsdt != 0)
        root_fix(rsdt, "RSDT", 4, fixes);
    if (xsdt != 0)
        root_fix(xsdt, "XSDT", 8, fixes);
    if ((fixes & FIX_POINTER) == 0)
        return;
    memcpy(fake_acpi_memory + rsdp, "RSD PTR ", 8);
    fake_acpi_fix_checksum(rsdp, 20, rsdp + 8);
    fake_acpi_fix_checksum(rsdp, RSDP_SIZE, rsdp + 32);
}

/* Sums what is found, so that every byte of it is read. */
static void table_read(const char *signature, uint32_t min_length)
{
    const struct acpi_header *table = acpi_find(signature, min_length);
    static volatile uint8_t sum;

    for (uint32_t i = 0; table != NULL && i < table->length; i++)
        sum = (uint8_t)(sum + ((const uint8_t *)table)[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct clock_reference reference;

    if (size < 3 || size > FAKE_ACPI_SIZE)
        return 0;
    paddr_t rsdp = (paddr_t)(data[0] | data[1] << 8);

    fake_acpi_device = hpet_registers;
    hpet_registers[1] = 10000000; /* its period */
    memcpy(fake_acpi_memory, data, size);
    memory_fix(rsdp, data[2]);
    if (acpi_setup(rsdp) == 0) {
        table_read("FACP", 0);
        table_read("APIC", 44);
        if (acpi_pm_timer_setup(&reference) == 0)
            (void)reference.read();
        if (hpet_setup(&reference) == 0)
            (void)reference.read();
    }
    fake_acpi_reset();
    return 0;
}
