/* Sessions take terminals, and lose them, while the masters are closed: at any moment. What comes out of it
 * differs; but nobody hangs, and afterwards terminals work. */
#include <sched.h>

#include "terminal.h"

#define PAIRS 4
#define ROUNDS 120

/* A leader opens the terminal, maybe too late, and uses it until it is hung up. */
static void lead(const char *name, int round)
{
    char byte;

    signal(SIGHUP, round % 2 == 0 ? SIG_DFL : SIG_IGN);
    signal(SIGTTOU, SIG_IGN);
    if (setsid() < 0)
        _exit(1);
    int fd = open(name, O_RDWR | (round % 3 == 0 ? O_NOCTTY : 0));
    (void)ioctl(fd, TIOCSCTTY, 0);
    (void)tcsetpgrp(fd, getpid());
    (void)!write(fd, "x\n", 2);
    if (round % 4 == 1)
        (void)!read(fd, &byte, 1);
    if (round % 4 == 2)
        (void)ioctl(fd, TIOCNOTTY);
    int current = open("/dev/tty", O_RDWR | O_NONBLOCK);
    (void)!write(current, "y", 1);
    if (round % 5 == 3)
        close(fd);
    _exit(0);
}

static void run_rounds(void)
{
    struct pair pair;

    for (int round = 0; round < ROUNDS; round++) {
        int status;
        open_master(&pair);
        pid_t leader = fork();
        if (leader == 0) {
            close(pair.master);
            lead(pair.name, round);
        }
        for (int i = 0; i < round % 7; i++)
            sched_yield();
        (void)!write(pair.master, round % 2 == 0 ? "\003" : "z\n", 1 + round % 2);
        close(pair.master);
        if (waitpid(leader, &status, 0) != leader)
            printf("FAILED: waitpid: errno %d\n", errno);
    }
    _exit(0);
}

int main(void)
{
    pid_t children[PAIRS];
    struct pair pair;
    int status;

    terminal_begin();
    signal(SIGHUP, SIG_IGN);
    for (int i = 0; i < PAIRS; i++) {
        children[i] = fork();
        if (children[i] == 0)
            run_rounds();
    }
    for (int i = 0; i < PAIRS; i++) {
        waitpid(children[i], &status, 0);
        printf("status 0x%x\n", (unsigned)status);
    }
    open_pair(&pair);
    type(pair.master, "works\n");
    show_read("afterwards", pair.slave, 100);
    close_pair(&pair);
    return program_end();
}
