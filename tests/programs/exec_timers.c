/* Timers over execve(): setitimer()'s go on, timer_create()'s are gone. */
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "again.h"

/* `argument`: the milliseconds after which SIGUSR1 would end the next program, as text. */
static void prepare(void *argument)
{
    struct itimerval interval = {.it_value = {1000, 0}};
    struct itimerspec value = {.it_value = {0, atoi(argument) * 1000000L}};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    timer_t timer;

    setitimer(ITIMER_REAL, &interval, NULL);
    setitimer(ITIMER_VIRTUAL, &interval, NULL);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &value, NULL) != 0)
        printf("FAILED: a timer: errno %d\n", errno);
    execve(own_path(), (char *[]){"x", argument, NULL}, (char *[]){NULL});
    printf("execve: errno %d\n", errno);
}

int main(int argc, char **argv)
{
    struct itimerval interval;
    struct itimerspec value;

    program_begin();
    if (argc > 1) {
        usleep((unsigned)atoi(argv[1]) * 1000 + 20000);
        getitimer(ITIMER_REAL, &interval);
        expect_true("real time", interval.it_value.tv_sec > 900);
        getitimer(ITIMER_VIRTUAL, &interval);
        expect_true("time on a CPU", interval.it_value.tv_sec > 900);
        expect_error("timer_gettime", syscall(SYS_timer_gettime, 0, &value), EINVAL);
    } else {
        int status = in_child(prepare, "20");
        if (status == SIGUSR1) /* execve() may have taken longer than that */
            status = in_child(prepare, "900");
        expect_value("status", status, 0);
    }
    return program_end();
}
