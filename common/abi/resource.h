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

/* sched_attr.flags */
#define SCHED_FLAG_RESET_ON_FORK 0x01u
#define SCHED_FLAG_RECLAIM 0x02u
#define SCHED_FLAG_DL_OVERRUN 0x04u
#define SCHED_FLAG_KEEP_POLICY 0x08u
#define SCHED_FLAG_KEEP_PARAMS 0x10u
#define SCHED_FLAG_UTIL_CLAMP_MIN 0x20u
#define SCHED_FLAG_UTIL_CLAMP_MAX 0x40u
#define SCHED_ATTR_SIZE_VER0 48u

struct sched_attr {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period; /* ns, of SCHED_DEADLINE */
    uint32_t util_min, util_max;
};

/* ioprio_get(), ioprio_set() */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_WHO_PGRP 2
#define IOPRIO_WHO_USER 3
#define IOPRIO_CLASS(priority) ((priority) >> 13 & 7)
#define IOPRIO_LEVEL(priority) ((priority)&7)
#define IOPRIO_VALUE(class, level) ((class) << 13 | (level))
#define IOPRIO_CLASS_NONE 0
#define IOPRIO_CLASS_RT 1
#define IOPRIO_CLASS_BE 2
#define IOPRIO_CLASS_IDLE 3

#define NR_OPEN_MAX 1048576u /* the highest RLIMIT_NOFILE that may be set */

struct rlimit64 {
    uint64_t soft, hard;
};

struct tms {
    int64_t user, system, children_user, children_system; /* clock ticks */
};

_Static_assert(sizeof(struct rlimit64) == 16, "struct rlimit64 of the x86-64 ABI");
_Static_assert(sizeof(struct sched_attr) == 56, "struct sched_attr of the x86-64 ABI, version 1");
_Static_assert(sizeof(struct tms) == 32, "struct tms of the x86-64 ABI");

#endif
