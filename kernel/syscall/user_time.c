#include "syscall/user_time.h"

#include "abi/errno.h"
#include "abi/time.h"
#include "core/clock.h"
#include "mm/user_access.h"

#define NS_PER_SECOND 1000000000ll
#define NS_PER_MS 1000000ull
#define NS_PER_US 1000
#define US_PER_SECOND 1000000

/* A deadline so far away that it cannot be told in nanoseconds does not come. */
static uint64_t deadline_after(uint64_t duration_ns)
{
    uint64_t now_ns = clock_monotonic_ns();

    if (duration_ns == 0)
        return 0;
    return duration_ns > UINT64_MAX - now_ns ? USER_TIME_NEVER : now_ns + duration_ns;
}

static int timespec_to_deadline(struct timespec64 time, uint64_t *ret_deadline_ns)
{
    if (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= NS_PER_SECOND)
        return -EINVAL;
    if (time.seconds >= INT64_MAX / NS_PER_SECOND)
        *ret_deadline_ns = USER_TIME_NEVER;
    else
        *ret_deadline_ns = deadline_after((uint64_t)(time.seconds * NS_PER_SECOND + time.nanoseconds));
    return 0;
}

int user_timespec_to_deadline(user_ptr_t source, uint64_t *ret_deadline_ns)
{
    struct timespec64 time;

    *ret_deadline_ns = USER_TIME_NEVER;
    if (source.address == 0)
        return 0;
    int error = user_copy_in(&time, source, sizeof(time), NULL);
    return error != 0 ? error : timespec_to_deadline(time, ret_deadline_ns);
}

int user_timeval_to_deadline(user_ptr_t source, uint64_t *ret_deadline_ns)
{
    struct timeval time;

    *ret_deadline_ns = USER_TIME_NEVER;
    if (source.address == 0)
        return 0;
    int error = user_copy_in(&time, source, sizeof(time), NULL);
    if (error != 0)
        return error;
    struct timespec64 precise = {.nanoseconds = time.microseconds % US_PER_SECOND * NS_PER_US};
    if (__builtin_add_overflow(time.seconds, time.microseconds / US_PER_SECOND, &precise.seconds))
        return -EINVAL;
    return timespec_to_deadline(precise, ret_deadline_ns);
}

uint64_t user_milliseconds_to_deadline(int timeout_ms)
{
    return timeout_ms < 0 ? USER_TIME_NEVER : deadline_after((uint64_t)timeout_ms * NS_PER_MS);
}

bool user_deadline_is_past(uint64_t deadline_ns)
{
    return deadline_ns != USER_TIME_NEVER && clock_monotonic_ns() >= deadline_ns;
}

static uint64_t left_ns(uint64_t deadline_ns)
{
    uint64_t now_ns = clock_monotonic_ns();

    return deadline_ns > now_ns ? deadline_ns - now_ns : 0;
}

int user_timespec_write_left(user_ptr_t destination, uint64_t deadline_ns)
{
    uint64_t left = left_ns(deadline_ns);
    const struct timespec64 time = {(int64_t)(left / NS_PER_SECOND), (int64_t)(left % NS_PER_SECOND)};

    return user_copy_out(destination, &time, sizeof(time));
}

int user_timeval_write_left(user_ptr_t destination, uint64_t deadline_ns)
{
    uint64_t left = left_ns(deadline_ns);
    const struct timeval time = {(int64_t)(left / NS_PER_SECOND),
                                 (int64_t)(left % NS_PER_SECOND / NS_PER_US)};

    return user_copy_out(destination, &time, sizeof(time));
}
