/* poll, ppoll: what they find, timeouts, interruption, errors. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

#include "program.h"

static int ends[2];

static void show(const char *what, struct pollfd *fds, int count, int timeout)
{
    int result = poll(fds, count, timeout);

    printf("%s: %d", what, result);
    for (int i = 0; i < count; i++)
        printf(" %x", fds[i].revents);
    printf("\n");
}

static void finds(void)
{
    int file = open("/tmp", O_RDONLY | O_DIRECTORY), path_only = open("/tmp", O_PATH),
        null = open("/dev/null", O_RDWR);
    struct pollfd fds[] = {{ends[0], POLLIN | POLLOUT, 99},
                           {ends[1], POLLIN | POLLOUT, 99},
                           {-1, POLLIN, 99},
                           {77, POLLIN, 99},
                           {file, POLLIN | POLLOUT | POLLPRI, 99},
                           {path_only, POLLIN, 99},
                           {null, POLLIN | POLLOUT, 99},
                           {ends[1], 0, 99}};

    show("empty pipe", fds, 8, 0);
    expect_value("write", write(ends[1], "x", 1), 1);
    show("one byte", fds, 8, -1);
    fds[0].events = POLLRDNORM;
    show("other names", fds, 2, -1);
    close(file);
    close(path_only);
    close(null);
    close(ends[1]);
    show("no writer", fds, 1, -1);
    char byte;
    expect_value("read", read(ends[0], &byte, 1), 1);
    show("no writer, nothing left", fds, 1, -1);
    fds[0].events = 0;
    show("nothing wanted", fds, 1, -1);
    close(ends[0]);
    show("closed", fds, 1, -1);
    expect_value("pipe", pipe(ends), 0);
    close(ends[0]);
    struct pollfd writer = {ends[1], POLLOUT, 0};
    show("no reader", &writer, 1, -1);
    close(ends[1]);
}

static long milliseconds_since(const struct timespec *start)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000;
}

static volatile sig_atomic_t caught;

static void on_alarm(int number)
{
    caught = number;
}

/* Again and again, as the first may come before the wait begins; or no more, if `ms` is 0. */
static void alarm_each_ms(int ms)
{
    struct itimerval often = {{0, ms * 1000}, {0, ms * 1000}};

    setitimer(ITIMER_REAL, &often, NULL);
}

static void times(void)
{
    struct timespec start, timeout = {0, 30000000};
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sigset_t mask, none;

    clock_gettime(CLOCK_MONOTONIC, &start);
    expect_value("no files", poll(NULL, 0, 30), 0);
    expect_true("not too early", milliseconds_since(&start) >= 30);
    clock_gettime(CLOCK_MONOTONIC, &start);
    expect_value("ppoll", syscall(SYS_ppoll, NULL, 0, &timeout, NULL, 0), 0);
    expect_true("not too early", milliseconds_since(&start) >= 30);
    expect_value("nothing is left", timeout.tv_sec + timeout.tv_nsec, 0);
    sigaction(SIGALRM, &action, NULL);
    alarm_each_ms(20);
    expect_error("interrupted", poll(NULL, 0, -1), EINTR);
    expect_value("by", caught, SIGALRM);
    timeout = (struct timespec){1000, 0};
    expect_error("interrupted", syscall(SYS_ppoll, NULL, 0, &timeout, NULL, 0), EINTR);
    expect_true("the rest is told", timeout.tv_sec >= 900 && timeout.tv_sec < 1000);
    alarm_each_ms(0);
    sigemptyset(&none);
    sigemptyset(&mask);
    sigaddset(&mask, SIGALRM);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    raise(SIGALRM);
    expect_value("blocked", poll(NULL, 0, 0), 0);
    struct timespec now = {0, 0};
    expect_error("let in", ppoll(NULL, 0, &now, &none), EINTR);
    sigprocmask(SIG_BLOCK, NULL, &none);
    expect_value("blocked again", sigismember(&none, SIGALRM), 1);
    expect_value("nothing pends", poll(NULL, 0, 0), 0);
}

static void errors(void)
{
    struct timespec bad = {0, 1000000000}, negative = {-1, 0};
    sigset_t mask;
    struct rlimit limit = {16, 1024};

    sigemptyset(&mask);
    expect_error("bad pointer", poll((void *)16, 1, 0), EFAULT);
    expect_error("bad timeout", syscall(SYS_ppoll, NULL, 0, &bad, NULL, 0), EINVAL);
    expect_error("negative timeout", syscall(SYS_ppoll, NULL, 0, &negative, NULL, 0), EINVAL);
    expect_error("bad timeout pointer", syscall(SYS_ppoll, NULL, 0, 16, NULL, 0), EFAULT);
    expect_error("bad mask size", syscall(SYS_ppoll, NULL, 0, NULL, &mask, 4), EINVAL);
    expect_error("bad mask pointer", syscall(SYS_ppoll, NULL, 0, NULL, 16, 8), EFAULT);
    setrlimit(RLIMIT_NOFILE, &limit);
    struct pollfd many[17];
    for (int i = 0; i < 17; i++)
        many[i] = (struct pollfd){-1, POLLIN, 1};
    expect_value("as many as allowed", poll(many, 16, 0), 0);
    expect_error("too many", poll(many, 17, 0), EINVAL);
}

static void *writer(void *argument)
{
    usleep(20000);
    return (void *)write(*(int *)argument, "y", 1);
}

static void many(void)
{
    struct pollfd fds[200];
    int pipes[100][2];
    pthread_t thread;

    for (int i = 0; i < 100; i++) {
        if (pipe(pipes[i]) != 0)
            expect_value("pipe", errno, 0);
        fds[2 * i] = (struct pollfd){pipes[i][0], POLLIN, 0};
        fds[2 * i + 1] = (struct pollfd){pipes[i][1], POLLIN, 0};
    }
    pthread_create(&thread, NULL, writer, &pipes[70][1]);
    expect_value("one of many", poll(fds, 200, -1), 1);
    void *written;
    pthread_join(thread, &written);
    expect_value("written", (long)written, 1);
    expect_value("that one", fds[140].revents, POLLIN);
    for (int i = 0; i < 100; i++)
        expect_value("close", close(pipes[i][0]) + close(pipes[i][1]), 0);
}

int main(void)
{
    program_begin();
    expect_value("pipe", pipe(ends), 0);
    finds();
    times();
    many();
    errors();
    return program_end();
}
