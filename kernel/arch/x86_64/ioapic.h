/* I/O APICs: they take the devices' interrupt lines and send them to CPUs (Intel 82093AA data sheet).
 * All pins are masked until routed.
 *
 * Context: thread or early boot.  Takes: the I/O APICs' spin lock.  Sleeps: no. */
#ifndef LINTEL_ARCH_IOAPIC_H
#define LINTEL_ARCH_IOAPIC_H

#include <stdint.h>

#include "arch/x86_64/apic_map.h"

/* Map the I/O APICs that *map lists, mask all their pins, and lead those that carry NMI to the boot CPU. *map
 * must stay valid. Errors: -ENODEV (there is none that works). Context: early boot, once, after
 * lapic_setup(). */
int ioapic_setup(const struct apic_map *map);

/* Deliver an interrupt line to `vector` (TRAP_VECTOR_DEVICE_FIRST to _LAST) of an online CPU, and unmask it.
 * The vector's handler must be set; a level-triggered line's handler silences its device before it
 * acknowledges. Errors: -ENODEV (no I/O APIC has that GSI), -EINVAL (vector out of range; the CPU's APIC ID
 * is above 254, which an I/O APIC cannot address). */
int ioapic_route(struct apic_map_line line, unsigned vector, unsigned cpu);

/* The same for one of the PC's old interrupt lines (0 to 15: 1 is the keyboard, 4 the first serial port),
 * wherever firmware says that it arrives. */
int ioapic_route_isa(unsigned irq, unsigned vector, unsigned cpu);

/* Mask the pin again. Errors: -ENODEV. Context: interrupts, too. */
int ioapic_mask(uint32_t gsi);
int ioapic_mask_isa(unsigned irq);

#endif
