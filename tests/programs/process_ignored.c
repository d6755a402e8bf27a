/* Children whose end nobody wants to know of: SIGCHLD ignored, SA_NOCLDWAIT. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

static volatile sig_atomic_t signals;

static void count(int signal)
{
    signals += signal == SIGCHLD;
}

static pid_t child_after(long nanoseconds)
{
    pid_t child = fork();

    if (child == 0) {
        struct timespec pause = {0, nanoseconds};
        nanosleep(&pause, NULL);
        _exit(1);
    }
    return child;
}

int main(void)
{
    int status = -1;
    struct sigaction action = {.sa_handler = count, .sa_flags = SA_NOCLDWAIT | SA_RESTART};

    program_begin();
    signal(SIGCHLD, SIG_IGN);
    child_after(20000000);
    child_after(1);
    expect_error("ignored: wait() waits for all, and then there is none", wait(&status), ECHILD);
    pid_t child = child_after(20000000);
    expect_error("of one", waitpid(child, &status, 0), ECHILD);
    expect_value("the status is left alone", status, -1);

    /* A child that was there before. */
    signal(SIGCHLD, SIG_DFL);
    child = child_after(1);
    siginfo_t info;
    expect_value("a zombie", waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    signal(SIGCHLD, SIG_IGN);
    expect_true("stays one", waitpid(child, &status, 0) == child);
    expect_value("status", status, 1 << 8);

    sigaction(SIGCHLD, &action, NULL);
    child = child_after(20000000);
    expect_error("SA_NOCLDWAIT", waitpid(child, &status, 0), ECHILD);
    expect_value("the signal comes all the same", signals, 1);

    action.sa_flags = SA_RESTART;
    sigaction(SIGCHLD, &action, NULL);
    child = child_after(20000000);
    expect_true("the status comes before the signal", waitpid(child, &status, 0) == child);
    expect_value("status", status, 1 << 8);
    expect_value("the signal", signals, 2);
    action.sa_flags = 0;
    sigaction(SIGCHLD, &action, NULL);
    child = child_after(20000000);
    expect_true("without SA_RESTART, too", waitpid(child, &status, 0) == child);
    expect_value("the signal", signals, 3);
    return program_end();
}
