/* EPOLLEXCLUSIVE: of several instances that watch one file, as many threads wake as are needed; and with
 * which flags and calls it may be used. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "program.h"
#include "sleeping.h"

#define THREADS 4

static int watched, woken, instances[THREADS];
static volatile pid_t ids[THREADS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *wait_once(void *number)
{
    struct epoll_event event;

    ids[(long)number] = (pid_t)syscall(SYS_gettid);
    int count = epoll_wait(instances[(long)number], &event, 1, -1);

    pthread_mutex_lock(&mutex);
    woken += count == 1;
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void make_instances(uint32_t events)
{
    for (int i = 0; i < THREADS; i++) {
        struct epoll_event event = {.events = events};
        instances[i] = epoll_create1(0);
        if (epoll_ctl(instances[i], EPOLL_CTL_ADD, watched, &event) != 0)
            printf("FAILED: epoll_ctl: errno %d\n", errno);
    }
}

/* When those who were woken have ended and the others wait. */
static int count_woken(void)
{
    for (int i = 0; i < THREADS; i++)
        await_thread_sleep(&ids[i]);
    pthread_mutex_lock(&mutex);
    int count = woken;
    pthread_mutex_unlock(&mutex);
    return count;
}

/* One thread waits on each instance, which changes after changes wake. */
static void wake(const char *what, uint32_t events)
{
    pthread_t threads[THREADS];
    uint64_t value = 1;

    printf("-- %s\n", what);
    woken = 0;
    watched = eventfd(0, 0);
    make_instances(events);
    for (long i = 0; i < THREADS; i++) {
        ids[i] = 0;
        pthread_create(&threads[i], NULL, wait_once, (void *)i);
    }
    expect_value("all wait", count_woken(), 0);
    for (int i = 0; i < THREADS; i++) {
        (void)!write(watched, &value, sizeof(value));
        printf("woken by %d changes: %d\n", i + 1, count_woken());
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        close(instances[i]);
    }
    close(watched);
}

/* Where nobody waits, all instances hear of the change. */
static void nobody_waits(void)
{
    struct epoll_event event;
    uint64_t value = 1;
    int count = 0;

    printf("-- nobody waits\n");
    watched = eventfd(0, 0);
    make_instances(EPOLLIN | EPOLLEXCLUSIVE);
    (void)!write(watched, &value, sizeof(value));
    for (int i = 0; i < THREADS; i++) {
        count += epoll_wait(instances[i], &event, 1, 0);
        close(instances[i]);
    }
    expect_value("instances that know", count, THREADS);
    close(watched);
}

static void add(const char *what, int epoll, int operation, int fd, uint32_t events, int wanted)
{
    struct epoll_event event = {.events = events};
    int result = epoll_ctl(epoll, operation, fd, &event);

    if (wanted == 0)
        expect_value(what, result, 0);
    else
        expect_error(what, result, wanted);
}

static void flags(void)
{
    int epoll = epoll_create1(0), inner = epoll_create1(0), fd = eventfd(0, 0);

    printf("-- flags\n");
    add("with EPOLLONESHOT", epoll, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT, EINVAL);
    add("with EPOLLRDHUP", epoll, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLRDHUP, EINVAL);
    add("with EPOLLPRI", epoll, EPOLL_CTL_ADD, fd, EPOLLPRI | EPOLLEXCLUSIVE, EINVAL);
    add("an instance", epoll, EPOLL_CTL_ADD, inner, EPOLLIN | EPOLLEXCLUSIVE, EINVAL);
    add("with EPOLLET", epoll, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT | EPOLLEXCLUSIVE | EPOLLET | EPOLLWAKEUP,
        0);
    add("again", epoll, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE, EEXIST);
    add("changed", epoll, EPOLL_CTL_MOD, fd, EPOLLIN, EINVAL);
    add("changed to be so", epoll, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLEXCLUSIVE, EINVAL);
    add("taken out", epoll, EPOLL_CTL_DEL, fd, 0, 0);
    add("as usual", epoll, EPOLL_CTL_ADD, fd, EPOLLIN, 0);
    add("changed to be so", epoll, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLEXCLUSIVE, EINVAL);
}

int main(void)
{
    program_begin();
    wake("as usual", EPOLLIN);
    wake("exclusive", EPOLLIN | EPOLLEXCLUSIVE);
    wake("exclusive and edge-triggered", EPOLLIN | EPOLLEXCLUSIVE | EPOLLET);
    nobody_waits();
    flags();
    return program_end();
}
