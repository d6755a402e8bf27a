/* timerfd: one time, intervals, absolute times, what is left, errors. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

#include "program.h"

#define MS 1000000

static long read_count(int fd)
{
    uint64_t count;
    long result = read(fd, &count, 8);

    return result == 8 ? (long)count : -1;
}

static long milliseconds_since(const struct timespec *start)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / MS;
}

int main(void)
{
    struct itimerspec once = {{0, 0}, {0, 30 * MS}}, late = {{0, 0}, {100, 0}},
                      often = {{0, 10 * MS}, {0, 20 * MS}}, none = {0}, old;
    struct timespec start;

    program_begin();
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    expect_value("close on exec", fcntl(timer, F_GETFD), FD_CLOEXEC);
    struct pollfd one = {timer, POLLIN | POLLOUT, 0};
    expect_value("not set", poll(&one, 1, 0), 0);
    expect_value("gettime", timerfd_gettime(timer, &old), 0);
    expect_value("disarmed", old.it_value.tv_sec + old.it_value.tv_nsec, 0);
    expect_value("set", timerfd_settime(timer, 0, &late, &old), 0);
    expect_value("gettime", timerfd_gettime(timer, &old), 0);
    expect_true("something is left", old.it_value.tv_sec >= 50 && old.it_value.tv_sec < 100);
    clock_gettime(CLOCK_MONOTONIC, &start);
    expect_value("set anew", timerfd_settime(timer, 0, &once, &old), 0);
    expect_true("something was", old.it_value.tv_sec >= 50 && old.it_value.tv_sec < 100);
    expect_value("read", read_count(timer), 1);
    expect_true("not too early", milliseconds_since(&start) >= 30);
    expect_value("gettime", timerfd_gettime(timer, &old), 0);
    expect_value("disarmed", old.it_value.tv_sec + old.it_value.tv_nsec, 0);
    fcntl(timer, F_SETFL, O_NONBLOCK);
    expect_error("nothing more", read_count(timer), EAGAIN);
    clock_gettime(CLOCK_MONOTONIC, &start);
    expect_value("often", timerfd_settime(timer, 0, &often, NULL), 0);
    expect_value("poll", poll(&one, 1, -1), 1);
    expect_value("readable", one.revents, POLLIN);
    usleep(45000);
    long count = read_count(timer), passed = milliseconds_since(&start);
    expect_true("several", count >= 4 && count <= (passed - 20) / 10 + 1);
    expect_value("gettime", timerfd_gettime(timer, &old), 0);
    expect_value("interval", old.it_interval.tv_nsec, 10 * MS);
    expect_true("the next one", old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 10 * MS);
    usleep(15000);
    expect_value("disarm", timerfd_settime(timer, 0, &none, &old), 0);
    expect_value("old interval", old.it_interval.tv_nsec, 10 * MS);
    expect_error("what had expired is forgotten", read_count(timer), EAGAIN);
    struct itimerspec at = {0};
    clock_gettime(CLOCK_MONOTONIC, &at.it_value);
    at.it_value.tv_sec--;
    expect_value("a time that is past", timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL), 0);
    expect_value("poll", poll(&one, 1, 1000), 1);
    expect_value("expired", read_count(timer), 1);
    int real = timerfd_create(CLOCK_REALTIME, 0);
    clock_gettime(CLOCK_REALTIME, &at.it_value);
    at.it_value.tv_nsec += 20 * MS;
    if (at.it_value.tv_nsec >= 1000 * MS) {
        at.it_value.tv_sec++;
        at.it_value.tv_nsec -= 1000 * MS;
    }
    expect_value("wall clock", timerfd_settime(real, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, NULL),
                 0);
    expect_value("expired", read_count(real), 1);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    int queue = epoll_create1(0);
    epoll_ctl(queue, EPOLL_CTL_ADD, real, &event);
    timerfd_settime(real, 0, &once, NULL);
    expect_value("epoll", epoll_wait(queue, &event, 1, -1), 1);
    expect_value("once", epoll_wait(queue, &event, 1, 0), 0);
    at.it_value = (struct timespec){0, 1000 * MS};
    expect_error("nanoseconds", timerfd_settime(timer, 0, &at, NULL), EINVAL);
    at.it_value = (struct timespec){-1, 0};
    expect_error("negative", timerfd_settime(timer, 0, &at, NULL), EINVAL);
    expect_error("flags", timerfd_settime(timer, 8, &once, NULL), EINVAL);
    expect_error("not a timer", timerfd_settime(queue, 0, &once, NULL), EINVAL);
    expect_error("closed", timerfd_settime(77, 0, &once, NULL), EBADF);
    expect_error("bad pointer", syscall(SYS_timerfd_settime, timer, 0, 16, NULL), EFAULT);
    expect_error("gettime, bad pointer", syscall(SYS_timerfd_gettime, timer, 16), EFAULT);
    expect_error("clock", timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), EINVAL);
    expect_error("create flags", timerfd_create(CLOCK_MONOTONIC, 1), EINVAL);
    expect_error("write", write(timer, &at, 8), EINVAL);
    uint32_t half;
    expect_error("short read", read(timer, &half, 4), EINVAL);
    return program_end();
}
