/* dup(), dup2(), dup3(), fcntl(), close(), close_range(), and the limit. */
#include "show.h"

#include <sys/resource.h>

int main(void)
{
    struct rlimit limit;
    char byte;

    begin();
    make_file("f", "0123456789");
    int fd = open("f", O_RDWR);
    SHOW(fd);
    SHOW(dup(fd));
    SHOW(dup(99));
    SHOW(dup(-1));
    SHOW(dup2(fd, 10));
    SHOW(dup2(fd, fd));
    SHOW(dup2(99, 99));
    SHOW(dup2(99, 5));
    SHOW(dup2(fd, -1));
    SHOW(dup2(fd, 1 << 20));
    SHOW(dup3(fd, fd, 0));
    SHOW(dup3(fd, 11, O_CLOEXEC));
    SHOW(fcntl(11, F_GETFD));
    SHOW(fcntl(10, F_GETFD));
    SHOW(dup3(fd, 12, O_NONBLOCK));
    SHOW(dup3(99, 99, 0));
    SHOW(dup2(11, 12));
    SHOW(fcntl(12, F_GETFD));
    SHOW(fcntl(fd, F_DUPFD, 20));
    SHOW(fcntl(fd, F_DUPFD, 20));
    SHOW(fcntl(fd, F_DUPFD_CLOEXEC, 20));
    SHOW(fcntl(22, F_GETFD));
    SHOW(fcntl(22, F_SETFD, 0));
    SHOW(fcntl(22, F_GETFD));
    SHOW(fcntl(22, F_SETFD, 0xff));
    SHOW(fcntl(22, F_GETFD));
    SHOW(fcntl(fd, F_DUPFD, -1));
    SHOW(fcntl(fd, F_DUPFD, 1 << 20));
    SHOW(fcntl(99, F_DUPFD, 0));
    SHOW(fcntl(99, F_GETFL));
    SHOW(fcntl(fd, 12345));
    SHOW(fcntl(fd, F_SETFL, O_APPEND | O_RDONLY | O_CREAT));
    printf("%o\n", fcntl(fd, F_GETFL));
    printf("%o\n", fcntl(10, F_GETFL));
    SHOW(lseek(10, 3, SEEK_SET));
    SHOW(read(20, &byte, 1));
    printf("%c\n", byte);
    SHOW(close(20));
    SHOW(close(20));
    SHOW(close(-1));
    SHOW_RAW(close_range, 21, 11, 0);
    SHOW_RAW(close_range, 11, 21, 4);
    SHOW(fcntl(21, F_GETFD));
    SHOW_RAW(close_range, 11, 1000, 0);
    SHOW(fcntl(21, F_GETFD));
    SHOW(fcntl(10, F_GETFD));
    SHOW_RAW(close_range, 10, ~0u, 8);
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 8;
    SHOW(setrlimit(RLIMIT_NOFILE, &limit));
    SHOW(dup2(fd, 7));
    SHOW(dup2(fd, 8));
    SHOW(dup2(10, 10));
    SHOW(fcntl(fd, F_DUPFD, 8));
    SHOW(fcntl(fd, F_DUPFD, 7));
    SHOW(open("f", O_RDONLY));
    SHOW(open("f", O_RDONLY));
    SHOW(dup(fd));
    int pipes[2];
    SHOW(pipe(pipes));
    SHOW(close(6));
    SHOW(pipe(pipes));
    SHOW(open("none", O_RDONLY));
    SHOW(read(10, &byte, 1));
    SHOW_RAW(ioctl, fd, 0x541b, &pipes[0]);
    printf("%d left\n", pipes[0]);
    SHOW_RAW(ioctl, fd, 0x5401, &byte);
    SHOW_RAW(ioctl, fd, 0x5451, 0);
    SHOW(fcntl(fd, F_GETFD));
    SHOW_RAW(ioctl, fd, 0x5450, 0);
    SHOW(fcntl(fd, F_GETFD));
    pipes[0] = 1;
    SHOW_RAW(ioctl, fd, 0x5421, &pipes[0]);
    printf("%o\n", fcntl(fd, F_GETFL));
    SHOW_RAW(ioctl, fd, 0x5421, BAD);
    SHOW_RAW(ioctl, 99, 0x5421, BAD);
    return 0;
}
