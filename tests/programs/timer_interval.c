/* setitimer(), getitimer(): three timers, again and again. */
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "program.h"

static volatile sig_atomic_t caught[65];

static void on_signal(int signal)
{
    caught[signal]++;
}

static int64_t cpu_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void until_caught(const char *what, int signal, int count)
{
    volatile unsigned work = 0;
    int64_t end = cpu_ms() + 20000;

    while (caught[signal] < count && cpu_ms() < end)
        for (int i = 0; i < 10000; i++)
            work += (unsigned)i;
    expect_true(what, caught[signal] >= count);
}

int main(void)
{
    const struct itimerval soon = {{0, 10000}, {0, 20000}}, far = {{3, 4}, {1000, 0}},
                           none = {{0, 0}, {0, 0}};
    const struct itimerval odd[] = {
        {{0, 0}, {-1, 0}}, {{0, 0}, {0, 1000000}}, {{0, -1}, {0, 0}}, {{-5, 0}, {1, 0}}};
    static const int signals[] = {SIGALRM, SIGVTALRM, SIGPROF};
    struct sigaction action = {.sa_handler = on_signal};
    struct itimerval value, old;

    program_begin();
    for (int which = ITIMER_REAL; which <= ITIMER_PROF; which++) {
        printf("-- timer %d\n", which);
        sigaction(signals[which], &action, NULL);
        expect_value("get", syscall(SYS_getitimer, which, &value), 0);
        expect_true("none is set", memcmp(&value, &none, sizeof(none)) == 0);
        expect_value("set", syscall(SYS_setitimer, which, &far, &old), 0);
        expect_true("none was", memcmp(&old, &none, sizeof(none)) == 0);
        syscall(SYS_getitimer, which, &value);
        expect_true("it counts down", value.it_value.tv_sec >= 900 && value.it_value.tv_sec <= 1000);
        printf("interval %ld %ld\n", (long)value.it_interval.tv_sec, (long)value.it_interval.tv_usec);
        expect_value("set anew", syscall(SYS_setitimer, which, &soon, &old), 0);
        expect_true("what was left", old.it_value.tv_sec >= 900 && old.it_interval.tv_sec == 3);
        until_caught("it expires, again and again", signals[which], 3);
        expect_value("stop it", syscall(SYS_setitimer, which, &none, &old), 0);
        printf("interval %ld %ld\n", (long)old.it_interval.tv_sec, (long)old.it_interval.tv_usec);
        int count = caught[signals[which]];
        usleep(50000);
        expect_value("it is stopped", caught[signals[which]] - count, 0);
        for (unsigned i = 0; i < COUNT_OF(odd); i++)
            expect_error("odd time", syscall(SYS_setitimer, which, &odd[i], NULL), EINVAL);
        expect_error("from nowhere", syscall(SYS_setitimer, which, 8, NULL), EFAULT);
        expect_error("to nowhere", syscall(SYS_getitimer, which, 8), EFAULT);
        expect_error("old to nowhere", syscall(SYS_setitimer, which, &far, 8), EFAULT);
        syscall(SYS_getitimer, which, &value);
        expect_true("but it is set", value.it_value.tv_sec >= 900);
        expect_value("no value is zeros", syscall(SYS_setitimer, which, NULL, &old), 0);
        syscall(SYS_getitimer, which, &value);
        expect_value("that stops it", value.it_value.tv_sec, 0);
    }
    expect_error("no such timer", syscall(SYS_getitimer, 3, &value), EINVAL);
    expect_error("no such timer", syscall(SYS_setitimer, -1, &far, NULL), EINVAL);
    expect_error("nor from nowhere", syscall(SYS_setitimer, 3, 8, NULL), EFAULT);
    return program_end();
}
