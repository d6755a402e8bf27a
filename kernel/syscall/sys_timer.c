/* Timers: alarm(2), setitimer(2), timer_create(2). */
#include <stdbool.h>
#include <stddef.h>

#include "abi/errno.h"
#include "abi/time.h"
#include "lib/time_math.h"
#include "mm/user_access.h"
#include "syscall/dispatch.h"
#include "time/interval_timer.h"
#include "time/posix_timer.h"

/* alarm(seconds): what was left of the one before, rounded, but not to 0. */
int64_t sys_alarm(struct trap_frame *frame)
{
    const struct timer_setting setting = {.value_ns = time_make((uint32_t)syscall_argument(frame, 0), 0)};
    struct timer_setting left;

    if (interval_timer_set(ITIMER_REAL, &setting, &left) != 0)
        return 0;
    uint64_t seconds = left.value_ns / NS_PER_SECOND, rest_ns = left.value_ns % NS_PER_SECOND;
    return (int64_t)(seconds + ((seconds == 0 && rest_ns != 0) || rest_ns >= NS_PER_SECOND / 2));
}

/* What is armed never looks as if it were not. */
static int interval_copy_out(user_ptr_t destination, const struct timer_setting *left)
{
    uint64_t value_ns = left->value_ns;

    if (value_ns != 0 && value_ns < NS_PER_US)
        value_ns = NS_PER_US;
    const struct itimerval value = {time_to_timeval(left->interval_ns), time_to_timeval(value_ns)};
    return user_copy_out(destination, &value, sizeof(value));
}

/* getitimer(which, value) */
int64_t sys_getitimer(struct trap_frame *frame)
{
    struct timer_setting left;
    int error = interval_timer_get(syscall_int(frame, 0), &left);

    return error != 0 ? error : interval_copy_out(syscall_pointer(frame, 1), &left);
}

/* setitimer(which, value, old): no value means zeros, as on Linux. */
int64_t sys_setitimer(struct trap_frame *frame)
{
    user_ptr_t source = syscall_pointer(frame, 1), old = syscall_pointer(frame, 2);
    struct timer_setting setting = {.value_ns = 0}, left;
    struct itimerval value = {{0, 0}, {0, 0}};
    int error = source.address == 0 ? 0 : user_copy_in(&value, source, sizeof(value), NULL);

    if (error == 0 && (!time_from_timeval(&value.value, &setting.value_ns) ||
                       !time_from_timeval(&value.interval, &setting.interval_ns)))
        error = -EINVAL;
    if (error == 0)
        error = interval_timer_set(syscall_int(frame, 0), &setting, &left);
    if (error == 0 && old.address != 0)
        error = interval_copy_out(old, &left);
    return error;
}

/* timer_create(clock, event, timer) */
int64_t sys_timer_create(struct trap_frame *frame)
{
    user_ptr_t source = syscall_pointer(frame, 1);
    struct sigevent event;
    int error = source.address == 0 ? 0 : user_copy_in(&event, source, sizeof(event), NULL);

    if (error != 0)
        return error;
    const int32_t id = posix_timer_create(syscall_int(frame, 0), source.address == 0 ? NULL : &event);
    if (id < 0)
        return id;
    error = user_copy_out(syscall_pointer(frame, 2), &id, sizeof(id));
    if (error != 0)
        (void)posix_timer_delete(id);
    return error;
}

static int setting_copy_out(user_ptr_t destination, const struct timer_setting *left)
{
    const struct itimerspec value = {time_to_timespec(left->interval_ns), time_to_timespec(left->value_ns)};

    return user_copy_out(destination, &value, sizeof(value));
}

/* timer_settime(timer, flags, value, old) */
int64_t sys_timer_settime(struct trap_frame *frame)
{
    user_ptr_t source = syscall_pointer(frame, 2), old = syscall_pointer(frame, 3);
    struct timer_setting setting = {.is_absolute = (syscall_int(frame, 1) & TIMER_ABSTIME) != 0}, left;
    struct itimerspec value;

    if (source.address == 0)
        return -EINVAL;
    int error = user_copy_in(&value, source, sizeof(value), NULL);
    if (error == 0 && (!time_from_timespec(&value.value, &setting.value_ns) ||
                       !time_from_timespec(&value.interval, &setting.interval_ns)))
        error = -EINVAL;
    if (error == 0)
        error = posix_timer_set(syscall_int(frame, 0), &setting, &left);
    if (error == 0 && old.address != 0)
        error = setting_copy_out(old, &left);
    return error;
}

/* timer_gettime(timer, value) */
int64_t sys_timer_gettime(struct trap_frame *frame)
{
    struct timer_setting left;
    int error = posix_timer_get(syscall_int(frame, 0), &left);

    return error != 0 ? error : setting_copy_out(syscall_pointer(frame, 1), &left);
}

/* timer_getoverrun(timer) */
int64_t sys_timer_getoverrun(struct trap_frame *frame)
{
    return posix_timer_overrun(syscall_int(frame, 0));
}

/* timer_delete(timer) */
int64_t sys_timer_delete(struct trap_frame *frame)
{
    return posix_timer_delete(syscall_int(frame, 0));
}
