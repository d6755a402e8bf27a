/* lintel: timeout=300 */
/* Timers by time on a CPU, and the limit of it: RLIMIT_CPU. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
    caught += signal != 0;
}

static int64_t now(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void run(clockid_t clock)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    const struct itimerspec value = {{0, 0}, {0, 100000000}};
    const struct timespec nap = {0, 300000000};
    struct itimerspec left;
    timer_t timer;

    printf("-- clock %d\n", clock);
    caught = 0;
    expect_value("create", timer_create(clock, &event, &timer), 0);
    int64_t start = now(clock);
    expect_value("set", timer_settime(timer, 0, &value, NULL), 0);
    expect_value("sleep", nanosleep(&nap, NULL), 0);
    expect_value("sleep does not count", caught, 0);
    expect_value("get", timer_gettime(timer, &left), 0);
    expect_true("most is left", left.it_value.tv_sec == 0 && left.it_value.tv_nsec > 20000000);
    while (caught == 0 && now(clock) - start < 10000000000)
        ;
    expect_value("work does", caught, 1);
    expect_true("not too early", now(clock) - start >= 99000000);
    expect_value("delete", timer_delete(timer), 0);
}

/* RLIMIT_CPU of a process that runs, or has a timer already, set by another one. */
static void of_another(int has_timer)
{
    const struct rlimit limit = {1, 50};
    struct itimerval timer = {{0, 0}, {1000, 0}};
    int status;
    pid_t child = fork();

    if (child == 0) {
        signal(SIGXCPU, SIG_DFL);
        if (has_timer)
            setitimer(ITIMER_REAL, &timer, NULL);
        for (;;)
            ;
    }
    usleep(100000);
    expect_value("prlimit", prlimit(child, RLIMIT_CPU, &limit, NULL), 0);
    waitpid(child, &status, 0);
    printf("of another process: status %#x\n", status);
}

static void of_an_ended_one(void)
{
    const struct rlimit limit = {1, 50};
    pid_t child = fork();

    if (child == 0)
        _exit(0);
    waitid(P_PID, (id_t)child, &(siginfo_t){0}, WEXITED | WNOWAIT);
    (void)prlimit(child, RLIMIT_CPU, &limit, NULL);
    expect_value("it can be waited for", waitpid(child, NULL, 0) == child, 1);
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    int status;

    program_begin();
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGXCPU, &action, NULL);
    run(CLOCK_PROCESS_CPUTIME_ID);
    run(CLOCK_THREAD_CPUTIME_ID);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {1, 2};
        caught = 0;
        expect_value("setrlimit", setrlimit(RLIMIT_CPU, &limit), 0);
        while (caught == 0)
            ;
        printf("SIGXCPU first\n");
        for (;;)
            ;
    }
    waitpid(child, &status, 0);
    printf("SIGKILL after two: status %#x\n", status);
    const struct rlimit limit = {1, 50};
    child = fork();
    if (child == 0) {
        signal(SIGXCPU, SIG_DFL);
        expect_value("setrlimit", setrlimit(RLIMIT_CPU, &limit), 0);
        if (fork() == 0) /* has it, too, and a time of its own */
            for (;;)
                ;
        wait(&status);
        _exit(WTERMSIG(status));
    }
    waitpid(child, &status, 0);
    printf("of a grandchild: status %#x\n", status);
    of_another(0);
    of_another(1);
    of_an_ended_one();
    return program_end();
}
