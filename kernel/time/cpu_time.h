/* What each CPU has spent its time with. Idle time is exact; the rest is divided as samples are
 * (sched/sampling.h). */
#ifndef LINTEL_TIME_CPU_TIME_H
#define LINTEL_TIME_CPU_TIME_H

#include <stdint.h>

struct cpu_time {
    uint64_t user_ns, system_ns, idle_ns;
};

/* No part of it ever goes backwards. All zeros: the CPU runs no threads. Context: thread. */
struct cpu_time cpu_time_get(unsigned cpu);

#endif
