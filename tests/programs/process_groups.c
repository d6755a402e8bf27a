/* setpgid(), setsid() and what they refuse. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>

#include "program.h"

static void in_child(const char *what, int (*function)(void))
{
    int status = -1;
    pid_t child = fork();

    if (child == 0)
        _exit(function());
    waitpid(child, &status, 0);
    printf("%s: 0x%x\n", what, status);
}

static int own_group(void)
{
    if (getpgrp() != getppid() || getpgid(0) != getpgrp() || getpgid(getpid()) != getpgrp())
        return 1;
    if (setpgid(0, 0) != 0 || getpgrp() != getpid())
        return 2;
    if (setpgid(getpid(), getpid()) != 0)
        return 3;
    if (setpgid(0, getppid()) != 0 || getpgrp() != getppid())
        return 4;
    return 0;
}

static int own_session(void)
{
    if (setsid() != getpid() || getsid(0) != getpid() || getpgrp() != getpid())
        return 1;
    if (setsid() != -1 || errno != EPERM)
        return 2;
    if (setpgid(0, 0) != -1 || errno != EPERM)
        return 3;
    if (setpgid(0, getppid()) != -1 || errno != EPERM)
        return 4;
    if (getsid(getppid()) == getpid())
        return 5;
    return 0;
}

static int leader_of_group(void)
{
    if (setpgid(0, 0) != 0)
        return 1;
    return setsid() == -1 && errno == EPERM ? 0 : 2;
}

/* A child in another session is not to be moved. */
static int foreign_session(void)
{
    int ends[2], result;
    char byte;

    if (pipe(ends) != 0)
        return 1;
    pid_t child = fork();
    if (child == 0) {
        setsid();
        if (write(ends[1], "", 1) == 1)
            pause();
        _exit(0);
    }
    if (read(ends[0], &byte, 1) != 1)
        return 2;
    result = setpgid(child, 0) == -1 && errno == EPERM ? 0 : 3;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return result;
}

static void errors(void)
{
    pid_t child = fork();

    if (child == 0) {
        for (;;)
            pause();
    }
    expect_error("negative group", setpgid(0, -1), EINVAL);
    expect_error("a process that is not there", setpgid(99999, 0), ESRCH);
    expect_error("the parent", setpgid(getppid(), 0), ESRCH);
    expect_error("a group that is not there", setpgid(child, 99999), EPERM);
    expect_value("a child", setpgid(child, child), 0);
    expect_true("has moved", getpgid(child) == child);
    expect_value("and back", setpgid(child, getpgrp()), 0);
    expect_error("getpgid of nobody", getpgid(99999), ESRCH);
    expect_error("getsid of nobody", getsid(99999), ESRCH);
    expect_error("getpgid of -1", getpgid(-1), ESRCH);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    expect_error("getpgid of one who is gone", getpgid(child), ESRCH);
}

/* A zombie holds its group's number. */
static void zombies(void)
{
    siginfo_t info;
    pid_t child = fork();

    if (child == 0)
        _exit(setpgid(0, 0));
    waitid(P_PID, child, &info, WEXITED | WNOWAIT);
    expect_true("a zombie's group", getpgid(child) == child);
    expect_value("can be signalled", kill(-child, 0), 0);
    waitpid(child, NULL, 0);
    expect_error("until it is gone", kill(-child, 0), ESRCH);
}

int main(void)
{
    program_begin();
    setpgid(0, 0);
    in_child("own group", own_group);
    in_child("own session", own_session);
    in_child("the leader of a group", leader_of_group);
    in_child("a child in another session", foreign_session);
    errors();
    zombies();
    return program_end();
}
