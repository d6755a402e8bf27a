/* Timers over execve(): setitimer()'s go on, timer_create()'s are gone. */
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "again.h"

static void prepare(void *argument)
{
    struct itimerval interval = {.it_value = {1000, 0}};
    struct itimerspec value = {.it_value = {0, 20000000}};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    timer_t timer;

    (void)argument;
    setitimer(ITIMER_REAL, &interval, NULL);
    setitimer(ITIMER_VIRTUAL, &interval, NULL);
    expect_value("timer_create", timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    expect_value("timer_settime", timer_settime(timer, 0, &value, NULL), 0);
    execve(own_path(), (char *[]){"x", "show", NULL}, (char *[]){NULL});
    printf("execve: errno %d\n", errno);
}

int main(int argc, char **argv)
{
    struct itimerval interval;
    struct itimerspec value;

    (void)argv;
    program_begin();
    if (argc > 1) {
        usleep(50000); /* SIGUSR1 would end this program */
        getitimer(ITIMER_REAL, &interval);
        expect_true("real time", interval.it_value.tv_sec > 900);
        getitimer(ITIMER_VIRTUAL, &interval);
        expect_true("time on a CPU", interval.it_value.tv_sec > 900);
        expect_error("timer_gettime", syscall(SYS_timer_gettime, 0, &value), EINVAL);
    } else {
        expect_value("status", in_child(prepare, NULL), 0);
    }
    return program_end();
}
