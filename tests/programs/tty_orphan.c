/* A group that nobody could continue is not stopped: its reads and changes fail. */
#include "terminal.h"

static void orphan(const struct pair *pair, int report)
{
    struct termios settings;
    char byte;
    int results[4];

    results[0] = read(pair->slave, &byte, 1) < 0 ? errno : 0;
    tcgetattr(pair->slave, &settings);
    results[1] = tcsetattr(pair->slave, TCSANOW, &settings) < 0 ? errno : 0;
    results[2] = tcsetpgrp(pair->slave, getpgrp()) < 0 ? errno : 0;
    results[3] = write(pair->slave, "x", 1) < 0 ? errno : 0;
    write(report, results, sizeof(results));
    _exit(0);
}

/* The middle process is in the same group as the orphan, and goes. */
static void leader(const struct pair *pair)
{
    int ends[2], results[4] = {0};

    if (pipe(ends) != 0)
        exit(97);
    pid_t middle = fork();
    if (middle == 0) {
        setpgid(0, 0);
        pid_t parent = getpid();
        if (fork() == 0) {
            while (getppid() == parent)
                sleep_ms(2);
            orphan(pair, ends[1]);
        }
        _exit(0);
    }
    waitpid(middle, NULL, 0);
    read(ends[0], results, sizeof(results));
    printf("read %d, settings %d, group %d, write %d\n", results[0], results[1], results[2], results[3]);
}

int main(void)
{
    struct pair pair;

    terminal_begin();
    open_pair(&pair);
    in_session("leader", &pair, leader);
    return program_end();
}
