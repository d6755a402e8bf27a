/* epoll: level-triggered, edge-triggered, one-shot; errors. */
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "program.h"

static int queue;

static int control(int operation, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = {.events = events, .data.u64 = data};

    return epoll_ctl(queue, operation, fd, &event);
}

/* Print what there is, without waiting. */
static void show(const char *what)
{
    struct epoll_event events[8];
    int count = epoll_wait(queue, events, 8, 0);

    printf("%s: %d", what, count);
    for (int i = 0; i < count; i++)
        printf(" [%x %llx]", events[i].events, (unsigned long long)events[i].data.u64);
    printf("\n");
}

static void level(int pipe_in, int pipe_out)
{
    expect_value("add", control(EPOLL_CTL_ADD, pipe_out, EPOLLIN, 0x1122334455667788), 0);
    show("nothing yet");
    expect_value("write", write(pipe_in, "abc", 3), 3);
    show("level, first");
    show("level, again");
    char byte;
    expect_value("read", read(pipe_out, &byte, 1), 1);
    show("level, some left");
    expect_value("change", control(EPOLL_CTL_MOD, pipe_out, EPOLLIN | EPOLLET, 2), 0);
    show("edge after change");
    show("edge, nothing new");
    expect_value("read", read(pipe_out, &byte, 1), 1);
    show("edge, read is no news");
    expect_value("write", write(pipe_in, "d", 1), 1);
    show("edge, written");
    show("edge, nothing new");
    expect_value("change", control(EPOLL_CTL_MOD, pipe_out, EPOLLIN | EPOLLONESHOT, 3), 0);
    show("one shot");
    show("one shot is over");
    expect_value("write", write(pipe_in, "e", 1), 1);
    show("one shot is still over");
    expect_value("arm again", control(EPOLL_CTL_MOD, pipe_out, EPOLLIN | EPOLLONESHOT, 4), 0);
    show("one shot again");
    expect_value("forget", control(EPOLL_CTL_DEL, pipe_out, 0, 0), 0);
    show("forgotten");
}

static void hang_up(void)
{
    int ends[2];

    expect_value("pipe", pipe(ends), 0);
    expect_value("add reader for nothing", control(EPOLL_CTL_ADD, ends[0], 0, 5), 0);
    show("nothing wanted");
    close(ends[1]);
    show("hung up");
    expect_value("pipe", (close(ends[0]), pipe(ends)), 0);
    show("closed, forgotten");
    expect_value("add writer", control(EPOLL_CTL_ADD, ends[1], EPOLLOUT, 6), 0);
    show("room");
    close(ends[0]);
    show("nobody reads");
    int copy = dup(ends[1]);
    close(ends[1]);
    show("open by another name");
    close(copy);
    show("closed");
}

static void errors(int pipe_out)
{
    struct epoll_event event = {.events = EPOLLIN}, events[2];
    int file = open("/tmp", O_RDONLY | O_DIRECTORY), null = open("/dev/null", O_RDONLY);
    int path_only = open("/tmp", O_PATH);

    expect_error("create 0", syscall(SYS_epoll_create, 0), EINVAL);
    expect_error("create1 flags", epoll_create1(1), EINVAL);
    expect_error("add a folder", control(EPOLL_CTL_ADD, file, EPOLLIN, 0), EPERM);
    expect_error("add /dev/null", control(EPOLL_CTL_ADD, null, EPOLLIN, 0), EPERM);
    expect_error("add O_PATH", control(EPOLL_CTL_ADD, path_only, EPOLLIN, 0), EBADF);
    expect_error("add itself", control(EPOLL_CTL_ADD, queue, EPOLLIN, 0), EINVAL);
    expect_error("add a closed one", control(EPOLL_CTL_ADD, 77, EPOLLIN, 0), EBADF);
    expect_value("add", control(EPOLL_CTL_ADD, pipe_out, EPOLLIN, 0), 0);
    expect_error("add again", control(EPOLL_CTL_ADD, pipe_out, EPOLLIN, 0), EEXIST);
    expect_error("unknown operation", control(9, pipe_out, EPOLLIN, 0), EINVAL);
    expect_value("forget, no event", epoll_ctl(queue, EPOLL_CTL_DEL, pipe_out, NULL), 0);
    expect_error("forget again", control(EPOLL_CTL_DEL, pipe_out, 0, 0), ENOENT);
    expect_error("change", control(EPOLL_CTL_MOD, pipe_out, 0, 0), ENOENT);
    expect_error("no event", epoll_ctl(queue, EPOLL_CTL_ADD, pipe_out, NULL), EFAULT);
    expect_error("not an instance", epoll_ctl(pipe_out, EPOLL_CTL_ADD, queue, &event), EINVAL);
    expect_error("wait on no instance", epoll_wait(pipe_out, events, 2, 0), EINVAL);
    expect_error("wait for none", epoll_wait(queue, events, 0, 0), EINVAL);
    expect_error("wait for -1", epoll_wait(queue, events, -1, 0), EINVAL);
    expect_error("wait on a closed one", epoll_wait(77, events, 2, 0), EBADF);
    expect_value("wait, bad pointer, nothing there", epoll_wait(queue, (void *)16, 2, 0), 0);
    expect_error("exclusive and one-shot",
                 control(EPOLL_CTL_ADD, pipe_out, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT, 0), EINVAL);
    expect_value("exclusive", control(EPOLL_CTL_ADD, pipe_out, EPOLLIN | EPOLLEXCLUSIVE, 0), 0);
    expect_error("change exclusive", control(EPOLL_CTL_MOD, pipe_out, EPOLLIN, 0), EINVAL);
    expect_value("forget", control(EPOLL_CTL_DEL, pipe_out, 0, 0), 0);
    char byte;
    expect_error("read", read(queue, &byte, 1), EINVAL);
    expect_error("write", write(queue, &byte, 1), EINVAL);
    close(file);
    close(null);
    close(path_only);
}

static void bad_memory(void)
{
    int event = eventfd(1, 0);
    struct epoll_event events[2];

    expect_value("add", control(EPOLL_CTL_ADD, event, EPOLLIN | EPOLLET, 7), 0);
    expect_error("wait, bad pointer", epoll_wait(queue, (void *)16, 2, 0), EFAULT);
    expect_value("the event is not lost", epoll_wait(queue, events, 2, 0), 1);
    expect_value("but now it is", epoll_wait(queue, events, 2, 0), 0);
    close(event);
}

int main(void)
{
    int ends[2];

    program_begin();
    queue = epoll_create1(EPOLL_CLOEXEC);
    expect_true("epoll_create1", queue >= 0);
    expect_value("close on exec", fcntl(queue, F_GETFD), FD_CLOEXEC);
    expect_value("pipe", pipe(ends), 0);
    level(ends[1], ends[0]);
    hang_up();
    errors(ends[0]);
    bad_memory();
    return program_end();
}
