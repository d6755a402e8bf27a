/* Where threads spend their time: TICK_HZ times a second a busy CPU is interrupted, and the thread that runs
 * is counted as being in ring 3 or in the kernel (thread_samples()). It is charged for its time as well, so
 * that what others are told of it is never older than a tick. A CPU that idles has no tick: it stops at the
 * first one that finds nobody, and begins again when the CPU has something to do. */
#ifndef LINTEL_SCHED_SAMPLING_H
#define LINTEL_SCHED_SAMPLING_H

/* This CPU stops being idle. Context: interrupts disabled, no lock held. */
void sampling_resume(void);

#endif
