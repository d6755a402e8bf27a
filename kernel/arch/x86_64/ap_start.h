/* Start of the CPUs beside the one that booted (Intel SDM volume 3, section 9.4). One after the other goes
 * through
 *
 *           boot CPU           the CPU            the CPU           boot CPU
 *   NONE ------------> CALLED ---------> ARRIVED ---------> READY ------------> ONLINE
 *          INIT-SIPI     |     runs C       |      set up     |    clocks compared
 *                        +------------------+-----------------+
 *                        |  boot CPU: it took too long
 *                        v
 *                    GIVEN UP: the CPU gets an INIT, and stops by itself if it is underway still
 *
 * docs/hazards/ap-start.md tells what can go wrong here. */
#ifndef LINTEL_ARCH_AP_START_H
#define LINTEL_ARCH_AP_START_H

#include "arch/x86_64/apic_map.h"
#include "boot_info.h"

/* Start CPUs that *map lists as enabled until cpus_max are online, the boot CPU included. A CPU that does not
 * answer is named in the log and left alone. The clock, lapic_setup(), ipi_setup(), user_entry_setup() and
 * kernel_map_setup() must be done. Takes 10 ms, and 1 to 3 ms a CPU; nothing is waited for if there is none
 * to start. Context: early boot, once, on the boot CPU. */
void ap_start_all(const struct apic_map *map, unsigned cpus_max, const struct boot_info *boot);

/* What a started CPU does for the rest of its life (entry does not return): called on each with interrupts
 * disabled, on its idle stack (percpu.idle_stack_top). CPUs that are online already enter it at once, later
 * ones when they come up; until it is set they halt with interrupts enabled. Context: thread or early boot,
 * once. */
void ap_set_entry(void (*entry)(void));

#endif
