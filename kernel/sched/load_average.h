/* How many threads want to run, as exponential averages over 1, 5 and 15 minutes. They are counted every 5 s.
 */
#ifndef LINTEL_SCHED_LOAD_AVERAGE_H
#define LINTEL_SCHED_LOAD_AVERAGE_H

#include <stdint.h>

#define LOAD_AVERAGES 3
#define LOAD_SHIFT 16 /* averages are in 2^-16 threads, as sysinfo(2) tells them */

/* Begin to count. Context: early boot, once, after sched_setup(). */
void load_average_start(void);

void load_average_get(uint64_t ret_averages[LOAD_AVERAGES]);

/* Threads that run or are ready to, now. Context: any. */
unsigned load_running_count(void);

#endif
