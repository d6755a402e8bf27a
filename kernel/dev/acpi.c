#include "dev/acpi.h"

#include <stdbool.h>
#include <stddef.h>

#include "abi/errno.h"
#include "core/log.h"
#include "lib/string.h"
#include "mm/kernel_map.h"

#define ACPI_TABLE_MAX 0x1000000u /* a longer one is taken for damaged */

/* Root system description pointer (ACPI 6.5, section 5.2.5.3). Revision 0 ends behind rsdt. */
struct acpi_rsdp {
    char signature[8];
    uint8_t checksum; /* over the first 20 bytes */
    char oem_id[6];
    uint8_t revision;
    uint32_t rsdt;
    uint32_t length;
    uint64_t xsdt;
    uint8_t extended_checksum; /* over all `length` bytes */
    uint8_t reserved[3];
} __attribute__((packed));

#define RSDP_SIZE_REVISION_0 20
#define RSDP_SIZE_MAX 4096

_Static_assert(offsetof(struct acpi_rsdp, length) == RSDP_SIZE_REVISION_0, "ACPI 6.5, table 5.3");
_Static_assert(sizeof(struct acpi_rsdp) == 36, "ACPI 6.5, table 5.3");

static struct {
    const struct acpi_header *root; /* NULL: no tables */
    size_t entry_size;              /* 8 in an XSDT, 4 in an RSDT */
} acpi;

static bool bytes_sum_to_zero(const void *bytes, size_t size)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + ((const uint8_t *)bytes)[i]);
    return sum == 0;
}

/* Map the table at `address` and check it whole; NULL if it is no table with this signature. */
static const struct acpi_header *acpi_table(paddr_t address, const char *signature)
{
    const struct acpi_header *header = kernel_map_firmware_table(address, sizeof(*header));

    if (header == NULL || memcmp(header->signature, signature, sizeof(header->signature)) != 0)
        return NULL;
    uint32_t length = header->length;
    if (length < sizeof(*header) || length > ACPI_TABLE_MAX) {
        log_warning("acpi: table %.4s has length %u; ignored", signature, length);
        return NULL;
    }
    const struct acpi_header *table = kernel_map_firmware_table(address, length);
    if (table != NULL && bytes_sum_to_zero(table, length))
        return table;
    log_warning("acpi: table %.4s at 0x%lx: wrong checksum; ignored", signature, address);
    return NULL;
}

/* The root pointer of revision 2 and up, whole; NULL if its length or checksum is wrong. */
static const struct acpi_rsdp *acpi_extended_rsdp(paddr_t address)
{
    const struct acpi_rsdp *rsdp = kernel_map_firmware_table(address, sizeof(*rsdp));

    if (rsdp == NULL || rsdp->length < sizeof(*rsdp) || rsdp->length > RSDP_SIZE_MAX)
        return NULL;
    uint32_t length = rsdp->length;
    rsdp = kernel_map_firmware_table(address, length);
    return rsdp != NULL && bytes_sum_to_zero(rsdp, length) ? rsdp : NULL;
}

int acpi_setup(paddr_t rsdp_address)
{
    if (rsdp_address == 0)
        return -ENODEV;
    const struct acpi_rsdp *rsdp = kernel_map_firmware_table(rsdp_address, RSDP_SIZE_REVISION_0);
    if (rsdp == NULL || memcmp(rsdp->signature, "RSD PTR ", sizeof(rsdp->signature)) != 0 ||
        !bytes_sum_to_zero(rsdp, RSDP_SIZE_REVISION_0)) {
        log_warning("acpi: no valid root pointer at 0x%lx", rsdp_address);
        return -EINVAL;
    }

    paddr_t rsdt = rsdp->rsdt;
    bool is_extended = rsdp->revision >= 2;
    rsdp = is_extended ? acpi_extended_rsdp(rsdp_address) : NULL;
    if (rsdp != NULL) {
        acpi.root = acpi_table(rsdp->xsdt, "XSDT");
        acpi.entry_size = sizeof(uint64_t);
    }
    if (acpi.root == NULL) {
        acpi.root = acpi_table(rsdt, "RSDT");
        acpi.entry_size = sizeof(uint32_t);
    }
    if (acpi.root == NULL)
        log_warning("acpi: neither XSDT nor RSDT is valid");
    return acpi.root == NULL ? -EINVAL : 0;
}

const struct acpi_header *acpi_find(const char *signature, uint32_t min_length)
{
    if (acpi.root == NULL)
        return NULL;
    size_t count = (acpi.root->length - sizeof(*acpi.root)) / acpi.entry_size;
    for (size_t i = 0; i < count; i++) {
        uint64_t address = 0;
        memcpy(&address, (const char *)(acpi.root + 1) + i * acpi.entry_size, acpi.entry_size);
        const struct acpi_header *table = acpi_table(address, signature);
        if (table != NULL && table->length >= min_length)
            return table;
    }
    return NULL;
}
