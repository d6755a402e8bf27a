/* The local APIC: interrupt acknowledgement, interrupts to other CPUs, and the timer (Intel SDM volume 3,
 * chapter 11). Works in xAPIC mode through its register page and in x2APIC mode through MSRs, whichever
 * firmware left on. */
#ifndef LINTEL_ARCH_LAPIC_H
#define LINTEL_ARCH_LAPIC_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86_64/apic_map.h"
#include "mm/types.h"

/* Find the local APIC, choose the mode for all CPUs (x2APIC if firmware left it on or an APIC ID needs it),
 * and set the boot CPU's up as lapic_setup_cpu() does. The 8259 controllers are masked. *map must stay valid.
 * Errors: -ENODEV, -ENOMEM. Context: early boot, once, interrupts disabled; kernel_map is set up. */
int lapic_setup(const struct apic_map *map);

/* Enable this CPU's local APIC with all local interrupt sources masked but NMI, and read back that it is
 * there. Errors: -ENODEV. Context: once on each further CPU, interrupts disabled. */
int lapic_setup_cpu(void);

/* This CPU's APIC ID, and the highest that the mode can address. Context: after lapic_setup(). */
uint32_t lapic_id(void);
uint32_t lapic_id_max(void);

/* Send an interrupt to the CPU with that APIC ID (SDM 11.6.1); it is on its way on return, not taken. STARTUP
 * makes a CPU that waits after INIT begin in real mode at the physical page `page`, below 1 MiB. Context:
 * any, after lapic_setup(). */
void lapic_send_interrupt(uint32_t apic_id, unsigned vector);
void lapic_send_nmi(uint32_t apic_id);
void lapic_send_init(uint32_t apic_id);
void lapic_send_startup(uint32_t apic_id, paddr_t page);

/* Acknowledge the interrupt being handled. Context: interrupt. */
void lapic_end_of_interrupt(void);

/* True when the local APIC delivered `vector` and waits for its acknowledgement: an INT instruction, or the
 * spurious interrupt, does not. Context: interrupt. */
bool lapic_is_in_service(unsigned vector);

/* Choose the timer's mode for all CPUs, and set this CPU's up: it waits for a value of the TSC where the CPU
 * can do that and the TSC is invariant; else it counts down, with a frequency measured against the clock
 * (about 1 ms). Errors: -EIO (the counter, or the clock, stands still).
 * Context: early boot, once, after lapic_setup(), interrupts disabled. */
int lapic_timer_setup(void);

/* Set this CPU's timer up, disarmed; nothing is done where lapic_timer_setup() failed.
 * Context: once on each further CPU, interrupts disabled. */
void lapic_timer_setup_cpu(void);

/* Whether lapic_timer_setup() succeeded: the timers work, and the two functions below may be called. */
bool lapic_timer_is_usable(void);

/* Let TRAP_VECTOR_TIMER come once on this CPU, delay_ns from now or a little later (0: as soon as possible),
 * instead of when it was to come. By the clock it is early or late by less than 1 ms; a delay that is longer
 * than the timer can measure that well, or can hold, is cut short: by little over a sixteenth, or to that.
 * Context: interrupts disabled. */
void lapic_timer_arm(uint64_t delay_ns);

/* Let it not come; one that is on its way already does. Context: interrupts disabled. */
void lapic_timer_disarm(void);

#endif
