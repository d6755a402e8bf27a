/* Who may signal whom, and what kill(), tkill() and tgkill() make of their numbers. */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "program.h"
#include "sleeping.h"

#define NOBODY_ID 0x3ffffff

static volatile int handled;

static void handler(int signal)
{
    (void)signal;
    handled++;
}

static int sleeper(void)
{
    int child = fork();

    if (child == 0)
        for (;;)
            pause();
    return child;
}

static int status_of(int child)
{
    int status = -1;

    waitpid(child, &status, 0);
    return status;
}

static void numbers(void)
{
    expect_error("no such process", kill(NOBODY_ID, 0), ESRCH);
    expect_error("no such process, bad signal", kill(NOBODY_ID, 99), ESRCH);
    expect_error("no such group", kill(-NOBODY_ID, SIGUSR1), ESRCH);
    expect_error("INT_MIN", kill(INT_MIN, SIGUSR1), ESRCH);
    expect_error("signal 65", kill(getpid(), 65), EINVAL);
    expect_error("signal -1", kill(getpid(), -1), EINVAL);
    expect_value("signal 0", kill(getpid(), 0), 0);
    expect_value("signal 0 to the group", kill(0, 0), 0);
    expect_error("tkill 0", syscall(SYS_tkill, 0, SIGUSR1), EINVAL);
    expect_error("tkill -1", syscall(SYS_tkill, -1, SIGUSR1), EINVAL);
    expect_error("tkill nobody", syscall(SYS_tkill, NOBODY_ID, SIGUSR1), ESRCH);
    expect_error("tkill bad signal", syscall(SYS_tkill, getpid(), 65), EINVAL);
    expect_error("tgkill 0", syscall(SYS_tgkill, 0, getpid(), SIGUSR1), EINVAL);
    expect_error("tgkill thread 0", syscall(SYS_tgkill, getpid(), 0, SIGUSR1), EINVAL);
    expect_error("tgkill other process", syscall(SYS_tgkill, getppid(), getpid(), SIGUSR1), ESRCH);
    expect_value("tgkill 0", syscall(SYS_tgkill, getpid(), getpid(), 0), 0);
    expect_value("tkill", syscall(SYS_tkill, getpid(), SIGUSR1), 0);
    expect_value("tgkill", syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1), 0);
    expect_value("kill", kill(getpid(), SIGUSR1), 0);
    expect_value("own group", kill(-getpgrp(), SIGUSR1), 0);
    expect_value("handled", handled, 4);
}

static void groups(void)
{
    int first = sleeper(), second = sleeper(), third = sleeper();

    setpgid(first, first);
    setpgid(second, first);
    setpgid(third, third);
    expect_value("a group", kill(-first, SIGUSR1), 0);
    expect_value("first", status_of(first), SIGUSR1);
    expect_value("second", status_of(second), SIGUSR1);
    expect_value("not the third", waitpid(third, NULL, WNOHANG), 0);
    expect_error("the group is gone", kill(-first, 0), ESRCH);
    kill(third, SIGKILL);
    waitid(P_PID, (id_t)third, &(siginfo_t){0}, WEXITED | WNOWAIT);
    expect_value("a zombie can be signalled", kill(third, SIGUSR1), 0);
    expect_value("third", status_of(third), SIGKILL);
    expect_error("until it was waited for", kill(third, 0), ESRCH);
}

static void users(void)
{
    int root = sleeper();

    setpgid(root, root);
    int child = fork();

    if (child == 0) {
        if (setresuid(1000, 1000, 1000) != 0)
            _exit(1);
        int other = sleeper();
        expect_error("root's", kill(root, SIGUSR1), EPERM);
        expect_error("root's, signal 0", kill(root, 0), EPERM);
        expect_error("root's, bad signal", kill(root, 65), EINVAL);
        expect_error("root's thread", syscall(SYS_tkill, root, SIGUSR1), EPERM);
        expect_value("root's, SIGCONT in the session", kill(root, SIGCONT), 0);
        expect_error("a group of root's", kill(-root, 0), EPERM);
        expect_value("the own user's", kill(other, SIGUSR1), 0);
        expect_value("ended", status_of(other), SIGUSR1);
        _exit(program_failures);
    }
    expect_value("status", status_of(child), 0);
    kill(root, SIGKILL);
    expect_value("root's", status_of(root), SIGKILL);
}

static int ends[2];

static void *stay(void *unused)
{
    while (process_state(getpid()) != 'Z') /* until the first thread is gone */
        usleep(1000);
    (void)!write(ends[1], "x", 1);
    for (;;)
        pause();
    return unused;
}

/* A process whose first thread has ended: its ID is that thread's, too, but no signal reaches it. */
static void ended_first_thread(void)
{
    pthread_t thread;
    char byte;
    int child;

    (void)!pipe(ends);
    child = fork();
    if (child == 0) {
        pthread_create(&thread, NULL, stay, NULL);
        syscall(SYS_exit, 3);
    }
    (void)!read(ends[0], &byte, 1);
    expect_value("tgkill, signal 0", syscall(SYS_tgkill, child, child, 0), 0);
    expect_value("tkill, signal 0", syscall(SYS_tkill, child, 0), 0);
    expect_error("tgkill, bad signal", syscall(SYS_tgkill, child, child, 65), EINVAL);
    expect_error("tgkill, other group", syscall(SYS_tgkill, getpid(), child, 0), ESRCH);
    expect_value("tgkill, SIGTERM", syscall(SYS_tgkill, child, child, SIGTERM), 0);
    expect_value("tkill, SIGUSR1", syscall(SYS_tkill, child, SIGUSR1), 0);
    usleep(20000);
    expect_value("it lives", waitpid(child, NULL, WNOHANG), 0);
    expect_value("kill", kill(child, SIGTERM), 0);
    expect_value("ended", status_of(child), SIGTERM);
    expect_error("gone", syscall(SYS_tgkill, child, child, 0), ESRCH);
    child = sleeper();
    kill(child, SIGKILL);
    waitid(P_PID, (id_t)child, &(siginfo_t){0}, WEXITED | WNOWAIT);
    expect_value("tgkill, a zombie", syscall(SYS_tgkill, child, child, SIGUSR1), 0);
    expect_value("its status", status_of(child), SIGKILL);
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};

    program_begin();
    sigaction(SIGUSR1, &action, NULL);
    numbers();
    signal(SIGUSR1, SIG_DFL);
    groups();
    users();
    ended_first_thread();
    return program_end();
}
