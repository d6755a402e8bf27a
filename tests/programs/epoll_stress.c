/* Threads that add, write, close and wait at one epoll instance, all at the same time; a nested instance and
 * poll look on. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "program.h"

#define ROUNDS 400
#define MAKERS 3
#define WAITERS 2

static int queue, outer, stop_event;
static volatile int is_over;

static void add(int to, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};

    epoll_ctl(to, EPOLL_CTL_ADD, fd, &event);
}

static void *make(void *argument)
{
    static const uint32_t kinds[] = {EPOLLIN, EPOLLIN | EPOLLET, EPOLLIN | EPOLLOUT | EPOLLONESHOT};
    long done = 0;

    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        int fds[2] = {-1, -1};
        uint64_t value = 1;
        if (i % 2 == 0)
            fds[0] = fds[1] = eventfd(0, EFD_NONBLOCK);
        else if (socketpair(AF_UNIX, i % 4 == 1 ? SOCK_STREAM : SOCK_DGRAM, 0, fds) != 0)
            return (void *)-1L;
        add(queue, fds[0], kinds[i % 3]);
        done += write(fds[1], &value, 8) == 8;
        if (i % 5 == 0)
            epoll_ctl(queue, EPOLL_CTL_DEL, fds[0], NULL);
        if (i % 7 == 0)
            sched_yield();
        close(fds[0]);
        if (fds[1] != fds[0])
            close(fds[1]);
    }
    return (void *)done;
}

/* Only counts: what it is told of may be closed already. */
static void *wait_for_events(void *argument)
{
    struct epoll_event events[3];
    long seen = 0;

    (void)argument;
    while (!is_over) {
        int count = epoll_wait(queue, events, 3, -1);
        if (count < 0)
            return (void *)-1L;
        seen += count;
    }
    return (void *)(seen > 0 ? 1L : 0L);
}

static void *look_on(void *argument)
{
    struct epoll_event event;
    struct pollfd one = {queue, POLLIN, 0};

    (void)argument;
    while (!is_over) {
        if (poll(&one, 1, -1) != 1 || epoll_wait(outer, &event, 1, 5) < 0)
            return (void *)-1L;
    }
    return NULL;
}

int main(void)
{
    pthread_t makers[MAKERS], waiters[WAITERS], onlooker;
    struct epoll_event event;
    uint64_t one = 1;
    void *result;

    program_begin();
    queue = epoll_create1(0);
    outer = epoll_create1(0);
    stop_event = eventfd(0, 0);
    add(outer, queue, EPOLLIN);
    for (int i = 0; i < WAITERS; i++)
        pthread_create(&waiters[i], NULL, wait_for_events, NULL);
    pthread_create(&onlooker, NULL, look_on, NULL);
    for (int i = 0; i < MAKERS; i++)
        pthread_create(&makers[i], NULL, make, NULL);
    for (int i = 0; i < MAKERS; i++) {
        pthread_join(makers[i], &result);
        expect_value("written", (long)result, ROUNDS);
    }
    is_over = 1;
    add(queue, stop_event, EPOLLIN);
    expect_value("stop", write(stop_event, &one, 8), 8);
    for (int i = 0; i < WAITERS; i++) {
        pthread_join(waiters[i], &result);
        expect_true("a waiter ends", (long)result >= 0);
    }
    pthread_join(onlooker, &result);
    expect_value("the onlooker ends", (long)result, 0);
    expect_value("only the last is left", epoll_wait(queue, &event, 1, 0), 1);
    expect_value("that one", event.data.fd, stop_event);
    close(stop_event);
    expect_value("nothing is left", epoll_wait(queue, &event, 1, 0), 0);
    expect_value("nor outside", epoll_wait(outer, &event, 1, 0), 0);
    return program_end();
}
