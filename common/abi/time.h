/* Clocks and timers of the Linux ABI: include/uapi/linux/time.h, time_types.h, asm-generic/siginfo.h (struct
 * sigevent). */
#ifndef LINTEL_COMMON_ABI_TIME_H
#define LINTEL_COMMON_ABI_TIME_H

#include <stdint.h>

#include "abi/signal.h"
#include "abi/syscall.h" /* struct timespec64 */

#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID 3
#define CLOCK_MONOTONIC_RAW 4
#define CLOCK_REALTIME_COARSE 5
#define CLOCK_MONOTONIC_COARSE 6
#define CLOCK_BOOTTIME 7
#define CLOCK_REALTIME_ALARM 8
#define CLOCK_BOOTTIME_ALARM 9
#define CLOCK_TAI 11

/* Negative clocks count the CPU time of a process or thread: ~ID << 3 | kind */
#define CLOCK_CPU_ID(clock) (~((clock) >> 3))
#define CLOCK_CPU_IS_THREAD 4
#define CLOCK_CPU_KIND 3
#define CLOCK_CPU_PROF 0    /* user and system time */
#define CLOCK_CPU_VIRTUAL 1 /* user time */
#define CLOCK_CPU_SCHED 2   /* the scheduler's account */

/* timer_settime(), clock_nanosleep() */
#define TIMER_ABSTIME 1

/* setitimer() */
#define ITIMER_REAL 0
#define ITIMER_VIRTUAL 1
#define ITIMER_PROF 2

/* sigevent.notify */
#define SIGEV_SIGNAL 0
#define SIGEV_NONE 1
#define SIGEV_THREAD 2
#define SIGEV_THREAD_ID 4

struct timeval {
    int64_t seconds;
    int64_t microseconds; /* 0 .. 999,999 */
};

struct timezone {
    int32_t minutes_west;
    int32_t dst_time;
};

struct itimerval {
    struct timeval interval, value;
};

struct itimerspec {
    struct timespec64 interval, value;
};

struct sigevent {
    union sigval value;
    int32_t signal;
    int32_t notify;
    int32_t thread_id;
    uint8_t padding[44];
};

_Static_assert(sizeof(struct timeval) == 16, "struct timeval of the x86-64 ABI");
_Static_assert(sizeof(struct itimerval) == 32, "struct itimerval of the x86-64 ABI");
_Static_assert(sizeof(struct itimerspec) == 32, "struct itimerspec of the x86-64 ABI");
_Static_assert(sizeof(struct sigevent) == 64, "struct sigevent of the x86-64 ABI");

#endif
