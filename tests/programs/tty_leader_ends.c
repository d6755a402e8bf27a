/* The session's leader ends: the foreground learns it, and the terminal is free. */
#include "terminal.h"

int main(void)
{
    struct pair pair;
    int ends[2], status;
    char bytes[100];

    terminal_begin();
    open_pair(&pair);
    expect_value("pipe", pipe(ends), 0);
    pid_t leader = fork();
    if (leader == 0) {
        take_terminal(&pair);
        pid_t foreground = fork();
        if (foreground == 0) {
            setpgid(0, 0);
            signal(SIGTTOU, SIG_IGN);
            tcsetpgrp(pair.slave, getpid());
            sigset_t set;
            sigemptyset(&set);
            sigaddset(&set, SIGHUP);
            sigprocmask(SIG_BLOCK, &set, NULL);
            write(ends[1], "r", 1);
            struct timespec time = {5, 0};
            int got = sigtimedwait(&set, NULL, &time);
            int terminal = open("/dev/tty", O_RDWR);
            int length = snprintf(bytes, sizeof(bytes), "signal %d, /dev/tty %d errno %d, write %ld", got,
                                  terminal >= 0, terminal >= 0 ? 0 : errno, (long)write(pair.slave, "x", 1));
            write(ends[1], bytes, (size_t)length);
            _exit(0);
        }
        char ready;
        setpgid(foreground, foreground);
        read(ends[0], &ready, 1);
        _exit(7);
    }
    waitpid(leader, &status, 0);
    printf("leader 0x%x\n", (unsigned)status);
    show_read("foreground", ends[0], sizeof(bytes));
    if (fork() == 0) {
        take_terminal(&pair);
        expect_true("another session has it", tcgetpgrp(pair.slave) == getpid());
        _exit(0);
    }
    wait(&status);
    show_output("the terminal lives on", pair.master);
    return program_end();
}
