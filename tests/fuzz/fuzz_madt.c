/* Any bytes as MADT: what comes out keeps the promises of apic_map.h. */
#include <stdbool.h>
#include <stdlib.h>

#include "dev/madt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void require_unique(const struct apic_map *map)
{
    for (size_t i = 0; i < map->cpu_count; i++) {
        require(map->cpus[i].apic_id != APIC_ID_BROADCAST);
        for (size_t j = 0; j < i; j++)
            require(map->cpus[i].apic_id != map->cpus[j].apic_id);
    }
    for (size_t i = 0; i < map->io_apic_count; i++) {
        require(map->io_apics[i].address != 0);
        for (size_t j = 0; j < i; j++)
            require(map->io_apics[i].address != map->io_apics[j].address &&
                    map->io_apics[i].gsi_base != map->io_apics[j].gsi_base);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct apic_map map;
    int error = madt_parse(data, size, &map);

    require((error == 0) == (size >= 44));
    require(map.cpu_count <= APIC_MAP_CPUS && map.io_apic_count <= APIC_MAP_IO_APICS);
    require(map.nmi_count <= APIC_MAP_NMIS && map.nmi_line_count <= APIC_MAP_NMIS);
    require(map.cpus_left_out == 0 || map.cpu_count == APIC_MAP_CPUS);
    require_unique(&map);
    for (size_t i = 0; i < map.nmi_count; i++)
        require(map.nmis[i].lint <= 1);
    return 0;
}
