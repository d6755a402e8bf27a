/* epoll with many descriptors: all get their turn, however few events are taken at a time; a thread that
 * waits is woken, a timeout comes, a signal's handler ends the wait. */
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

#include "program.h"

#define MANY 100

static int queue;

static void add(int fd, uint32_t events, int data)
{
    struct epoll_event event = {.events = events, .data.fd = data};

    if (epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event) != 0)
        expect_value("epoll_ctl", errno, 0);
}

static void turns(void)
{
    int fds[MANY], seen[MANY] = {0}, least = MANY, most = 0;
    struct epoll_event events[7];

    for (int i = 0; i < MANY; i++)
        add(fds[i] = eventfd(1, 0), EPOLLIN, i);
    for (int round = 0; round < MANY; round++) {
        int count = epoll_wait(queue, events, 7, 0);
        for (int i = 0; i < count; i++)
            seen[events[i].data.fd]++;
    }
    for (int i = 0; i < MANY; i++) {
        least = seen[i] < least ? seen[i] : least;
        most = seen[i] > most ? seen[i] : most;
        close(fds[i]);
    }
    expect_value("least", least, 7);
    expect_value("most", most, 7);
    expect_value("all closed", epoll_wait(queue, events, 7, 0), 0);
}

static void *writer(void *argument)
{
    uint64_t value = 5;

    usleep(20000);
    return (void *)write(*(int *)argument, &value, 8);
}

static void wake_up(void)
{
    int event = eventfd(0, 0);
    struct epoll_event events[2];
    pthread_t thread;
    uint64_t value;

    add(event, EPOLLIN | EPOLLET, 1);
    pthread_create(&thread, NULL, writer, &event);
    expect_value("wait", epoll_wait(queue, events, 2, -1), 1);
    void *written;
    pthread_join(thread, &written);
    expect_value("written", (long)written, 8);
    expect_value("read", read(event, &value, 8), 8);
    expect_value("value", (long)value, 5);
    close(event);
}

static long milliseconds_since(const struct timespec *start)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000;
}

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

static void times(void)
{
    struct epoll_event events[2];
    struct timespec start, timeout = {0, 30000000}, bad = {0, 2000000000};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigset_t alarm_only, none;

    clock_gettime(CLOCK_MONOTONIC, &start);
    expect_value("timeout", epoll_wait(queue, events, 2, 30), 0);
    expect_true("not too early", milliseconds_since(&start) >= 29);
    clock_gettime(CLOCK_MONOTONIC, &start);
    expect_value("timeout in ns", syscall(SYS_epoll_pwait2, queue, events, 2, &timeout, NULL, 0), 0);
    expect_true("not too early", milliseconds_since(&start) >= 29);
    expect_error("bad timeout", syscall(SYS_epoll_pwait2, queue, events, 2, &bad, NULL, 0), EINVAL);
    expect_error("bad mask", syscall(SYS_epoll_pwait, queue, events, 2, 0, &alarm_only, 4), EINVAL);
    sigaction(SIGALRM, &action, NULL);
    struct itimerspec often = {{0, 20000000}, {0, 20000000}}; /* it may come before the wait begins */
    timer_t timer;
    timer_create(CLOCK_MONOTONIC, NULL, &timer);
    timer_settime(timer, 0, &often, NULL);
    expect_error("interrupted", epoll_wait(queue, events, 2, -1), EINTR);
    timer_delete(timer);
    expect_value("by", caught, SIGALRM);
    sigemptyset(&none);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarm_only, NULL);
    raise(SIGALRM);
    expect_value("blocked", epoll_wait(queue, events, 2, 0), 0);
    expect_error("let in while waiting", epoll_pwait(queue, events, 2, -1, &none), EINTR);
    sigset_t after;
    sigprocmask(SIG_BLOCK, NULL, &after);
    expect_value("blocked again", sigismember(&after, SIGALRM), 1);
}

int main(void)
{
    program_begin();
    queue = epoll_create1(0);
    turns();
    wake_up();
    times();
    return program_end();
}
