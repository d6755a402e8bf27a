/* waitid(): siginfo, WNOWAIT, kinds, errors. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>

#include "program.h"

static siginfo_t info;

static pid_t child_exits(int status)
{
    pid_t child = fork();

    if (child == 0)
        _exit(status);
    return child;
}

static void show(const char *what, pid_t child)
{
    printf("%s: signal %d code %d status %d, %s, uid %s\n", what, info.si_signo, info.si_code, info.si_status,
           info.si_pid == child ? "the child's ID" : "another ID",
           info.si_uid == getuid() ? "mine" : "other");
}

static void ends(void)
{
    pid_t child = child_exits(42);

    expect_value("look, and leave it", waitid(P_PID, child, &info, WEXITED | WNOWAIT), 0);
    show("left", child);
    memset(&info, 0, sizeof(info));
    expect_value("again", waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | WNOHANG), 0);
    show("left still", child);
    expect_value("take it", waitid(P_PID, child, &info, WEXITED), 0);
    show("taken", child);
    expect_error("it is gone", waitid(P_PID, child, &info, WEXITED), ECHILD);
}

static void killed(int signal)
{
    pid_t child = fork();

    if (child == 0) {
        for (;;)
            pause();
    }
    kill(child, signal);
    expect_value("killed", waitid(P_PID, child, &info, WEXITED), 0);
    show("killed", child);
}

static void nothing(void)
{
    int ends[2];
    char byte;

    expect_value("pipe", pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) != 0);
    }
    memset(&info, 0xff, sizeof(info));
    expect_value("no news", waitid(P_PID, child, &info, WEXITED | WNOHANG), 0);
    printf("signal %d, ID %d\n", info.si_signo, (int)info.si_pid);
    expect_value("no news of the group", waitid(P_PGID, getpgrp(), &info, WEXITED | WNOHANG), 0);
    expect_value("no news, and nowhere to say so", waitid(P_ALL, 0, NULL, WEXITED | WNOHANG), 0);
    close(ends[0]);
    close(ends[1]);
    expect_value("its end", waitid(P_PID, child, NULL, WEXITED), 0);
}

static void errors(void)
{
    expect_error("no child", waitid(P_ALL, 0, &info, WEXITED), ECHILD);
    expect_error("nothing to wait for", waitid(P_ALL, 0, &info, WNOHANG), EINVAL);
    expect_error("no options", waitid(P_ALL, 0, &info, 0), EINVAL);
    expect_error("unknown options", waitid(P_ALL, 0, &info, WEXITED | 0x10), EINVAL);
    expect_error("unknown kind", waitid(17, 0, &info, WEXITED), EINVAL);
    expect_error("process 0", waitid(P_PID, 0, &info, WEXITED), EINVAL);
    expect_error("process -1", waitid(P_PID, (id_t)-1, &info, WEXITED), EINVAL);
    expect_error("group -1", waitid(P_PGID, (id_t)-1, &info, WEXITED), EINVAL);
    child_exits(0);
    expect_error("bad pointer", syscall(SYS_waitid, P_ALL, 0, 8, WEXITED, NULL), EFAULT);
    expect_error("the child is gone all the same", waitid(P_ALL, 0, &info, WEXITED), ECHILD);
}

int main(void)
{
    program_begin();
    ends();
    killed(SIGKILL);
    killed(SIGTERM);
    nothing();
    errors();
    return program_end();
}
