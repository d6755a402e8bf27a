/* Timers of timer_create() end with their program; an interval timer goes on in the next one. */
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "program.h"

int main(int argc, char **argv)
{
    const struct itimerspec soon = {{0, 10000000}, {0, 10000000}};
    const struct itimerval interval = {{500, 0}, {600, 0}};
    struct itimerval value;
    struct itimerspec old;
    sigset_t mask;
    int id;

    program_begin();
    if (argc > 1) {
        expect_error("it is gone", syscall(SYS_timer_gettime, 0, &old), EINVAL);
        getitimer(ITIMER_REAL, &value);
        expect_true("this one goes on", value.it_value.tv_sec > 500 && value.it_interval.tv_sec == 500);
        getitimer(ITIMER_PROF, &value);
        expect_true("and this", value.it_value.tv_sec > 500 && value.it_interval.tv_sec == 500);
        usleep(50000);
        signal(SIGALRM, SIG_DFL);
        sigfillset(&mask);
        sigprocmask(SIG_UNBLOCK, &mask, NULL);
        usleep(50000);
        expect_value("the first timer's ID", syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id), 0);
        return program_end();
    }
    signal(SIGUSR1, SIG_IGN);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    expect_value("create", syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id), 0);
    expect_value("set", syscall(SYS_timer_settime, id, 0, &soon, NULL), 0);
    expect_value("another", syscall(SYS_timer_create, CLOCK_REALTIME, NULL, &id), 0);
    setitimer(ITIMER_REAL, &interval, NULL);
    setitimer(ITIMER_PROF, &interval, NULL);
    execv(argv[0], (char *[]){argv[0], "second", NULL});
    expect_true("execv", 0);
    return program_end();
}
