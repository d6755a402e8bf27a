/* Sleeps: how long, what is left after a signal, what cannot be. */
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "program.h"

#define MS 1000000ll

static volatile int caught;

static void on_alarm(int signal)
{
    caught += signal == SIGALRM;
}

static int64_t now(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static struct timespec spec(int64_t ns)
{
    return (struct timespec){ns / 1000000000, ns % 1000000000};
}

/* Again and again, as the first may come before the sleep begins; or no more, if `ms` is 0. */
static void alarm_each_ms(int ms)
{
    const struct itimerval timer = {{0, ms * 1000}, {0, ms * 1000}};

    setitimer(ITIMER_REAL, &timer, NULL);
}

static void slept(const char *what, int64_t since, int64_t at_least_ms)
{
    expect_true(what, now(CLOCK_MONOTONIC) - since >= at_least_ms * MS);
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    struct timespec time = spec(20 * MS), left = {7, 7};

    program_begin();
    int64_t start = now(CLOCK_MONOTONIC);
    expect_value("nanosleep", syscall(SYS_nanosleep, &time, &left), 0);
    slept("long enough", start, 20);
    expect_true("nothing is told of what is left", left.tv_sec == 7 && left.tv_nsec == 7);

    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, 11};
    for (unsigned i = 0; i < COUNT_OF(clocks); i++) {
        printf("clock %d\n", clocks[i]);
        start = now(CLOCK_MONOTONIC);
        time = spec(10 * MS);
        expect_value("clock_nanosleep", syscall(SYS_clock_nanosleep, clocks[i], 0, &time, NULL), 0);
        slept("long enough", start, 10);
        start = now(CLOCK_MONOTONIC);
        time = spec(now(clocks[i]) + 10 * MS);
        expect_value("until", syscall(SYS_clock_nanosleep, clocks[i], TIMER_ABSTIME, &time, NULL), 0);
        slept("long enough", start, 10);
        time = spec(5);
        expect_value("until what is past",
                     syscall(SYS_clock_nanosleep, clocks[i], TIMER_ABSTIME, &time, NULL), 0);
    }

    sigaction(SIGALRM, &action, NULL);
    for (int restarts = 0; restarts < 2; restarts++) {
        action.sa_flags = restarts ? SA_RESTART : 0;
        sigaction(SIGALRM, &action, NULL);
        caught = 0;
        time = spec(60000 * MS);
        alarm_each_ms(30);
        expect_error("nanosleep, interrupted", syscall(SYS_nanosleep, &time, &left), EINTR);
        expect_true("caught", caught >= 1);
        expect_true("a minute was left", left.tv_sec >= 50 && left.tv_sec < 60);
        time = spec(now(CLOCK_MONOTONIC) + 60000 * MS);
        left = (struct timespec){7, 7};
        expect_error("until, interrupted",
                     syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &time, &left), EINTR);
        expect_true("nothing is told", left.tv_sec == 7 && left.tv_nsec == 7);
        time = spec(now(CLOCK_REALTIME) + 60000 * MS);
        expect_error("until by the wall clock, interrupted",
                     syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &time, NULL), EINTR);
        time = spec(60000 * MS);
        expect_error("what is left goes nowhere", syscall(SYS_nanosleep, &time, 8), EFAULT);
        alarm_each_ms(0);
    }

    static const struct timespec odd[] = {{-1, 0}, {0, -1}, {0, 1000000000}, {0, 0x7fffffffffffffff}};
    for (unsigned i = 0; i < COUNT_OF(odd); i++) {
        expect_error("odd time", syscall(SYS_nanosleep, &odd[i], NULL), EINVAL);
        expect_error("odd time by a clock", syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &odd[i], NULL),
                     EINVAL);
    }
    expect_error("nowhere", syscall(SYS_nanosleep, 8, NULL), EFAULT);
    expect_error("nowhere by a clock", syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, NULL, NULL), EFAULT);
    static const clockid_t bad[] = {
        CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, 10, 99};
    for (unsigned i = 0; i < COUNT_OF(bad); i++) {
        long result = syscall(SYS_clock_nanosleep, bad[i], 0, NULL, NULL);
        printf("clock %d: %ld errno %d\n", bad[i], result, errno);
    }
    time = spec(0);
    expect_value("no time at all", syscall(SYS_nanosleep, &time, NULL), 0);
    return program_end();
}
