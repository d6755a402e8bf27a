/* Pipes between processes: order, end of file, SIGPIPE, a write that waits for room, interruption. */
#include <sys/time.h>

#include "show.h"

static char block[300000];
static volatile int alarms;

static void on_alarm(int signal)
{
    (void)signal;
    alarms++;
}

/* Alarms again and again, as the first may come before the call waits. */
static void begin_alarms(void)
{
    const struct itimerval often = {{0, 20000}, {0, 20000}};

    alarms = 0;
    setitimer(ITIMER_REAL, &often, NULL);
}

static void end_alarms(void)
{
    const struct itimerval never = {{0, 0}, {0, 0}};

    setitimer(ITIMER_REAL, &never, NULL);
    SHOW(alarms > 0);
}

static void show_status(const char *what, pid_t pid)
{
    int status = 0;

    waitpid(pid, &status, 0);
    printf("%s: %x\n", what, status);
}

static long read_all(int fd)
{
    long sum = 0, count;

    while ((count = read(fd, block, sizeof(block))) > 0)
        sum += count;
    return sum;
}

int main(void)
{
    int pipes[2];

    begin();
    SHOW(pipe(pipes));
    pid_t child = fork();
    if (child == 0) {
        close(pipes[0]);
        for (int i = 0; i < 10; i++)
            write(pipes[1], block, 30000);
        _exit(3);
    }
    close(pipes[1]);
    SHOW(read_all(pipes[0]));
    show_status("writer", child);
    close(pipes[0]);

    pipe(pipes);
    child = fork();
    if (child == 0) {
        close(pipes[0]);
        for (;;)
            write(pipes[1], block, 1000);
    }
    close(pipes[1]);
    SHOW(read(pipes[0], block, 100));
    close(pipes[0]);
    show_status("writer without readers", child);

    pipe(pipes);
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    begin_alarms();
    SHOW(read(pipes[0], block, 1));
    end_alarms();
    begin_alarms();
    SHOW(write(pipes[1], block, 100000));
    end_alarms();
    begin_alarms();
    SHOW(write(pipes[1], block, 1));
    end_alarms();
    close(pipes[0]);
    close(pipes[1]);

    int there[2], back[2];
    pipe(there);
    pipe(back);
    child = fork();
    if (child == 0) {
        char byte;
        close(there[1]);
        close(back[0]);
        while (read(there[0], &byte, 1) == 1) {
            byte++;
            write(back[1], &byte, 1);
        }
        _exit(0);
    }
    close(there[0]);
    close(back[1]);
    unsigned char byte = 0;
    for (int i = 0; i < 1000; i++) {
        write(there[1], &byte, 1);
        read(back[0], &byte, 1);
    }
    SHOW(byte == 1000 % 256);
    close(there[1]);
    show_status("partner", child);
    return 0;
}
