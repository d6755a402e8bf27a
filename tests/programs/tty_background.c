/* What a group in the background may do to its terminal. */
#include "terminal.h"

static const struct pair *own;

static int try_read(void)
{
    char byte;

    return read(own->slave, &byte, 1) < 0 ? errno : 0;
}

static int try_write(void)
{
    return write(own->slave, "x", 1) < 0 ? errno : 0;
}

static int try_settings(void)
{
    struct termios settings;

    tcgetattr(own->slave, &settings);
    return tcsetattr(own->slave, TCSANOW, &settings) != 0 ? errno : 0;
}

static int try_group(void)
{
    return tcsetpgrp(own->slave, getpgrp()) != 0 ? errno : 0;
}

static int try_flush(void)
{
    return tcflush(own->slave, TCIFLUSH) != 0 ? errno : 0;
}

/* In a background group: stops, or ends with the errno. */
static void try(const char *what, int (*call)(void), int ignored, int blocked)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        setpgid(0, 0);
        if (ignored)
            signal(ignored, SIG_IGN);
        if (blocked) {
            sigset_t set;
            sigemptyset(&set);
            sigaddset(&set, blocked);
            sigprocmask(SIG_BLOCK, &set, NULL);
        }
        _exit(call());
    }
    setpgid(child, child);
    waitpid(child, &status, WUNTRACED);
    printf("%s: status 0x%04x\n", what, (unsigned)status);
    if (WIFSTOPPED(status)) {
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
    }
}

static void leader(const struct pair *pair)
{
    own = pair;
    try("read", try_read, 0, 0);
    try("read, SIGTTIN ignored", try_read, SIGTTIN, 0);
    try("read, SIGTTIN blocked", try_read, 0, SIGTTIN);
    try("write", try_write, 0, 0);
    try("settings", try_settings, 0, 0);
    try("settings, SIGTTOU ignored", try_settings, SIGTTOU, 0);
    try("settings, SIGTTOU blocked", try_settings, 0, SIGTTOU);
    try("flush", try_flush, 0, 0);
    try("group", try_group, 0, 0);
    try("group, SIGTTOU blocked", try_group, 0, SIGTTOU);
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(pair->slave, getpgrp());
    signal(SIGTTOU, SIG_DFL);
    change_local(pair->slave, TOSTOP, 0);
    try("write, TOSTOP", try_write, 0, 0);
    try("write, TOSTOP, SIGTTOU ignored", try_write, SIGTTOU, 0);
}

int main(void)
{
    struct pair pair;

    terminal_begin();
    open_pair(&pair);
    in_session("leader", &pair, leader);
    return program_end();
}
