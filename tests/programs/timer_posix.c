/* timer_create() and its kin by raw calls: IDs, settings, what the signal tells, errors. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

struct event {
    union sigval value;
    int signal, notify, thread;
    char padding[44];
};

static long create(clockid_t clock, const struct event *event, int *id)
{
    return syscall(SYS_timer_create, clock, event, id);
}

static struct itimerspec spec(int64_t value_ms, int64_t interval_ms)
{
    return (struct itimerspec){{interval_ms / 1000, interval_ms % 1000 * 1000000},
                               {value_ms / 1000, value_ms % 1000 * 1000000}};
}

static void show_signal(const sigset_t *mask)
{
    const struct timespec limit = {20, 0};
    siginfo_t info;
    int signal = sigtimedwait(mask, &info, &limit);

    printf("signal %d code %d errno %d timer %d value %d\n", signal, info.si_code, info.si_errno,
           info.si_timerid, info.si_value.sival_int);
}

int main(void)
{
    struct event event = {.value.sival_int = 4711, .signal = SIGUSR1, .notify = SIGEV_SIGNAL};
    struct itimerspec value, old;
    int first, second, third, id;
    sigset_t mask;

    program_begin();
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigaddset(&mask, SIGALRM);
    sigaddset(&mask, SIGRTMIN + 3);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    expect_value("create", create(CLOCK_MONOTONIC, &event, &first), 0);
    expect_value("create without an event", create(CLOCK_REALTIME, NULL, &second), 0);
    event.signal = SIGRTMIN + 3;
    expect_value("create for a real-time signal", create(CLOCK_BOOTTIME, &event, &third), 0);
    printf("IDs %d %d %d\n", first, second, third);

    value = spec(20, 0);
    expect_value("set", syscall(SYS_timer_settime, first, 0, &value, &old), 0);
    expect_true("it was not set", old.it_value.tv_sec == 0 && old.it_value.tv_nsec == 0);
    show_signal(&mask);
    expect_value("get", syscall(SYS_timer_gettime, first, &old), 0);
    printf("after that %ld %ld\n", (long)old.it_value.tv_sec, (long)old.it_value.tv_nsec);
    expect_value("overrun", syscall(SYS_timer_getoverrun, first), 0);
    value = spec(10, 0);
    syscall(SYS_timer_settime, second, 0, &value, NULL);
    show_signal(&mask);
    syscall(SYS_timer_settime, third, 0, &value, NULL);
    show_signal(&mask);

    value = spec(100000, 7000);
    expect_value("set far away", syscall(SYS_timer_settime, first, 0, &value, NULL), 0);
    expect_value("get", syscall(SYS_timer_gettime, first, &old), 0);
    expect_true("it counts down", old.it_value.tv_sec >= 90 && old.it_value.tv_sec < 101);
    printf("interval %ld %ld\n", (long)old.it_interval.tv_sec, (long)old.it_interval.tv_nsec);
    value = spec(0, 5);
    expect_value("disarm", syscall(SYS_timer_settime, first, 0, &value, &old), 0);
    expect_true("what was left", old.it_value.tv_sec >= 90 && old.it_interval.tv_sec == 7);
    syscall(SYS_timer_gettime, first, &old);
    expect_true("it is disarmed", old.it_value.tv_sec == 0 && old.it_value.tv_nsec == 0);

    value = spec(5, 0); /* long ago */
    expect_value("a time that is past", syscall(SYS_timer_settime, first, TIMER_ABSTIME, &value, NULL), 0);
    show_signal(&mask);
    expect_value("by the wall clock", syscall(SYS_timer_settime, second, TIMER_ABSTIME, &value, NULL), 0);
    show_signal(&mask);
    clock_gettime(CLOCK_REALTIME, &value.it_value);
    value.it_value.tv_sec += 1;
    expect_value("in a second", syscall(SYS_timer_settime, second, TIMER_ABSTIME, &value, NULL), 0);
    syscall(SYS_timer_gettime, second, &old);
    expect_true("it counts down", old.it_value.tv_sec <= 1);
    show_signal(&mask);
    clock_gettime(CLOCK_REALTIME, &old.it_value);
    expect_true("not before", old.it_value.tv_sec >= value.it_value.tv_sec);

    event = (struct event){.notify = SIGEV_NONE, .signal = 99};
    expect_value("one that is silent", create(CLOCK_MONOTONIC, &event, &id), 0);
    value = spec(10, 1000000);
    syscall(SYS_timer_settime, id, 0, &value, NULL);
    usleep(30000);
    syscall(SYS_timer_gettime, id, &old);
    expect_true("it goes on", old.it_value.tv_sec > 900 && old.it_value.tv_sec <= 1000);
    value = spec(10, 0);
    syscall(SYS_timer_settime, id, 0, &value, NULL);
    usleep(30000);
    syscall(SYS_timer_gettime, id, &old);
    printf("it is over: %ld %ld\n", (long)old.it_value.tv_sec, (long)old.it_value.tv_nsec);

    if (fork() == 0) {
        expect_error("a child has none", syscall(SYS_timer_gettime, first, &old), EINVAL);
        expect_value("and counts anew", create(CLOCK_MONOTONIC, NULL, &id), 0);
        printf("ID %d\n", id);
        _exit(program_failures);
    }
    wait(NULL);
    expect_value("delete", syscall(SYS_timer_delete, first), 0);
    expect_error("it is gone", syscall(SYS_timer_delete, first), EINVAL);
    expect_error("get", syscall(SYS_timer_gettime, first, &old), EINVAL);
    expect_error("overrun", syscall(SYS_timer_getoverrun, first), EINVAL);
    expect_error("set", syscall(SYS_timer_settime, first, 0, &value, NULL), EINVAL);
    expect_error("set nothing", syscall(SYS_timer_settime, second, 0, NULL, NULL), EINVAL);
    expect_error("from nowhere", syscall(SYS_timer_settime, second, 0, 8, NULL), EFAULT);
    expect_error("old to nowhere", syscall(SYS_timer_settime, second, 0, &value, 8), EFAULT);
    expect_error("get to nowhere", syscall(SYS_timer_gettime, second, 8), EFAULT);
    value = (struct itimerspec){{0, 0}, {0, 1000000000}};
    expect_error("odd time", syscall(SYS_timer_settime, second, 0, &value, NULL), EINVAL);
    value = (struct itimerspec){{0, -1}, {1, 0}};
    expect_error("odd interval", syscall(SYS_timer_settime, second, 0, &value, NULL), EINVAL);
    expect_error("no such timer", syscall(SYS_timer_gettime, -1, &old), EINVAL);

    static const clockid_t clocks[] = {0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 99};
    for (unsigned i = 0; i < COUNT_OF(clocks); i++) {
        long result = create(clocks[i], NULL, &id);
        printf("clock %d: %ld errno %d\n", clocks[i], result, result < 0 ? errno : 0);
    }
    event = (struct event){.signal = 65};
    expect_error("no such signal", create(CLOCK_MONOTONIC, &event, &id), EINVAL);
    event.signal = 0;
    expect_error("no signal", create(CLOCK_MONOTONIC, &event, &id), EINVAL);
    event = (struct event){.signal = SIGUSR1, .notify = 3};
    expect_error("no such notification", create(CLOCK_MONOTONIC, &event, &id), EINVAL);
    event = (struct event){.signal = SIGUSR1, .notify = SIGEV_THREAD_ID, .thread = 1};
    expect_error("a thread of another process", create(CLOCK_MONOTONIC, &event, &id), EINVAL);
    expect_error("event from nowhere", syscall(SYS_timer_create, CLOCK_MONOTONIC, 8, &id), EFAULT);
    expect_error("ID to nowhere", syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, 8), EFAULT);
    return program_end();
}
