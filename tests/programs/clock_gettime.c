/* Clocks run, do not run backwards, and know what they are. */
#include <sys/time.h>
#include <time.h>

#include "program.h"

static int64_t now(clockid_t clock)
{
    struct timespec time;

    return syscall(SYS_clock_gettime, clock, &time) != 0 ? -1 : time.tv_sec * 1000000000ll + time.tv_nsec;
}

int main(void)
{
    static const clockid_t clocks[] = {CLOCK_REALTIME,        CLOCK_MONOTONIC,        CLOCK_MONOTONIC_RAW,
                                       CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME};
    struct timespec time;
    int backwards = 0;

    program_begin();
    for (unsigned i = 0; i < COUNT_OF(clocks); i++) {
        printf("clock %d\n", clocks[i]);
        expect_value("clock_gettime", clock_gettime(clocks[i], &time), 0);
        expect_true("nanoseconds are below a second", time.tv_nsec >= 0 && time.tv_nsec < 1000000000);
        expect_value("clock_getres", clock_getres(clocks[i], &time), 0);
    }
    int64_t before = now(CLOCK_MONOTONIC), last = before;
    for (int i = 0; i < 100000; i++) {
        int64_t time_ns = now(CLOCK_MONOTONIC);
        backwards += time_ns < last;
        last = time_ns;
    }
    expect_value("steps backwards", backwards, 0);
    expect_true("time passes", last > before);
    struct timeval day;
    expect_value("gettimeofday", gettimeofday(&day, NULL), 0);
    expect_true("agrees with time()", llabs((long long)day.tv_sec - syscall(SYS_time, NULL)) <= 1);
    expect_true("and with the clock", llabs(day.tv_sec - now(CLOCK_REALTIME) / 1000000000) <= 1);
    expect_error("unknown clock", syscall(SYS_clock_gettime, 99, &time), EINVAL);
    expect_error("unknown clock's resolution", syscall(SYS_clock_getres, 99, &time), EINVAL);
    expect_error("bad pointer", syscall(SYS_clock_gettime, CLOCK_MONOTONIC, 8), EFAULT);
    return program_end();
}
