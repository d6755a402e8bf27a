/* nanosleep(2), clock_nanosleep(2) */
#include <stddef.h>

#include "abi/errno.h"
#include "abi/time.h"
#include "lib/time_math.h"
#include "mm/user_access.h"
#include "syscall/dispatch.h"
#include "time/sleep.h"

static int time_copy_in(user_ptr_t source, uint64_t *ret_ns)
{
    struct timespec64 time;
    int error = user_copy_in(&time, source, sizeof(time), NULL);

    if (error == 0 && !time_from_timespec(&time, ret_ns))
        error = -EINVAL;
    return error;
}

/* nanosleep(duration, remaining) */
int64_t sys_nanosleep(struct trap_frame *frame)
{
    const struct clock_id monotonic = {.kind = CLOCK_KIND_MONOTONIC};
    uint64_t duration_ns;
    int error = time_copy_in(syscall_pointer(frame, 0), &duration_ns);

    return error != 0 ? error : sleep_for(&monotonic, duration_ns, syscall_pointer(frame, 1));
}

/* Nobody waits for his own time on a CPU. */
static int sleep_check_clock(int number, const struct clock_id *clock)
{
    if (!clock->can_wait || number == CLOCK_THREAD_CPUTIME_ID)
        return -EOPNOTSUPP;
    return clock->kind == CLOCK_KIND_THREAD ? -EINVAL : 0;
}

/* clock_nanosleep(clock, flags, time, remaining) */
int64_t sys_clock_nanosleep(struct trap_frame *frame)
{
    const int number = syscall_int(frame, 0);
    const bool is_absolute = (syscall_int(frame, 1) & TIMER_ABSTIME) != 0;
    struct clock_id clock;
    uint64_t time_ns;
    int error = clock_id_parse(number, &clock);

    if (error == 0)
        error = sleep_check_clock(number, &clock);
    if (error == 0)
        error = time_copy_in(syscall_pointer(frame, 2), &time_ns);
    if (error != 0)
        return error;
    return is_absolute ? sleep_until(&clock, time_ns) : sleep_for(&clock, time_ns, syscall_pointer(frame, 3));
}
