/* select, pselect6: sets, the time that is left, errors. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/time.h>

#include "program.h"

static void show(const char *what, int count, int fd, int fd2, struct timeval *timeout)
{
    fd_set in, out, except;

    FD_ZERO(&in);
    FD_SET(fd, &in);
    FD_SET(fd2, &in);
    out = except = in;
    int result = select(count, &in, &out, &except, timeout);
    printf("%s: %d", what, result);
    printf(" in %d%d out %d%d except %d%d\n", !!FD_ISSET(fd, &in), !!FD_ISSET(fd2, &in), !!FD_ISSET(fd, &out),
           !!FD_ISSET(fd2, &out), !!FD_ISSET(fd, &except), !!FD_ISSET(fd2, &except));
}

static volatile sig_atomic_t caught;

static void on_alarm(int number)
{
    caught = number;
}

int main(void)
{
    int ends[2];
    struct timeval none = {0, 0}, some = {0, 30000}, odd = {0, 1500000}, bad = {-1, 0};
    struct itimerval often = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    fd_set set;
    char byte;

    program_begin();
    expect_value("pipe", pipe(ends), 0);
    show("empty", ends[1] + 1, ends[0], ends[1], &none);
    expect_value("write", write(ends[1], "x", 1), 1);
    show("a byte", ends[1] + 1, ends[0], ends[1], NULL);
    show("only the first", ends[0] + 1, ends[0], ends[0], NULL);
    expect_value("read", read(ends[0], &byte, 1), 1);
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    expect_value("timeout", syscall(SYS_select, ends[0] + 1, &set, NULL, NULL, &some), 0);
    expect_value("set is empty", FD_ISSET(ends[0], &set), 0);
    expect_value("nothing is left", some.tv_sec * 1000000 + some.tv_usec, 0);
    expect_value("no sets", select(0, NULL, NULL, NULL, &none), 0);
    expect_value("many microseconds", select(ends[1] + 1, NULL, NULL, NULL, &odd), 0);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL); /* the first may come before the wait begins */
    some = (struct timeval){1000, 0};
    FD_SET(ends[0], &set);
    expect_error("interrupted", syscall(SYS_select, ends[0] + 1, &set, NULL, NULL, &some), EINTR);
    expect_value("the set is as it was", !!FD_ISSET(ends[0], &set), 1);
    setitimer(ITIMER_REAL, &never, NULL);
    expect_value("by", caught, SIGALRM);
    expect_true("the rest is told", some.tv_sec >= 900 && some.tv_sec < 1000);
    expect_error("negative count", select(-1, &set, NULL, NULL, &none), EINVAL);
    expect_error("bad timeout", select(1, NULL, NULL, NULL, &bad), EINVAL);
    expect_error("bad pointer", syscall(SYS_select, 1, 16, NULL, NULL, &none), EFAULT);
    struct timespec time = {0, 10000000};
    sigset_t blocked, empty;
    sigemptyset(&blocked);
    sigemptyset(&empty);
    sigaddset(&blocked, SIGALRM);
    expect_value("pselect", pselect(0, NULL, NULL, NULL, &time, &empty), 0);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    raise(SIGALRM);
    expect_error("let in", pselect(0, NULL, NULL, NULL, NULL, &empty), EINTR);
    struct {
        void *set;
        size_t size;
    } wrong = {&empty, 4};
    expect_error("mask size", syscall(SYS_pselect6, 0, NULL, NULL, NULL, &time, &wrong), EINVAL);
    close(ends[1]);
    show("end of file", ends[0] + 1, ends[0], ends[0], &none);
    close(ends[0]);
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    expect_error("closed", select(ends[0] + 1, &set, NULL, NULL, &none), EBADF);
    return program_end();
}
