/* The master goes: what happens to those who have the terminal. */
#include "sleeping.h"
#include "terminal.h"

static volatile sig_atomic_t hang_ups, continues;

static void count(int signal)
{
    if (signal == SIGHUP)
        hang_ups++;
    else
        continues++;
}

int main(void)
{
    struct pair pair;
    struct winsize size;
    int status, go[2];
    char byte = 0;

    terminal_begin();
    open_pair(&pair);
    expect_value("pipe", pipe(go), 0);
    pid_t child = fork();
    if (child == 0) {
        close(go[1]);
        take_terminal(&pair);
        signal(SIGHUP, count);
        signal(SIGCONT, count);
        close(pair.master);
        errno = 0;
        long result = read(pair.slave, &byte, 1);
        printf("a read that waits: %ld errno %d\n", result, result < 0 ? errno : 0);
        sleep_ms(QUIET_MS);
        printf("SIGHUP %d SIGCONT %d\n", hang_ups, continues);
        expect_value("read", read(pair.slave, &byte, 1), 0);
        expect_error("write", write(pair.slave, "x", 1), EIO);
        expect_error("TIOCGWINSZ", ioctl(pair.slave, TIOCGWINSZ, &size), EIO);
        expect_error("TIOCSPGRP", tcsetpgrp(pair.slave, getpid()), ENOTTY);
        expect_error("TCGETS", tcgetattr(pair.slave, (struct termios *)(void *)&(struct termios){0}), EIO);
        struct pollfd one = {pair.slave, POLLIN | POLLOUT, 0};
        expect_value("poll", poll(&one, 1, 0), 1);
        printf("events 0x%x\n", (unsigned)one.revents);
        expect_error("/dev/tty", open("/dev/tty", O_RDWR), ENXIO);
        expect_error("its name", open(pair.name, O_RDWR), ENOENT);
        _exit(program_end());
    }
    close(pair.slave);
    close(go[0]);
    await_sleep(child);
    close(pair.master);
    waitpid(child, &status, 0);
    printf("status 0x%x\n", (unsigned)status);

    open_pair(&pair);
    child = fork();
    if (child == 0) {
        pid_t leader = getpid();
        take_terminal(&pair);
        signal(SIGHUP, SIG_IGN);
        pid_t reader = fork();
        if (reader == 0) {
            signal(SIGHUP, SIG_DFL);
            close(pair.master);
            for (;;)
                pause();
        }
        sleep_ms(QUIET_MS);
        close(pair.master);
        sleep_ms(300);
        expect_value("the group lives on", waitpid(reader, &status, WNOHANG), 0);
        expect_true("alone", leader == getpid());
        _exit(0);
    }
    close(pair.slave);
    sleep_ms(150);
    close(pair.master);
    waitpid(child, &status, 0);
    printf("status 0x%x\n", (unsigned)status);
    return program_end();
}
