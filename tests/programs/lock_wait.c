/* Waiting for locks: they are given on, deadlocks are found, signals interrupt; flock(). */
#include "show.h"
#include "sleeping.h"

#include <sys/file.h>
#include <sys/time.h>

static int set_lock(int fd, int command, int type, long start, long length)
{
    struct flock lock = {.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};

    return fcntl(fd, command, &lock);
}

static void on_alarm(int signal)
{
    (void)signal;
}

/* Again and again, as the first may come before the call waits. */
static void begin_alarms(void)
{
    const struct itimerval often = {{0, 20000}, {0, 20000}};

    setitimer(ITIMER_REAL, &often, NULL);
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    int status;
    char byte;

    begin();
    make_file("f", "0123456789");
    sigaction(SIGALRM, &action, NULL);
    int fd = open("f", O_RDWR), pipes[2];
    pipe(pipes);
    SHOW(set_lock(fd, F_SETLKW, F_WRLCK, 0, 1));
    pid_t child = fork();
    if (child == 0) {
        set_lock(fd, F_SETLK, F_WRLCK, 1, 1);
        write(pipes[1], "r", 1);
        _exit(set_lock(fd, F_SETLKW, F_WRLCK, 0, 1) == 0 ? 7 : errno);
    }
    read(pipes[0], &byte, 1);
    await_sleep(child);
    SHOW(set_lock(fd, F_SETLKW, F_WRLCK, 1, 1));
    SHOW(set_lock(fd, F_SETLK, F_UNLCK, 0, 1));
    wait(&status);
    SHOW(WEXITSTATUS(status));
    SHOW(set_lock(fd, F_SETLKW, F_WRLCK, 1, 1));

    if (fork() == 0) {
        begin_alarms();
        _exit(set_lock(fd, F_SETLKW, F_RDLCK, 1, 1) == 0 ? 0 : errno);
    }
    wait(&status);
    SHOW(WEXITSTATUS(status));

    child = fork();
    if (child == 0)
        _exit(set_lock(fd, F_SETLKW, F_RDLCK, 1, 1) == 0 ? 0 : errno);
    await_sleep(child);
    SHOW(close(dup(fd))); /* gives the lock up */
    wait(&status);
    SHOW(WEXITSTATUS(status));

    int other = open("f", O_RDWR), copy = dup(fd), pipe_end = pipes[0];
    SHOW(flock(fd, LOCK_SH));
    SHOW(flock(other, LOCK_SH | LOCK_NB));
    SHOW(flock(other, LOCK_EX | LOCK_NB));
    SHOW(flock(copy, LOCK_EX | LOCK_NB));
    SHOW(flock(other, LOCK_UN));
    SHOW(flock(copy, LOCK_EX | LOCK_NB));
    SHOW(flock(other, LOCK_SH | LOCK_NB));
    SHOW(flock(other, 0));
    SHOW(flock(other, LOCK_SH | LOCK_EX));
    SHOW(flock(99, LOCK_SH));
    SHOW(flock(99, 0));
    (void)pipe_end;
    child = fork();
    if (child == 0) {
        close(fd);
        close(copy);
        _exit(flock(other, LOCK_EX) == 0 ? 5 : errno);
    }
    await_sleep(child);
    SHOW(close(fd));
    SHOW(close(copy));
    wait(&status);
    SHOW(WEXITSTATUS(status));
    if (fork() == 0) {
        begin_alarms();
        int third = open("f", O_RDWR);
        _exit(flock(third, LOCK_SH) == 0 ? 0 : errno);
    }
    wait(&status);
    SHOW(WEXITSTATUS(status));
    return 0;
}
