/* Behind the header come entries of a type, a length and contents. Each type has a smallest length; a longer
 * entry is from a later version and its rest is ignored. An entry whose length cannot be right ends the walk,
 * since nothing tells where the next one begins. */
#include "dev/madt.h"

#include <stdint.h>

#include "abi/errno.h"
#include "dev/acpi.h"
#include "lib/string.h"

struct madt_header {
    struct acpi_header header;
    uint32_t local_address;
    uint32_t flags;
} __attribute__((packed));

_Static_assert(sizeof(struct madt_header) == 44, "ACPI 6.5, table 5.19");

struct madt_entry {
    uint8_t type;
    uint8_t length;
} __attribute__((packed));

#define FLAG_ENABLED 1u
#define FLAG_ONLINE_CAPABLE 2u

struct madt_local_apic {
    struct madt_entry entry;
    uint8_t acpi_uid;
    uint8_t apic_id;
    uint32_t flags;
} __attribute__((packed));

struct madt_io_apic {
    struct madt_entry entry;
    uint8_t id;
    uint8_t reserved;
    uint32_t address;
    uint32_t gsi_base;
} __attribute__((packed));

/* MPS INTI flags (ACPI 6.5, table 5.25): bits 1-0 polarity, bits 3-2 trigger mode; 0 is the bus's own way,
 * which is active high and edge-triggered for ISA. */
#define INTI_POLARITY(flags) ((flags)&3)
#define INTI_TRIGGER(flags) ((flags) >> 2 & 3)
#define INTI_ACTIVE_LOW 3
#define INTI_LEVEL 3

#define BUS_ISA 0

struct madt_source_override {
    struct madt_entry entry;
    uint8_t bus;
    uint8_t source;
    uint32_t gsi;
    uint16_t flags;
} __attribute__((packed));

struct madt_nmi_source {
    struct madt_entry entry;
    uint16_t flags;
    uint32_t gsi;
} __attribute__((packed));

#define LOCAL_NMI_ALL_CPUS 0xff

struct madt_local_nmi {
    struct madt_entry entry;
    uint8_t acpi_uid;
    uint16_t flags;
    uint8_t lint;
} __attribute__((packed));

struct madt_address_override {
    struct madt_entry entry;
    uint16_t reserved;
    uint64_t address;
} __attribute__((packed));

struct madt_local_x2apic {
    struct madt_entry entry;
    uint16_t reserved;
    uint32_t apic_id;
    uint32_t flags;
    uint32_t acpi_uid;
} __attribute__((packed));

struct madt_local_x2apic_nmi {
    struct madt_entry entry;
    uint16_t flags;
    uint32_t acpi_uid;
    uint8_t lint;
    uint8_t reserved[3];
} __attribute__((packed));

static void madt_add_cpu(struct apic_map *map, struct apic_map_cpu cpu)
{
    for (size_t i = 0; i < map->cpu_count; i++) {
        if (map->cpus[i].apic_id == cpu.apic_id) {
            map->malformed_count++;
            map->cpus[i].is_enabled |= cpu.is_enabled;
            return;
        }
    }
    if (map->cpu_count == APIC_MAP_CPUS)
        map->cpus_left_out++;
    else
        map->cpus[map->cpu_count++] = cpu;
}

static bool madt_flags_say_present(uint32_t flags)
{
    return (flags & (FLAG_ENABLED | FLAG_ONLINE_CAPABLE)) != 0;
}

static void madt_read_local_apic(struct apic_map *map, const void *at)
{
    const struct madt_local_apic *cpu = at;

    if (madt_flags_say_present(cpu->flags) && cpu->apic_id <= APIC_ID_XAPIC_MAX)
        madt_add_cpu(map, (struct apic_map_cpu){cpu->apic_id, cpu->acpi_uid, cpu->flags & FLAG_ENABLED});
}

static void madt_read_local_x2apic(struct apic_map *map, const void *at)
{
    const struct madt_local_x2apic *cpu = at;

    if (madt_flags_say_present(cpu->flags) && cpu->apic_id != APIC_ID_BROADCAST)
        madt_add_cpu(map, (struct apic_map_cpu){cpu->apic_id, cpu->acpi_uid, cpu->flags & FLAG_ENABLED});
}

static void madt_read_io_apic(struct apic_map *map, const void *at)
{
    const struct madt_io_apic *io_apic = at;
    bool is_known = io_apic->address == 0;

    for (size_t i = 0; i < map->io_apic_count; i++)
        is_known |=
            map->io_apics[i].address == io_apic->address || map->io_apics[i].gsi_base == io_apic->gsi_base;
    if (is_known || map->io_apic_count == APIC_MAP_IO_APICS)
        map->malformed_count++;
    else
        map->io_apics[map->io_apic_count++] = (struct apic_map_io_apic){io_apic->address, io_apic->gsi_base};
}

static struct apic_map_line madt_line(uint32_t gsi, uint16_t flags)
{
    return (struct apic_map_line){gsi, INTI_POLARITY(flags) == INTI_ACTIVE_LOW,
                                  INTI_TRIGGER(flags) == INTI_LEVEL};
}

static void madt_read_source_override(struct apic_map *map, const void *at)
{
    const struct madt_source_override *source = at;

    if (source->bus != BUS_ISA || source->source >= APIC_MAP_ISA_IRQS)
        map->malformed_count++;
    else
        map->isa[source->source] = madt_line(source->gsi, source->flags);
}

static void madt_read_nmi_source(struct apic_map *map, const void *at)
{
    const struct madt_nmi_source *source = at;

    if (map->nmi_line_count == APIC_MAP_NMIS)
        map->malformed_count++;
    else
        map->nmi_lines[map->nmi_line_count++] = madt_line(source->gsi, source->flags);
}

static void madt_add_nmi(struct apic_map *map, uint32_t acpi_uid, uint8_t lint, uint16_t flags)
{
    if (lint > 1 || map->nmi_count == APIC_MAP_NMIS)
        map->malformed_count++;
    else
        map->nmis[map->nmi_count++] =
            (struct apic_map_nmi){acpi_uid, lint, INTI_POLARITY(flags) == INTI_ACTIVE_LOW};
}

static void madt_read_local_nmi(struct apic_map *map, const void *at)
{
    const struct madt_local_nmi *nmi = at;

    madt_add_nmi(map, nmi->acpi_uid == LOCAL_NMI_ALL_CPUS ? APIC_MAP_ALL_CPUS : nmi->acpi_uid, nmi->lint,
                 nmi->flags);
}

static void madt_read_local_x2apic_nmi(struct apic_map *map, const void *at)
{
    const struct madt_local_x2apic_nmi *nmi = at;

    madt_add_nmi(map, nmi->acpi_uid, nmi->lint, nmi->flags);
}

static void madt_read_address_override(struct apic_map *map, const void *at)
{
    map->local_address = ((const struct madt_address_override *)at)->address;
}

static const struct {
    uint8_t min_length;
    void (*read)(struct apic_map *map, const void *at);
} readers[] = {
    [0] = {sizeof(struct madt_local_apic), madt_read_local_apic},
    [1] = {sizeof(struct madt_io_apic), madt_read_io_apic},
    [2] = {sizeof(struct madt_source_override), madt_read_source_override},
    [3] = {sizeof(struct madt_nmi_source), madt_read_nmi_source},
    [4] = {sizeof(struct madt_local_nmi), madt_read_local_nmi},
    [5] = {sizeof(struct madt_address_override), madt_read_address_override},
    [9] = {sizeof(struct madt_local_x2apic), madt_read_local_x2apic},
    [10] = {sizeof(struct madt_local_x2apic_nmi), madt_read_local_x2apic_nmi},
};

#define READER_COUNT (sizeof(readers) / sizeof(readers[0]))

void madt_default(struct apic_map *ret_map)
{
    memset(ret_map, 0, sizeof(*ret_map));
    for (uint32_t irq = 0; irq < APIC_MAP_ISA_IRQS; irq++)
        ret_map->isa[irq] = (struct apic_map_line){.gsi = irq};
}

int madt_parse(const void *table, size_t size_bytes, struct apic_map *ret_map)
{
    const struct madt_header *header = table;
    const uint8_t *bytes = table;

    madt_default(ret_map);
    if (size_bytes < sizeof(*header))
        return -EINVAL;
    ret_map->local_address = header->local_address;

    for (size_t at = sizeof(*header), length; at < size_bytes; at += length) {
        const struct madt_entry *entry = (const void *)(bytes + at);
        size_t left = size_bytes - at;

        if (left < sizeof(*entry) || entry->length < sizeof(*entry) || entry->length > left) {
            ret_map->malformed_count++;
            break;
        }
        length = entry->length;
        if (entry->type >= READER_COUNT || readers[entry->type].read == NULL)
            continue;
        if (length < readers[entry->type].min_length)
            ret_map->malformed_count++;
        else
            readers[entry->type].read(ret_map, entry);
    }
    return 0;
}
