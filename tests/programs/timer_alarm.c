/* lintel: args="first" */
/* alarm(): what is left, what a child and another program have of it. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

static volatile sig_atomic_t caught;

static void on_alarm(int signal)
{
    caught += signal == SIGALRM;
}

static void wait_for_it(int count)
{
    while (caught < count)
        usleep(1000);
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_alarm};
    int status;

    program_begin();
    if (argc > 1 && strcmp(argv[1], "second") == 0) {
        expect_true("another program has it still", alarm(0) > 0);
        return program_end();
    }
    sigaction(SIGALRM, &action, NULL);
    expect_value("none before", alarm(0), 0);
    expect_value("none before that", alarm(100), 0);
    unsigned left = alarm(50);
    for (int tries = 0; tries < 10 && left == 99; tries++) { /* a whole second may pass, but not each time */
        alarm(100);
        left = alarm(50);
    }
    expect_value("what was left", left, 100);
    if (fork() == 0) {
        expect_value("a child has none", alarm(0), 0);
        _exit(program_failures);
    }
    wait(&status);
    printf("status %#x\n", status);
    if (fork() == 0) {
        alarm(1000);
        execl("/proc/self/exe", argv[0], "second", NULL);
        execv(argv[0], (char *[]){argv[0], "second", NULL});
        _exit(99);
    }
    wait(&status);
    printf("status %#x\n", status);
    left = alarm(1);
    expect_true("the parent's goes on", left >= 30 && left <= 50);
    wait_for_it(1);
    expect_value("caught", caught, 1);
    expect_value("it is gone", alarm(0), 0);
    if (fork() == 0) {
        signal(SIGALRM, SIG_DFL);
        alarm(1);
        for (;;)
            pause();
    }
    wait(&status);
    printf("without a handler: status %#x\n", status);
    sigset_t mask, pending;
    sigemptyset(&mask);
    sigaddset(&mask, SIGALRM);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    alarm(1);
    siginfo_t info;
    expect_value("waited for", sigwaitinfo(&mask, &info), SIGALRM);
    printf("code %d errno %d\n", info.si_code, info.si_errno);
    sigpending(&pending);
    expect_value("no more pends", sigismember(&pending, SIGALRM), 0);
    expect_value("caught", caught, 1);
    expect_value("far away", alarm(0xffffffff), 0);
    expect_true("still far", alarm(0) >= 0xfffffff0u);
    return program_end();
}
