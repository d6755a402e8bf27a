/* The timer's tick. */
#ifndef LINTEL_CORE_TICK_H
#define LINTEL_CORE_TICK_H

#define TICK_HZ 100

/* Take the timer interrupt's vector and count its ticks in the per-CPU block; log when ring 3 has been
 * interrupted, and resumed, for the first second. Context: early boot. */
void tick_setup(void);

#endif
