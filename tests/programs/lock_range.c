/* Locks of byte ranges: conflicts, splitting, joining, F_GETLK, close, fork, locks of open files. */
#include "show.h"

static int set_lock(int fd, int command, int type, long start, long length)
{
    struct flock lock = {.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};

    return fcntl(fd, command, &lock);
}

static void show_lock(int fd, int command, int type, long start, long length)
{
    struct flock lock = {.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    int result = fcntl(fd, command, &lock);

    printf("lock at %ld+%ld: %d, type %d whence %d start %ld len %ld pid %s\n", start, length,
           result == 0 ? 0 : errno, lock.l_type, lock.l_whence, (long)lock.l_start, (long)lock.l_len,
           lock.l_pid == getppid() ? "parent"
           : lock.l_pid == -1      ? "none"
           : lock.l_pid == 0       ? "0"
                                   : "other");
}

static void in_child(void (*function)(int fd))
{
    int status, fd;

    fflush(stdout);
    if (fork() == 0) {
        fd = open("f", O_RDWR);
        function(fd);
        _exit(0);
    }
    wait(&status);
    SHOW(status);
}

static void look(int fd)
{
    for (long at = 0; at < 60; at += 10)
        show_lock(fd, F_GETLK, F_WRLCK, at, 10);
    show_lock(fd, F_GETLK, F_RDLCK, 0, 0);
    SHOW(set_lock(fd, F_SETLK, F_WRLCK, 0, 5));
    SHOW(set_lock(fd, F_SETLK, F_WRLCK, 10, 5));
    SHOW(set_lock(fd, F_SETLK, F_RDLCK, 20, 5));
    SHOW(set_lock(fd, F_SETLK, F_UNLCK, 0, 0));
}

int main(void)
{
    begin();
    make_file("f", "0123456789");
    int fd = open("f", O_RDWR), reader = open("f", O_RDONLY), writer = open("f", O_WRONLY);
    SHOW(set_lock(fd, F_SETLK, F_WRLCK, 10, 30));
    in_child(look);
    SHOW(set_lock(fd, F_SETLK, F_RDLCK, 20, 10));
    in_child(look);
    SHOW(set_lock(fd, F_SETLK, F_UNLCK, 25, 2));
    in_child(look);
    SHOW(set_lock(fd, F_SETLK, F_WRLCK, 0, 0));
    in_child(look);
    SHOW(set_lock(fd, F_SETLK, F_UNLCK, 30, 0));
    in_child(look);
    SHOW(set_lock(fd, F_SETLK, F_WRLCK, 0x40000000, 1));
    show_lock(fd, F_GETLK, F_WRLCK, 0, 0);
    SHOW(close(reader));
    in_child(look);
    SHOW(set_lock(writer, F_SETLK, F_RDLCK, 0, 1));
    reader = open("f", O_RDONLY);
    SHOW(set_lock(reader, F_SETLK, F_WRLCK, 0, 1));
    SHOW(set_lock(fd, F_SETLK, 7, 0, 1));
    SHOW(set_lock(fd, F_SETLK, F_WRLCK, -1, 1));
    SHOW(set_lock(fd, F_SETLK, F_WRLCK, 10, -10));
    SHOW(set_lock(fd, F_SETLK, F_WRLCK, 5, -10));
    SHOW(set_lock(fd, F_SETLK, F_WRLCK, INT64_MAX, 2));
    show_lock(fd, F_GETLK, F_UNLCK, 0, 0);
    SHOW(fcntl(fd, F_SETLK, BAD));
    SHOW(fcntl(99, F_SETLK, BAD));
    in_child(look);
    SHOW(set_lock(fd, F_SETLK, F_UNLCK, 0, 0));

    /* Of open files */
    int other = open("f", O_RDWR);
    SHOW(set_lock(fd, 37, F_WRLCK, 0, 10));
    SHOW(set_lock(other, 37, F_WRLCK, 5, 10));
    SHOW(set_lock(other, F_SETLK, F_WRLCK, 5, 10));
    show_lock(other, 36, F_RDLCK, 0, 0);
    show_lock(other, F_GETLK, F_RDLCK, 0, 0);
    int copy = dup(fd);
    SHOW(close(copy));
    SHOW(set_lock(other, 37, F_WRLCK, 5, 10));
    SHOW(close(fd));
    SHOW(set_lock(other, 37, F_WRLCK, 5, 10));
    return 0;
}
