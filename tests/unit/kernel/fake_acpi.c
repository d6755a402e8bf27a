#include "fake_acpi.h"

#include <stdlib.h>
#include <string.h>

#include "dev/acpi.h"
#include "mm/kernel_map.h"

#define VIEWS_MAX 100000
#define RSDP_CHECKSUM 8
#define RSDP_EXTENDED_CHECKSUM 32
#define TABLE_CHECKSUM 9

uint8_t fake_acpi_memory[FAKE_ACPI_SIZE];
volatile void *fake_acpi_device;
paddr_t fake_acpi_device_address;

static void *views[VIEWS_MAX];
static size_t view_count;

const void *kernel_map_firmware_table(paddr_t base, size_t size_bytes)
{
    if (base == 0 || base >= FAKE_ACPI_SIZE || size_bytes > FAKE_ACPI_SIZE - base || view_count == VIEWS_MAX)
        return NULL;
    void *view = malloc(size_bytes);
    memcpy(view, fake_acpi_memory + base, size_bytes);
    views[view_count++] = view;
    return view;
}

volatile void *kernel_map_device(paddr_t base, size_t size_bytes, uint32_t caching)
{
    (void)size_bytes;
    (void)caching;
    fake_acpi_device_address = base;
    return fake_acpi_device;
}

void fake_acpi_fix_checksum(paddr_t start, size_t size, paddr_t sum)
{
    uint8_t total = 0;

    fake_acpi_memory[sum] = 0;
    for (size_t i = 0; i < size; i++)
        total = (uint8_t)(total + fake_acpi_memory[start + i]);
    fake_acpi_memory[sum] = (uint8_t)-total;
}

void fake_acpi_reset(void)
{
    memset(fake_acpi_memory, 0, sizeof(fake_acpi_memory));
    fake_acpi_put_rsdp(0x10, 2, 0, 0); /* names no table: the kernel forgets those it had */
    (void)acpi_setup(0x10);
    memset(fake_acpi_memory, 0, sizeof(fake_acpi_memory));
    while (view_count > 0)
        free(views[--view_count]);
}

void fake_acpi_put_table(paddr_t address, const char *signature, const void *body, size_t size)
{
    struct acpi_header header = {.length = (uint32_t)(sizeof(header) + size), .revision = 1};

    memcpy(header.signature, signature, sizeof(header.signature));
    memcpy(fake_acpi_memory + address, &header, sizeof(header));
    if (size > 0)
        memcpy(fake_acpi_memory + address + sizeof(header), body, size);
    fake_acpi_fix_checksum(address, header.length, address + TABLE_CHECKSUM);
}

void fake_acpi_put_root(paddr_t address, size_t entry_size, const uint64_t *addresses, size_t count)
{
    uint8_t body[256];

    for (size_t i = 0; i < count; i++)
        memcpy(body + i * entry_size, &addresses[i], entry_size);
    fake_acpi_put_table(address, entry_size == 8 ? "XSDT" : "RSDT", body, count * entry_size);
}

void fake_acpi_put_rsdp(paddr_t address, uint8_t revision, paddr_t rsdt, paddr_t xsdt)
{
    uint8_t *rsdp = fake_acpi_memory + address;
    const uint32_t rsdt_address = (uint32_t)rsdt, length = 36;

    memcpy(rsdp, "RSD PTR ", 8);
    memcpy(rsdp + 9, "LINTEL", 6);
    rsdp[15] = revision;
    memcpy(rsdp + 16, &rsdt_address, 4);
    fake_acpi_fix_checksum(address, 20, address + RSDP_CHECKSUM);
    if (revision < 2)
        return;
    memcpy(rsdp + 20, &length, 4);
    memcpy(rsdp + 24, &xsdt, 8);
    fake_acpi_fix_checksum(address, 36, address + RSDP_EXTENDED_CHECKSUM);
}

void fake_acpi_change_table(paddr_t address, size_t offset, const void *bytes, size_t size)
{
    struct acpi_header header;

    memcpy(fake_acpi_memory + address + offset, bytes, size);
    memcpy(&header, fake_acpi_memory + address, sizeof(header));
    fake_acpi_fix_checksum(address, header.length, address + TABLE_CHECKSUM);
}
