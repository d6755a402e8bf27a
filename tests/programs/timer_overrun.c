/* A timer that expires while its signal pends: it comes once, and tells how often it did not. */
#include <signal.h>
#include <time.h>

#include "program.h"

static volatile sig_atomic_t caught;

static void on_signal(int signal, siginfo_t *info, void *context)
{
    (void)context;
    caught += signal == SIGRTMIN + 1;
    (void)info;
}

static void run(const char *what, int signal)
{
    struct sigevent event = {
        .sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal, .sigev_value.sival_ptr = (void *)&caught};
    const struct itimerspec often = {{0, 5000000}, {0, 5000000}}, never = {{0, 0}, {0, 0}};
    const struct timespec limit = {20, 0}, none = {0, 0};
    siginfo_t info;
    sigset_t mask;
    timer_t timer;

    printf("-- %s\n", what);
    sigemptyset(&mask);
    sigaddset(&mask, signal);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    expect_value("create", timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    expect_value("set", timer_settime(timer, 0, &often, NULL), 0);
    usleep(200000);
    expect_value("taken", sigtimedwait(&mask, &info, &limit), signal);
    expect_true("it tells of many", info.si_overrun >= 20 && info.si_overrun < 4000);
    expect_value("and so does the timer", timer_getoverrun(timer) - info.si_overrun, 0);
    expect_true("its value", info.si_value.sival_ptr == &caught);
    expect_value("the next one", sigtimedwait(&mask, &info, &limit), signal);
    expect_true("tells of few", info.si_overrun < 1000);
    timer_settime(timer, 0, &never, NULL);
    sigtimedwait(&mask, &info, &none);
    usleep(20000);
    expect_error("it is stopped", sigtimedwait(&mask, &info, &none), EAGAIN);
    timer_settime(timer, 0, &often, NULL);
    usleep(50000);
    expect_value("delete", timer_delete(timer), 0);
    sigtimedwait(&mask, &info, &none); /* one may pend still */
    expect_error("and gone", sigtimedwait(&mask, &info, &none), EAGAIN);
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1};
    const struct itimerspec tiny = {{0, 100000}, {0, 100000}}, never = {{0, 0}, {0, 0}};
    timer_t timer;

    program_begin();
    run("standard signal", SIGUSR1);
    run("real-time signal", SIGRTMIN + 4);
    sigaction(SIGRTMIN + 1, &action, NULL);
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    expect_value("an interval of 100 us", timer_settime(timer, 0, &tiny, NULL), 0);
    while (caught < 20)
        ;
    expect_value("stop", timer_settime(timer, 0, &never, NULL), 0);
    int count = caught;
    usleep(20000);
    expect_true("it has stopped", caught - count <= 1);
    return program_end();
}
