/* The watchdog: it reports CPUs that take no interrupts, and CPUs that do not switch threads though others
 * wait. docs/command-line.md has the word that sets its limit. */
#ifndef LINTEL_SCHED_WATCHDOG_H
#define LINTEL_SCHED_WATCHDOG_H

/* Start it on all online CPUs, as `watchdog=SECONDS` says (0: off); it is off where the clock or the timer's
 * interrupt is missing. Context: boot, once, after sched_setup(). */
void watchdog_setup(void);

#endif
