/* Children whose parent ends get another one: a subreaper above, else PID 1. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

/* A child, whose child tells who its parent is, once the child has ended. */
static pid_t orphan_parent(int ends[2])
{
    pid_t told = -1;
    pid_t child = fork();

    if (child == 0) {
        pid_t parent = getpid();
        if (fork() == 0) {
            struct timespec pause = {0, 1000000};
            while (getppid() == parent)
                nanosleep(&pause, NULL);
            pid_t other = getppid();
            _exit(write(ends[1], &other, sizeof(other)) == sizeof(other) ? 66 : 1);
        }
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return read(ends[0], &told, sizeof(told)) == sizeof(told) ? told : -1;
}

int main(void)
{
    int ends[2], status, is_reaper = -1;

    program_begin();
    expect_value("pipe", pipe(ends), 0);
    expect_value("subreaper", prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    expect_value("is it one", prctl(PR_GET_CHILD_SUBREAPER, &is_reaper), 0);
    expect_value("yes", is_reaper, 1);
    expect_true("a subreaper gets orphans", orphan_parent(ends) == getpid());
    expect_true("and waits for them", wait(&status) > 0);
    expect_value("status", status, 66 << 8);
    expect_error("no more", wait(&status), ECHILD);

    /* A zombie changes hands, too. */
    pid_t child = fork();
    if (child == 0) {
        if (fork() == 0)
            _exit(77);
        siginfo_t info;
        waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
        _exit(78);
    }
    expect_true("the child", waitpid(child, &status, 0) == child);
    expect_value("status", status, 78 << 8);
    expect_true("the zombie", wait(&status) > 0);
    expect_value("status", status, 77 << 8);

    /* The signal at the parent's end. */
    child = fork();
    if (child == 0) {
        pid_t parent = getpid();
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (write(ends[1], "", 1) != 1 || getppid() != parent)
                _exit(1);
            for (;;)
                pause();
        }
        char byte;
        _exit(read(ends[0], &byte, 1) != 1);
    }
    expect_true("the parent", waitpid(child, &status, 0) == child);
    expect_value("status", status, 0);
    expect_true("its child", wait(&status) > 0);
    expect_value("status", status, SIGKILL);
    return program_end();
}
