/* Limits, usage and scheduling, Linux ABI: include/uapi/linux/resource.h, sched.h, times.h. */
#ifndef LINTEL_COMMON_ABI_RESOURCE_H
#define LINTEL_COMMON_ABI_RESOURCE_H

#include <stdint.h>

#define RUSAGE_SELF 0
#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD 1

#define PRIO_PROCESS 0
#define PRIO_PGRP 1
#define PRIO_USER 2

/* Policies: SCHED_NORMAL, SCHED_FIFO and SCHED_RR are 0, 1, 2 (sched/run_queue.h). */
#define SCHED_BATCH 3
#define SCHED_IDLE 5
#define SCHED_DEADLINE 6
#define SCHED_RESET_ON_FORK 0x40000000

#define NR_OPEN_MAX 1048576u /* the highest RLIMIT_NOFILE that may be set */

struct rlimit64 {
    uint64_t soft, hard;
};

struct tms {
    int64_t user, system, children_user, children_system; /* clock ticks */
};

_Static_assert(sizeof(struct rlimit64) == 16, "struct rlimit64 of the x86-64 ABI");
_Static_assert(sizeof(struct tms) == 32, "struct tms of the x86-64 ABI");

#endif
