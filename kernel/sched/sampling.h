/* Where threads spend their time: TICK_HZ times a second a busy CPU is interrupted, and the thread that runs
 * is counted as being in ring 3 or in the kernel (thread_samples()). It is charged for its time as well, so
 * that what others are told of it is never older than a tick. A CPU that idles has no tick: it stops at the
 * first one that finds nobody, and begins again when the CPU has something to do. */
#ifndef LINTEL_SCHED_SAMPLING_H
#define LINTEL_SCHED_SAMPLING_H

#include "sched/thread.h"

/* This CPU stops being idle. Context: interrupts disabled, no lock held. */
void sampling_resume(void);

/* How often a CPU was found in ring 3, and how often in the kernel, but for its idle thread. Context: any. */
struct thread_samples sampling_of_cpu(unsigned cpu);

#endif
