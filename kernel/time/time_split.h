/* Time on a CPU, divided into user and system time as samples say. Pure. */
#ifndef LINTEL_TIME_TIME_SPLIT_H
#define LINTEL_TIME_TIME_SPLIT_H

#include <stdint.h>

struct time_split {
    uint64_t user_ns, system_ns;
};

/* Divide run_ns like the samples; without any all of it is user time. Neither part becomes less than it was
 * in *told, what was told before, where run_ns was not more than now; *told is what is told now. */
void time_split(uint64_t run_ns, uint64_t user_samples, uint64_t system_samples, struct time_split *told);

#endif
