#include "abi/errno.h"
#include "abi/syscall.h"
#include "core/clock.h"
#include "mm/user_access.h"
#include "syscall/dispatch.h"

#define NS_PER_SECOND 1000000000ull

/* clock_gettime(clock, timespec): the coarse clocks are as fine as the others. */
int64_t sys_clock_gettime(struct trap_frame *frame)
{
    uint64_t now_ns;

    switch ((uint32_t)syscall_argument(frame, 0)) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
        now_ns = clock_realtime_ns();
        break;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        now_ns = clock_monotonic_ns();
        break;
    default:
        return -EINVAL;
    }
    struct timespec64 time = {(int64_t)(now_ns / NS_PER_SECOND), (int64_t)(now_ns % NS_PER_SECOND)};
    return user_copy_out((user_ptr_t){syscall_argument(frame, 1)}, &time, sizeof(time));
}
