/* What firmware says of the machine's CPUs and interrupt controllers. dev/madt.c fills it from ACPI; the
 * local APIC, the I/O APICs and the start of the other CPUs go by it.
 *
 * Terms:  an APIC ID addresses a CPU's local APIC; an ACPI UID is firmware's name for a CPU; a GSI (global
 *         system interrupt) numbers the input pins of all I/O APICs in one row. */
#ifndef LINTEL_ARCH_APIC_MAP_H
#define LINTEL_ARCH_APIC_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mm/types.h"

#define APIC_MAP_CPUS 256
#define APIC_MAP_IO_APICS 64
#define APIC_MAP_NMIS 64
#define APIC_MAP_ISA_IRQS 16

#define APIC_MAP_ALL_CPUS UINT32_MAX /* in apic_map_nmi.acpi_uid */

/* Without x2APIC an ID has eight bits, and 255 means all CPUs. */
#define APIC_ID_XAPIC_MAX 254u
#define APIC_ID_BROADCAST UINT32_MAX

struct apic_map_cpu {
    uint32_t apic_id;
    uint32_t acpi_uid;
    bool is_enabled; /* else it may be switched on while the machine runs, and cannot be started now */
};

struct apic_map_io_apic {
    paddr_t address;   /* of its registers */
    uint32_t gsi_base; /* GSI of its first pin */
};

/* How an interrupt line signals. */
struct apic_map_line {
    uint32_t gsi;
    bool is_active_low;
    bool is_level; /* level-triggered, else edge-triggered */
};

/* A pin (0 or 1: LINT0, LINT1) of a CPU's local APIC that carries NMI. */
struct apic_map_nmi {
    uint32_t acpi_uid;
    uint8_t lint;
    bool is_active_low;
};

/* Without a MADT: all zero, but for isa[], which is the identity. APIC IDs and I/O APICs are unique. */
struct apic_map {
    paddr_t local_address; /* of the local APICs' registers; 0 if firmware does not say */
    size_t cpu_count;
    size_t cpus_left_out; /* beyond APIC_MAP_CPUS */
    size_t io_apic_count;
    size_t nmi_count;
    size_t nmi_line_count;
    size_t malformed_count; /* entries that were ignored, since they cannot be right */
    struct apic_map_cpu cpus[APIC_MAP_CPUS];
    struct apic_map_io_apic io_apics[APIC_MAP_IO_APICS];
    struct apic_map_nmi nmis[APIC_MAP_NMIS];
    struct apic_map_line nmi_lines[APIC_MAP_NMIS]; /* I/O APIC inputs that carry NMI */
    struct apic_map_line isa[APIC_MAP_ISA_IRQS];   /* where the PC's old interrupt lines 0 to 15 arrive */
};

#endif
