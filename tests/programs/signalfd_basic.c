/* signalfd: reading signals of all kinds, waiting, epoll across fork, errors. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "program.h"
#include "sleeping.h"

static void show(const char *what, int fd)
{
    struct signalfd_siginfo info[3];
    long size = read(fd, info, sizeof(info));

    printf("%s: %ld", what, size < 0 ? -errno : size);
    for (long i = 0; i < size / 128; i++)
        printf(" [%u code %d pid %d status %d value %d]", info[i].ssi_signo, info[i].ssi_code,
               info[i].ssi_pid == (uint32_t)getpid(), info[i].ssi_status, info[i].ssi_int);
    printf("\n");
}

int main(void)
{
    sigset_t mask, more;
    struct epoll_event event = {.events = EPOLLIN};
    int ends[2];
    char byte;

    program_begin();
    expect_value("pipe", pipe(ends), 0);
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigaddset(&mask, SIGCHLD);
    sigaddset(&mask, SIGRTMIN + 1);
    more = mask;
    sigaddset(&more, SIGUSR2);
    sigaddset(&more, SIGKILL);
    sigprocmask(SIG_BLOCK, &more, NULL);
    int fd = signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
    expect_value("close on exec", fcntl(fd, F_GETFD), FD_CLOEXEC);
    struct pollfd one = {fd, POLLIN | POLLOUT, 0};
    show("nothing", fd);
    expect_value("poll", poll(&one, 1, 0), 0);
    kill(getpid(), SIGUSR1);
    expect_value("poll", poll(&one, 1, -1), 1);
    expect_value("readable", one.revents, POLLIN);
    show("sent", fd);
    raise(SIGUSR1);
    union sigval value = {.sival_int = 42};
    sigqueue(getpid(), SIGRTMIN + 1, value);
    value.sival_int = 43;
    sigqueue(getpid(), SIGRTMIN + 1, value);
    show("three", fd);
    show("all read", fd);
    kill(getpid(), SIGUSR2);
    show("another signal", fd);
    expect_value("more", signalfd(fd, &more, 0), fd);
    show("now it is wanted", fd);
    fcntl(fd, F_SETFL, 0);
    pid_t child = fork();
    if (child == 0) {
        await_sleep(getppid());
        _exit(7);
    }
    show("a child has ended", fd);
    expect_true("wait", waitpid(child, NULL, 0) == child);
    int queue = epoll_create1(0);
    epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event);
    child = fork();
    if (child == 0) {
        await_sleep(getppid());
        kill(getppid(), SIGUSR1);
        (void)!read(ends[0], &byte, 1);
        _exit(0);
    }
    expect_value("epoll", epoll_wait(queue, &event, 1, -1), 1);
    show("from the child", fd);
    (void)!write(ends[1], "e", 1);
    waitpid(child, NULL, 0);
    show("its end", fd);
    expect_error("mask size", syscall(SYS_signalfd4, -1, &mask, 4, 0), EINVAL);
    expect_error("bad pointer", syscall(SYS_signalfd4, -1, 16, 8, 0), EFAULT);
    expect_error("flags", syscall(SYS_signalfd4, -1, &mask, 8, 1), EINVAL);
    expect_error("closed", syscall(SYS_signalfd4, 77, &mask, 8, 0), EBADF);
    expect_error("not made so", syscall(SYS_signalfd4, queue, &mask, 8, 0), EINVAL);
    char small[100];
    expect_error("short read", read(fd, small, 100), EINVAL);
    return program_end();
}
