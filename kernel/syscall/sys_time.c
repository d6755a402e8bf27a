#include "abi/errno.h"
#include "abi/time.h"
#include "core/clock.h"
#include "mm/user_access.h"
#include "proc/signal.h"
#include "sched/thread.h"
#include "syscall/dispatch.h"

#define NS_PER_SECOND 1000000000ull

/* What a clock shows now. Errors: -EINVAL (no such clock). */
static int clock_read(uint32_t clock, uint64_t *ret_now_ns)
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        *ret_now_ns = clock_realtime_ns();
        return 0;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        *ret_now_ns = clock_monotonic_ns();
        return 0;
    default:
        return -EINVAL;
    }
}

static int timespec_copy_out(user_ptr_t destination, uint64_t time_ns)
{
    struct timespec64 time = {(int64_t)(time_ns / NS_PER_SECOND), (int64_t)(time_ns % NS_PER_SECOND)};

    return user_copy_out(destination, &time, sizeof(time));
}

/* A time that cannot be told in 64 bits of nanoseconds is the latest one that can. */
static int timespec_copy_in(user_ptr_t source, uint64_t *ret_time_ns)
{
    struct timespec64 time;
    int error = user_copy_in(&time, source, sizeof(time), NULL);

    if (error != 0)
        return error;
    if (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= (int64_t)NS_PER_SECOND)
        return -EINVAL;
    if ((uint64_t)time.seconds > UINT64_MAX / NS_PER_SECOND - 1)
        *ret_time_ns = UINT64_MAX;
    else
        *ret_time_ns = (uint64_t)time.seconds * NS_PER_SECOND + (uint64_t)time.nanoseconds;
    return 0;
}

/* clock_gettime(clock, timespec): the coarse clocks are as fine as the others. */
int64_t sys_clock_gettime(struct trap_frame *frame)
{
    uint64_t now_ns;
    int error = clock_read((uint32_t)syscall_argument(frame, 0), &now_ns);

    return error != 0 ? error : timespec_copy_out((user_ptr_t){syscall_argument(frame, 1)}, now_ns);
}

static uint64_t add_ns(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Only the end of the program cuts a sleep short: what is left of it need not be told. */
static int64_t sleep_until(uint64_t deadline_ns)
{
    return clock_tsc_hz() == 0 ? 0 : thread_sleep_unless(deadline_ns, signal_is_pending);
}

/* nanosleep(duration, remain) */
int64_t sys_nanosleep(struct trap_frame *frame)
{
    uint64_t duration_ns;
    int error = timespec_copy_in((user_ptr_t){syscall_argument(frame, 0)}, &duration_ns);

    return error != 0 ? error : sleep_until(add_ns(clock_monotonic_ns(), duration_ns));
}

/* clock_nanosleep(clock, flags, time, remain) */
int64_t sys_clock_nanosleep(struct trap_frame *frame)
{
    uint32_t clock = (uint32_t)syscall_argument(frame, 0), flags = (uint32_t)syscall_argument(frame, 1);
    uint64_t clock_ns, time_ns;
    int error = clock_read(clock, &clock_ns);

    if (clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_REALTIME_COARSE)
        error = -EOPNOTSUPP;
    if (error == 0)
        error = timespec_copy_in((user_ptr_t){syscall_argument(frame, 2)}, &time_ns);
    if (error != 0)
        return error;
    if ((flags & TIMER_ABSTIME) != 0) /* a time of that clock: how long until then? */
        time_ns = time_ns > clock_ns ? time_ns - clock_ns : 0;
    return sleep_until(add_ns(clock_monotonic_ns(), time_ns));
}
