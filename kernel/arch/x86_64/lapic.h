/* The local APIC: interrupt acknowledgement and the timer (Intel SDM volume 3, chapter 11). Works in
 * xAPIC mode through its register page and in x2APIC mode through MSRs, whichever firmware left on. */
#ifndef LINTEL_ARCH_LAPIC_H
#define LINTEL_ARCH_LAPIC_H

#include <stdbool.h>
#include <stdint.h>

/* Find the local APIC, enable it with all local interrupt sources masked, and read back that it is
 * there. The 8259 controllers are masked too. Errors: -ENODEV, -ENOMEM.
 * Context: early boot, once on each CPU, interrupts disabled; kernel_map is set up. */
int lapic_setup(void);

/* Acknowledge the interrupt being handled. Context: interrupt. */
void lapic_end_of_interrupt(void);

/* True when the local APIC delivered `vector` and waits for its acknowledgement: an INT instruction, or the
 * spurious interrupt, does not. Context: interrupt. */
bool lapic_is_in_service(unsigned vector);

/* Measure the timer's frequency against the running clock (about 0.5 ms) and start it: TRAP_VECTOR_TIMER
 * comes `hz` times a second. Errors: -EIO (the timer stands still).
 * Context: early boot, interrupts disabled. */
int lapic_timer_start(uint32_t hz);

/* Timer ticks a second before division, as measured; 0 before lapic_timer_start(). */
uint64_t lapic_timer_hz(void);

#endif
