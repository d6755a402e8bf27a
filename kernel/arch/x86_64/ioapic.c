/* Registers are reached through an index and a window; the spin lock keeps the two together. */
#include "arch/x86_64/ioapic.h"

#include <stdbool.h>
#include <stddef.h>

#include "abi/errno.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "mm/kernel_map.h"

#define IOAPIC_SIZE 0x20
#define IOAPIC_INDEX 0x00
#define IOAPIC_WINDOW 0x10

/* Indices. A pin's entry is two registers, low half first. */
#define IOAPIC_VERSION 0x01 /* bits 23-16: the last pin */
#define IOAPIC_ENTRIES 0x10

#define ENTRY_NMI (4u << 8)
#define ENTRY_ACTIVE_LOW (1u << 13)
#define ENTRY_LEVEL (1u << 15)
#define ENTRY_MASKED (1u << 16)
#define ENTRY_DELIVERY_MODE (7u << 8)
#define ENTRY_DELIVERY_SMI (2u << 8)
#define ENTRY_DESTINATION_SHIFT 24 /* in the high half */

#define IOAPIC_PINS_MAX 240 /* by the index register's width */

struct ioapic {
    volatile uint32_t *registers;
    uint32_t gsi_base;
    uint32_t pin_count;
};

/* Locks: I = set by ioapic_setup(); the registers belong to the lock */
static struct {
    struct spinlock lock;
    const struct apic_map *map;               /* [I] */
    size_t count;                             /* [I] */
    struct ioapic ioapics[APIC_MAP_IO_APICS]; /* [I] */
} io = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_DEVICE)};

static uint32_t ioapic_read(const struct ioapic *ioapic, unsigned index)
{
    ioapic->registers[IOAPIC_INDEX / 4] = index;
    return ioapic->registers[IOAPIC_WINDOW / 4];
}

static void ioapic_write(const struct ioapic *ioapic, unsigned index, uint32_t value)
{
    ioapic->registers[IOAPIC_INDEX / 4] = index;
    ioapic->registers[IOAPIC_WINDOW / 4] = value;
}

/* Masked while it changes, so that no interrupt goes by half of the old entry and half of the new. */
static void ioapic_write_entry(const struct ioapic *ioapic, uint32_t pin, uint32_t low, uint32_t apic_id)
{
    struct spinlock_state state = spin_lock(&io.lock);

    ioapic_write(ioapic, IOAPIC_ENTRIES + 2 * pin, ENTRY_MASKED);
    ioapic_write(ioapic, IOAPIC_ENTRIES + 2 * pin + 1, apic_id << ENTRY_DESTINATION_SHIFT);
    if (low != ENTRY_MASKED)
        ioapic_write(ioapic, IOAPIC_ENTRIES + 2 * pin, low);
    spin_unlock(&io.lock, state);
}

static const struct ioapic *ioapic_lookup(uint32_t gsi)
{
    for (size_t i = 0; i < io.count; i++) {
        if (gsi >= io.ioapics[i].gsi_base && gsi - io.ioapics[i].gsi_base < io.ioapics[i].pin_count)
            return &io.ioapics[i];
    }
    return NULL;
}

static int ioapic_connect(struct apic_map_line line, uint32_t delivery, unsigned cpu)
{
    const struct ioapic *ioapic = ioapic_lookup(line.gsi);
    uint32_t apic_id = percpu_of(cpu)->apic_id;

    if (ioapic == NULL)
        return -ENODEV;
    if (apic_id > APIC_ID_XAPIC_MAX)
        return -EINVAL;
    ioapic_write_entry(
        ioapic, line.gsi - ioapic->gsi_base,
        delivery | (line.is_active_low ? ENTRY_ACTIVE_LOW : 0) | (line.is_level ? ENTRY_LEVEL : 0), apic_id);
    return 0;
}

static void ioapic_add(const struct apic_map_io_apic *found)
{
    struct ioapic *ioapic = &io.ioapics[io.count];

    ioapic->registers = kernel_map_device(found->address, IOAPIC_SIZE, MAP_UNCACHED);
    if (ioapic->registers == NULL)
        return;
    uint32_t version = ioapic_read(ioapic, IOAPIC_VERSION);
    ioapic->gsi_base = found->gsi_base;
    ioapic->pin_count = (version >> 16 & 0xff) + 1;
    if (version == UINT32_MAX || ioapic->pin_count > IOAPIC_PINS_MAX) {
        log_warning("ioapic: nothing answers at 0x%lx", found->address);
        return;
    }
    io.count++;
    for (uint32_t pin = 0; pin < ioapic->pin_count; pin++) {
        /* Firmware's own business (legacy USB, power) may hang on a pin that raises SMIs. */
        if ((ioapic_read(ioapic, IOAPIC_ENTRIES + 2 * pin) & ENTRY_DELIVERY_MODE) != ENTRY_DELIVERY_SMI)
            ioapic_write_entry(ioapic, pin, ENTRY_MASKED, 0);
    }
    log_debug("ioapic: version 0x%x at 0x%lx, GSI %u to %u", version & 0xff, found->address, ioapic->gsi_base,
              ioapic->gsi_base + ioapic->pin_count - 1);
}

int ioapic_setup(const struct apic_map *map)
{
    io.map = map;
    for (size_t i = 0; i < map->io_apic_count; i++)
        ioapic_add(&map->io_apics[i]);
    for (size_t i = 0; i < map->nmi_line_count; i++) {
        int error = ioapic_connect(map->nmi_lines[i], ENTRY_NMI, 0);
        if (error != 0)
            log_warning("ioapic: NMI at GSI %u cannot be connected (error %d)", map->nmi_lines[i].gsi, error);
    }
    return io.count == 0 ? -ENODEV : 0;
}

int ioapic_route(struct apic_map_line line, unsigned vector, unsigned cpu)
{
    if (vector < TRAP_VECTOR_DEVICE_FIRST || vector > TRAP_VECTOR_DEVICE_LAST)
        return -EINVAL;
    return ioapic_connect(line, vector, cpu);
}

int ioapic_route_isa(unsigned irq, unsigned vector, unsigned cpu)
{
    if (io.count == 0 || irq >= APIC_MAP_ISA_IRQS)
        return -ENODEV;
    return ioapic_route(io.map->isa[irq], vector, cpu);
}

int ioapic_mask(uint32_t gsi)
{
    const struct ioapic *ioapic = ioapic_lookup(gsi);

    if (ioapic == NULL)
        return -ENODEV;
    ioapic_write_entry(ioapic, gsi - ioapic->gsi_base, ENTRY_MASKED, 0);
    return 0;
}

int ioapic_mask_isa(unsigned irq)
{
    if (io.count == 0 || irq >= APIC_MAP_ISA_IRQS)
        return -ENODEV;
    return ioapic_mask(io.map->isa[irq].gsi);
}
