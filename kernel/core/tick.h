/* A sign of life at the boot: that the timer interrupts ring 3, and ring 3 goes on. */
#ifndef LINTEL_CORE_TICK_H
#define LINTEL_CORE_TICK_H

#define TICK_HZ 100

/* For one second of this CPU's ring 3, interrupt TICK_HZ times a second, then log it and leave the CPU
 * tickless again. Given up after ten times as many interrupts. Context: thread, once. */
void tick_start(void);

#endif
