/* Characters that raise signals: for the group in the foreground, with and without NOFLSH. */
#include "terminal.h"

static volatile sig_atomic_t caught[32];
static int report;

static void catch (int signal)
{
    caught[signal]++;
}

static void show_caught(const struct pair *pair, const char *what)
{
    settle(pair);
    printf("%s: INT %d QUIT %d TSTP %d\n", what, caught[SIGINT], caught[SIGQUIT], caught[SIGTSTP]);
    memset((void *)caught, 0, sizeof(caught));
}

static void foreground(const struct pair *pair)
{
    const int signals[] = {SIGINT, SIGQUIT, SIGTSTP};
    char bytes[100];

    for (size_t i = 0; i < COUNT_OF(signals); i++)
        signal(signals[i], catch);
    type(pair->master, "\3");
    show_caught(pair, "^C");
    show_output("echo", pair->master);
    type(pair->master, "\x1c\x1a");
    show_caught(pair, "^\\ and ^Z");
    show_output("echo", pair->master);
    type(pair->master, "abc\3def\n");
    show_caught(pair, "in a line");
    show_output("echo", pair->master);
    show_read("what is left", pair->slave, 100);
    type(pair->master, "line\nmore\3");
    show_caught(pair, "behind a line");
    expect_true("all is gone", !is_readable(pair->slave, QUIET_MS));
    (void)collect(pair->master, bytes, sizeof(bytes));
    change_local(pair->slave, NOFLSH, 0);
    type(pair->master, "line\nmo\3re\n");
    show_caught(pair, "NOFLSH");
    show_output("echo", pair->master);
    show_read("line", pair->slave, 100);
    show_read("more", pair->slave, 100);
    change_local(pair->slave, 0, ISIG);
    type(pair->master, "\3\n");
    show_caught(pair, "no ISIG");
    show_read("read", pair->slave, 100);
    change_local(pair->slave, ISIG, NOFLSH);
    change_character(pair->slave, VINTR, 'x');
    type(pair->master, "x");
    show_caught(pair, "another character");
    change_character(pair->slave, VINTR, 0);
    type_bytes(pair->master, "\0x\n", 3);
    show_caught(pair, "none");
    show_read("read", pair->slave, 100);
    expect_error("TIOCSIG of another one", ioctl(pair->master, 0x40045436, SIGUSR1), EINVAL);
    expect_value("TIOCSIG", ioctl(pair->master, 0x40045436, SIGINT), 0);
    show_caught(pair, "TIOCSIG");
}

static void background(const struct pair *pair)
{
    pid_t child;

    signal(SIGINT, catch);
    signal(SIGTTOU, SIG_IGN);
    child = fork();
    if (child == 0) {
        signal(SIGINT, SIG_DFL);
        setpgid(0, 0);
        tcsetpgrp(pair->slave, getpid());
        write(report, "x", 1);
        for (;;)
            pause();
    }
    int status = 0;
    setpgid(child, child);
    while (tcgetpgrp(pair->slave) != child)
        sleep_ms(1);
    type(pair->master, "\3");
    waitpid(child, &status, 0);
    printf("in the foreground: status 0x%x\n", (unsigned)status);
    show_caught(pair, "in the background");
}

int main(void)
{
    struct pair pair;

    terminal_begin();
    report = open("/dev/null", O_WRONLY);
    open_pair(&pair);
    in_session("the foreground", &pair, foreground);
    close_pair(&pair);
    open_pair(&pair);
    in_session("two groups", &pair, background);
    return program_end();
}
