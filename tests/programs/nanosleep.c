/* Sleeping takes at least as long as was asked for. */
#include <time.h>

#include "program.h"

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void sleeps(const char *what, const struct timespec *request)
{
    int64_t start = now();

    expect_value(what, nanosleep(request, NULL), 0);
    expect_true("long enough", now() - start >= request->tv_sec * 1000000000ll + request->tv_nsec);
}

int main(void)
{
    program_begin();
    sleeps("0", &(struct timespec){0, 0});
    sleeps("1 ns", &(struct timespec){0, 1});
    sleeps("20 ms", &(struct timespec){0, 20000000});
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (until.tv_nsec + 20000000) / 1000000000;
    until.tv_nsec = (until.tv_nsec + 20000000) % 1000000000;
    expect_value("until a time", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL), 0);
    expect_true("long enough", now() >= until.tv_sec * 1000000000ll + until.tv_nsec);
    expect_value("until long ago",
                 clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &(struct timespec){0, 1}, NULL), 0);
    expect_error("negative", nanosleep(&(struct timespec){-1, 0}, NULL), EINVAL);
    expect_error("too many nanoseconds", nanosleep(&(struct timespec){0, 1000000000}, NULL), EINVAL);
    expect_error("negative nanoseconds", nanosleep(&(struct timespec){0, -1}, NULL), EINVAL);
    expect_error("bad pointer", syscall(SYS_nanosleep, 8, NULL), EFAULT);
    expect_value("unknown clock", clock_nanosleep(99, 0, &until, NULL), EINVAL);
    return program_end();
}
