/* Pipes, waiting for many files, event descriptors, timers, signals, futexes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "shortage/shortage.h"

#define FUTEX_WAIT 0
#define FUTEX_LOCK_PI 6
#define FUTEX_UNLOCK_PI 7

static long close_both(const int fds[2], long result)
{
    close(fds[0]);
    close(fds[1]);
    return result;
}

static long run_pipe(void)
{
    int fds[2];
    long result = TRY(pipe2(fds, O_CLOEXEC));

    return result < 0 ? result : close_both(fds, result);
}

static long run_pipe_write(void)
{
    static char bytes[60000];
    int fds[2];

    NEED(pipe(fds));
    long result = TRY(write(fds[1], bytes, sizeof(bytes)));
    if (result >= 0)
        result = TRY(read(fds[0], bytes, sizeof(bytes)));
    return close_both(fds, result);
}

static long run_splice(void)
{
    static char bytes[20000];
    int from[2], to[2];

    NEED(pipe(from));
    NEED(pipe(to));
    NEED(write(from[1], bytes, sizeof(bytes)));
    long result = TRY(splice(from[0], NULL, to[1], NULL, sizeof(bytes), SPLICE_F_NONBLOCK));
    close_both(to, 0);
    return close_both(from, result == -EINVAL ? 0 : result);
}

static long run_epoll(void)
{
    struct epoll_event event = {.events = EPOLLIN}, events[4];
    int fds[2];
    long fd = TRY(epoll_create1(0));

    if (fd < 0)
        return fd;
    int outer = (int)NEED(epoll_create1(0));
    NEED(pipe(fds));
    NEED(write(fds[1], "x", 1));
    long result = TRY(epoll_ctl((int)fd, EPOLL_CTL_ADD, fds[0], &event));
    if (result >= 0)
        result = TRY(epoll_ctl(outer, EPOLL_CTL_ADD, (int)fd, &event));
    close(outer);
    if (result >= 0)
        result = TRY(epoll_wait((int)fd, events, 4, 100));
    close((int)fd);
    return close_both(fds, result);
}

static long run_poll(void)
{
    struct pollfd polled[300];
    int fds[2];

    NEED(pipe(fds));
    for (size_t i = 0; i < 300; i++)
        polled[i] = (struct pollfd){.fd = fds[0], .events = POLLIN};
    long result = TRY(poll(polled, 300, 1));
    return close_both(fds, result);
}

static long run_select(void)
{
    struct timeval timeout = {0, 1000};
    fd_set set;
    int fds[2];

    NEED(pipe(fds));
    FD_ZERO(&set);
    FD_SET(fds[0], &set);
    long result = TRY(select(1024, &set, NULL, NULL, &timeout));
    return close_both(fds, result);
}

static long run_eventfd(void)
{
    long fd = TRY(eventfd(3, 0));

    if (fd >= 0)
        close((int)fd);
    return fd;
}

static long run_timerfd(void)
{
    struct itimerspec soon = {.it_value = {0, 1000}};
    uint64_t count;
    long fd = TRY(timerfd_create(CLOCK_MONOTONIC, 0));

    if (fd < 0)
        return fd;
    long result = TRY(timerfd_settime((int)fd, 0, &soon, NULL));
    if (result >= 0)
        result = TRY(read((int)fd, &count, sizeof(count)));
    close((int)fd);
    return result;
}

static long run_signalfd(void)
{
    struct signalfd_siginfo info;
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    NEED(sigprocmask(SIG_BLOCK, &set, NULL));
    long fd = TRY(signalfd(-1, &set, 0)), result = fd;
    if (fd >= 0) {
        NEED(kill(getpid(), SIGUSR1));
        result = TRY(read((int)fd, &info, sizeof(info)));
        if (result < 0)
            NEED(read((int)fd, &info, sizeof(info)));
        close((int)fd);
    }
    NEED(sigprocmask(SIG_UNBLOCK, &set, NULL));
    return result;
}

static long run_interval_timer(void)
{
    struct itimerval never = {{0, 0}, {0, 0}}, later = {{0, 0}, {15, 0}};
    long result = TRY(setitimer(ITIMER_VIRTUAL, &later, NULL));

    NEED(setitimer(ITIMER_VIRTUAL, &never, NULL));
    return result;
}

static long run_timer(void)
{
    struct itimerspec later = {.it_value = {10, 0}};
    timer_t timer;
    long result = TRY(timer_create(CLOCK_MONOTONIC, NULL, &timer));

    if (result < 0)
        return result;
    result = TRY(timer_settime(timer, 0, &later, NULL));
    timer_delete(timer);
    return result;
}

static long run_queued_signals(void)
{
    const struct timespec none = {0, 0};
    sigset_t set;
    long result = 0;

    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    NEED(sigprocmask(SIG_BLOCK, &set, NULL));
    for (int i = 0; result >= 0 && i < 5; i++)
        result = TRY(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i}));
    while (sigtimedwait(&set, NULL, &none) > 0) {
    }
    NEED(sigprocmask(SIG_UNBLOCK, &set, NULL));
    return result;
}

static volatile sig_atomic_t handled;

static void on_signal(int signal)
{
    (void)signal;
    handled++;
}

/* The handler's stack has not been touched. */
static long run_signal_stack(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK}, before;
    void *memory = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = {.ss_sp = memory, .ss_size = 65536}, none = {.ss_flags = SS_DISABLE};

    NEED(memory == MAP_FAILED ? -1 : 0);
    NEED(sigaltstack(&stack, NULL));
    NEED(sigaction(SIGUSR2, &action, &before));
    handled = 0;
    long result = TRY(kill(getpid(), SIGUSR2));
    NEED(sigaction(SIGUSR2, &before, NULL));
    NEED(sigaltstack(&none, NULL));
    munmap(memory, 65536);
    return result < 0 ? result : handled == 1 ? 0 : -EIO;
}

static long run_futex(void)
{
    static uint32_t word;
    const struct timespec soon = {0, 1000};
    long result = TRY(syscall(SYS_futex, &word, FUTEX_WAIT, 0, &soon, NULL, 0));

    return result == -ETIMEDOUT ? 0 : result;
}

static uint32_t locked_word;

static void *lock_and_unlock(void *argument)
{
    shortage_begin();
    long result = shortage_end(syscall(SYS_futex, &locked_word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    if (result >= 0)
        result = TRY(syscall(SYS_futex, &locked_word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    *(long *)argument = result;
    return NULL;
}

/* The other thread waits for what this one has. */
static long run_futex_lock(void)
{
    pthread_t thread;
    long result = 0;

    locked_word = 0;
    NEED(syscall(SYS_futex, &locked_word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    NEED(-pthread_create(&thread, NULL, lock_and_unlock, &result));
    usleep(3000);
    NEED(syscall(SYS_futex, &locked_word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
    pthread_join(thread, NULL);
    return result;
}

const struct shortage_case ipc_cases[] = {
    {"pipe", run_pipe},
    {"pipe-write", run_pipe_write},
    {"splice", run_splice},
    {"epoll", run_epoll},
    {"poll", run_poll},
    {"select", run_select},
    {"eventfd", run_eventfd},
    {"timerfd", run_timerfd},
    {"signalfd", run_signalfd},
    {"interval-timer", run_interval_timer},
    {"timer", run_timer},
    {"queued-signals", run_queued_signals},
    {"signal-stack", run_signal_stack},
    {"futex", run_futex},
    {"futex-lock", run_futex_lock},
    {NULL, NULL},
};
