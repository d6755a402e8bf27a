/* epoll instances that watch each other: events pass through, circles and depth are refused. */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "program.h"

static int watch(int queue, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};

    return epoll_ctl(queue, EPOLL_CTL_ADD, fd, &event);
}

static int count_events(int queue)
{
    struct epoll_event events[4];

    return epoll_wait(queue, events, 4, 0);
}

static int poll_one(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN | POLLOUT};

    (void)poll(&one, 1, 0);
    return one.revents;
}

static void events_pass(void)
{
    int outer = epoll_create1(0), inner = epoll_create1(0), event = eventfd(0, EFD_NONBLOCK);
    uint64_t value = 1;

    expect_value("inner watches", watch(inner, event, EPOLLIN), 0);
    expect_value("outer watches", watch(outer, inner, EPOLLIN), 0);
    expect_value("nothing", count_events(outer), 0);
    expect_value("poll finds nothing", poll_one(outer), 0);
    expect_value("write", write(event, &value, 8), 8);
    expect_value("outer has it", count_events(outer), 1);
    expect_value("poll finds it", poll_one(outer), POLLIN);
    expect_value("inner has it", count_events(inner), 1);
    expect_value("outer has it still", count_events(outer), 1);
    expect_value("read", read(event, &value, 8), 8);
    expect_value("outer has nothing", count_events(outer), 0);
    expect_value("poll of inner", poll_one(inner), 0);
    expect_value("write", write(event, &value, 8), 8);
    close(event);
    expect_value("closed: nothing", count_events(outer), 0);
    close(inner);
    close(outer);
}

static void circles(void)
{
    int chain[8];

    for (int i = 0; i < 8; i++)
        chain[i] = epoll_create1(0);
    for (int i = 0; i + 1 < 8; i++) {
        int result = watch(chain[i + 1], chain[i], EPOLLIN);
        printf("%d watches %d: %d %d\n", i + 1, i, result, result == 0 ? 0 : errno);
    }
    expect_error("a circle of two", watch(chain[0], chain[1], EPOLLIN), ELOOP);
    expect_error("a circle of three", watch(chain[0], chain[2], EPOLLIN), ELOOP);
    expect_value("twice", watch(chain[2], chain[0], EPOLLIN), 0);
    expect_error("exclusive", watch(chain[7], chain[6], EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
    for (int i = 0; i < 8; i++)
        close(chain[i]);
}

int main(void)
{
    program_begin();
    events_pass();
    circles();
    return program_end();
}
