/* Pipes within one process: sizes, O_NONBLOCK, ends, what is refused. */
#include "show.h"

#include <poll.h>
#include <sys/ioctl.h>

static char block[200000];

static void show_poll(const char *what, int fd)
{
    struct pollfd poll_of = {fd, POLLIN | POLLOUT, 0};
    int count = poll(&poll_of, 1, 0);

    printf("%s: %d %x\n", what, count, poll_of.revents);
}

int main(void)
{
    int pipes[2], left, others[2];

    begin();
    signal(SIGPIPE, SIG_IGN);
    SHOW(pipe2(pipes, O_NONBLOCK));
    SHOW(pipes[0]);
    SHOW(pipes[1]);
    printf("%o %o\n", fcntl(pipes[0], F_GETFL), fcntl(pipes[1], F_GETFL));
    show_poll("empty reader", pipes[0]);
    show_poll("empty writer", pipes[1]);
    SHOW(read(pipes[0], block, 1));
    SHOW(read(pipes[0], block, 0));
    SHOW(write(pipes[1], block, 0));
    SHOW(write(pipes[0], block, 1));
    SHOW(read(pipes[1], block, 1));
    SHOW(write(pipes[1], block, 100000));
    show_poll("full writer", pipes[1]);
    SHOW(write(pipes[1], block, 1));
    SHOW(ioctl(pipes[0], FIONREAD, &left));
    SHOW(left);
    SHOW(read(pipes[0], block, 4095));
    SHOW(write(pipes[1], block, 4096));
    SHOW(read(pipes[0], block, 1));
    show_poll("a page free", pipes[1]);
    SHOW(write(pipes[1], block, 4096));
    SHOW(write(pipes[1], block, 1));
    SHOW(read(pipes[0], block, 200000));
    SHOW(write(pipes[1], "abc", 3));
    SHOW(close(pipes[1]));
    show_poll("no writer, bytes left", pipes[0]);
    SHOW(read(pipes[0], block, 10));
    SHOW(read(pipes[0], block, 10));
    show_poll("no writer", pipes[0]);
    SHOW(close(pipes[0]));
    SHOW(pipe(pipes));
    SHOW(close(pipes[0]));
    SHOW(write(pipes[1], "abc", 3));
    SHOW(write(pipes[1], "abc", 0));
    show_poll("no reader", pipes[1]);
    SHOW(pipe2(others, O_CLOEXEC));
    SHOW(fcntl(others[0], F_GETFD));
    SHOW(fcntl(others[1], F_GETFD));
    SHOW(pipe2(others, 1));
    SHOW(pipe2(others, O_RDWR));
    SHOW_RAW(pipe, BAD);
    SHOW_RAW(pipe2, KERNEL, 0);
    SHOW(dup(0) >= 3);
    SHOW(fsync(pipes[1]));
    SHOW_RAW(ioctl, pipes[1], 0x5401, block);
    SHOW(fcntl(pipes[1], F_SETFL, O_NONBLOCK | O_APPEND));
    printf("%o\n", fcntl(pipes[1], F_GETFL));
    return 0;
}
