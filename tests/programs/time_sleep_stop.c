/* A process that is stopped and continued while it sleeps goes on sleeping, and is told nothing. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"
#include "sleeping.h"

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void pause_ms(int ms)
{
    const struct timespec time = {0, ms * 1000000l};

    while (nanosleep(&time, NULL) != 0)
        ;
}

static void sleep_and_be_stopped(const char *what, clockid_t clock, int flags)
{
    struct timespec time = {1, 500000000}, left = {7, 7}, start;
    int status;

    printf("-- %s\n", what);
    pid_t child = fork();
    if (child == 0) {
        int64_t since = now();
        if (flags != 0) {
            clock_gettime(clock, &start);
            time = (struct timespec){start.tv_sec + 1 + (start.tv_nsec + 500000000) / 1000000000,
                                     (start.tv_nsec + 500000000) % 1000000000};
        }
        long result = syscall(SYS_clock_nanosleep, clock, flags, &time, &left);
        expect_value("result", result, 0);
        expect_true("as long as asked for", now() - since >= 1500);
        _exit(program_failures);
    }
    await_sleep(child);
    kill(child, SIGSTOP);
    expect_true("stopped", waitpid(child, &status, WUNTRACED) == child);
    printf("status %#x\n", status);
    pause_ms(50);
    kill(child, SIGCONT);
    expect_true("continued", waitpid(child, &status, WCONTINUED) == child);
    printf("status %#x\n", status);
    expect_true("ended", waitpid(child, &status, 0) == child);
    printf("status %#x\n", status);
}

int main(void)
{
    program_begin();
    sleep_and_be_stopped("for a time", CLOCK_MONOTONIC, 0);
    sleep_and_be_stopped("until a time", CLOCK_MONOTONIC, TIMER_ABSTIME);
    sleep_and_be_stopped("until a time of the wall clock", CLOCK_REALTIME, TIMER_ABSTIME);
    return program_end();
}
