/* Resource limits of a process: getrlimit(2). Guarded by the process's signals.lock; who only needs a current
 * value reads it without. */
#ifndef LINTEL_PROC_LIMITS_H
#define LINTEL_PROC_LIMITS_H

#include <stdatomic.h>
#include <stdint.h>

/* Numbers of include/uapi/asm-generic/resource.h */
enum resource {
    RLIMIT_CPU,
    RLIMIT_FSIZE,
    RLIMIT_DATA,
    RLIMIT_STACK,
    RLIMIT_CORE,
    RLIMIT_RSS,
    RLIMIT_NPROC,
    RLIMIT_NOFILE,
    RLIMIT_MEMLOCK,
    RLIMIT_AS,
    RLIMIT_LOCKS,
    RLIMIT_SIGPENDING,
    RLIMIT_MSGQUEUE,
    RLIMIT_NICE,
    RLIMIT_RTPRIO,
    RLIMIT_RTTIME,
    RLIMIT_COUNT
};

#define RLIM_INFINITY UINT64_MAX

struct resource_limit {
    _Atomic(uint64_t) soft, hard;
};

struct resource_limits {
    struct resource_limit of[RLIMIT_COUNT];
};

/* What PID 1 begins with. */
void limits_init(struct resource_limits *limits);

/* Take over the values of another process's, for fork(). */
void limits_copy(struct resource_limits *destination, const struct resource_limits *source);

/* The soft limit of the calling thread's process. Context: system call. */
uint64_t limit_current(enum resource resource);

#endif
