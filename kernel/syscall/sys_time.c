/* Clocks: clock_gettime(2) and its kin. */
#include <stddef.h>

#include "abi/errno.h"
#include "abi/time.h"
#include "core/clock.h"
#include "lib/time_math.h"
#include "mm/user_access.h"
#include "proc/identity.h"
#include "syscall/dispatch.h"
#include "time/clock_adjust.h"
#include "time/clock_id.h"
#include "time/wall_clock.h"

#define ZONE_MINUTES_MAX (15 * 60)
#define WALL_SECONDS_MAX (INT64_MAX / (int64_t)NS_PER_SECOND) /* what Linux's clock can be set to */

/* clock_gettime(clock, time): the coarse clocks are as fine as the others. */
int64_t sys_clock_gettime(struct trap_frame *frame)
{
    struct clock_id clock;
    int error = clock_id_parse(syscall_int(frame, 0), &clock);

    if (error != 0)
        return error;
    const struct timespec64 time = time_to_timespec(clock_id_read(&clock));
    return user_copy_out(syscall_pointer(frame, 1), &time, sizeof(time));
}

/* clock_getres(clock, resolution) */
int64_t sys_clock_getres(struct trap_frame *frame)
{
    static const struct timespec64 resolution = {0, 1};
    user_ptr_t destination = syscall_pointer(frame, 1);
    struct clock_id clock;
    int error = clock_id_parse(syscall_int(frame, 0), &clock);

    if (error != 0 || destination.address == 0)
        return error;
    return user_copy_out(destination, &resolution, sizeof(resolution));
}

static int wall_clock_set_by_caller(int64_t seconds, uint64_t nanoseconds)
{
    if (seconds < 0 || nanoseconds >= NS_PER_SECOND || seconds >= WALL_SECONDS_MAX)
        return -EINVAL;
    if (!identity_is_superuser())
        return -EPERM;
    return wall_clock_set(time_make((uint64_t)seconds, nanoseconds));
}

/* clock_settime(clock, time) */
int64_t sys_clock_settime(struct trap_frame *frame)
{
    const int number = syscall_int(frame, 0);
    struct timespec64 time;
    struct clock_id clock;
    int error = clock_id_parse(number, &clock);

    if (error == 0 && number > CLOCK_REALTIME)
        error = -EINVAL;
    if (error == 0)
        error = user_copy_in(&time, syscall_pointer(frame, 1), sizeof(time), NULL);
    if (error != 0)
        return error;
    if (number != CLOCK_REALTIME) /* of a process or thread: nobody may change what was used */
        return -EPERM;
    return wall_clock_set_by_caller(time.seconds, (uint64_t)time.nanoseconds);
}

/* gettimeofday(time, zone): the zone is UTC. */
int64_t sys_gettimeofday(struct trap_frame *frame)
{
    static const struct timezone utc = {0, 0};
    user_ptr_t time = syscall_pointer(frame, 0), zone = syscall_pointer(frame, 1);
    const struct timeval now = time_to_timeval(clock_realtime_ns());
    int error = time.address == 0 ? 0 : user_copy_out(time, &now, sizeof(now));

    if (error == 0 && zone.address != 0)
        error = user_copy_out(zone, &utc, sizeof(utc));
    return error;
}

/* settimeofday(time, zone): a zone is checked, and forgotten. */
int64_t sys_settimeofday(struct trap_frame *frame)
{
    user_ptr_t time = syscall_pointer(frame, 0), zone = syscall_pointer(frame, 1);
    struct timeval now = {0, 0};
    struct timezone of = {0, 0};
    int error = time.address == 0 ? 0 : user_copy_in(&now, time, sizeof(now), NULL);

    if (error == 0 && (uint64_t)now.microseconds > US_PER_SECOND)
        error = -EINVAL;
    if (error == 0 && zone.address != 0)
        error = user_copy_in(&of, zone, sizeof(of), NULL);
    if (error != 0)
        return error;
    if (zone.address != 0 && !identity_is_superuser())
        return -EPERM;
    if (of.minutes_west > ZONE_MINUTES_MAX || of.minutes_west < -ZONE_MINUTES_MAX)
        return -EINVAL;
    return time.address == 0 ? 0
                             : wall_clock_set_by_caller(now.seconds, (uint64_t)now.microseconds * NS_PER_US);
}

static int64_t adjust_by_caller(int clock, user_ptr_t destination)
{
    struct clock_id parsed;
    struct timex timex;

    if (user_copy_in(&timex, destination, sizeof(timex), NULL) != 0)
        return -EFAULT;
    int result = clock_id_parse(clock, &parsed);
    if (result == 0 && clock != CLOCK_REALTIME)
        result = -EOPNOTSUPP;
    if (result == 0)
        result = clock_adjust(&timex, identity_is_superuser());
    if (result < 0)
        return result;
    int error = user_copy_out(destination, &timex, sizeof(timex));
    return error != 0 ? error : result;
}

/* adjtimex(timex) */
int64_t sys_adjtimex(struct trap_frame *frame)
{
    return adjust_by_caller(CLOCK_REALTIME, syscall_pointer(frame, 0));
}

/* clock_adjtime(clock, timex) */
int64_t sys_clock_adjtime(struct trap_frame *frame)
{
    return adjust_by_caller(syscall_int(frame, 0), syscall_pointer(frame, 1));
}

/* time(seconds) */
int64_t sys_time(struct trap_frame *frame)
{
    user_ptr_t destination = syscall_pointer(frame, 0);
    const int64_t now = (int64_t)(clock_realtime_ns() / NS_PER_SECOND);
    int error = destination.address == 0 ? 0 : user_copy_out(destination, &now, sizeof(now));

    return error != 0 ? error : now;
}
