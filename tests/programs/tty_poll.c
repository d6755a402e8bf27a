/* Which events there are, for poll and epoll. */
#include <sys/epoll.h>

#include "terminal.h"

static void show(const char *what, int fd)
{
    struct pollfd one = {fd, POLLIN | POLLOUT | POLLPRI | POLLRDNORM | POLLWRNORM, 0};

    poll(&one, 1, 0);
    printf("%s: events 0x%x\n", what, (unsigned)one.revents);
}

int main(void)
{
    struct pair pair;
    struct epoll_event event = {.events = EPOLLIN};
    char bytes[10];

    terminal_begin();
    open_pair(&pair);
    change_local(pair.slave, 0, ECHO);
    show("slave", pair.slave);
    show("master", pair.master);
    type(pair.master, "abc");
    settle(&pair);
    show("a piece of a line", pair.slave);
    int epoll = epoll_create1(0);
    expect_value("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, pair.slave, &event), 0);
    expect_value("nothing", epoll_wait(epoll, &event, 1, 0), 0);
    type(pair.master, "\n");
    expect_value("a line", epoll_wait(epoll, &event, 1, 1000), 1);
    show("a line", pair.slave);
    expect_value("read", read(pair.slave, bytes, 2), 2);
    show("the rest of it", pair.slave);
    expect_value("read", read(pair.slave, bytes, 5), 2);
    show("empty", pair.slave);
    expect_value("write", write(pair.slave, "x", 1), 1);
    settle(&pair);
    show("the master has something", pair.master);
    change_local(pair.slave, 0, ICANON);
    change_character(pair.slave, VMIN, 2);
    type(pair.master, "1");
    settle(&pair);
    show("less than MIN", pair.slave);
    type(pair.master, "2");
    settle(&pair);
    show("MIN", pair.slave);
    close(pair.slave);
    show("left", pair.master);
    return program_end();
}
