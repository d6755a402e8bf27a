/* The window's size. */
#include "terminal.h"

static volatile sig_atomic_t changes;

static void count(int signal)
{
    (void)signal;
    changes++;
}

static void leader(const struct pair *pair)
{
    struct winsize size = {1, 1, 1, 1};

    signal(SIGWINCH, count);
    expect_value("get", ioctl(pair->slave, TIOCGWINSZ, &size), 0);
    printf("%u %u %u %u\n", size.ws_row, size.ws_col, size.ws_xpixel, size.ws_ypixel);
    size = (struct winsize){25, 80, 640, 400};
    expect_value("set by the master", ioctl(pair->master, TIOCSWINSZ, &size), 0);
    sleep_ms(20);
    expect_value("signals", changes, 1);
    memset(&size, 0, sizeof(size));
    expect_value("get", ioctl(pair->slave, TIOCGWINSZ, &size), 0);
    printf("%u %u %u %u\n", size.ws_row, size.ws_col, size.ws_xpixel, size.ws_ypixel);
    expect_value("the same", ioctl(pair->slave, TIOCSWINSZ, &size), 0);
    sleep_ms(20);
    expect_value("no signal", changes, 1);
    size.ws_row = 65535;
    expect_value("set by the slave", ioctl(pair->slave, TIOCSWINSZ, &size), 0);
    sleep_ms(20);
    expect_value("a signal", changes, 2);
    memset(&size, 0, sizeof(size));
    expect_value("the master sees it", ioctl(pair->master, TIOCGWINSZ, &size), 0);
    printf("%u %u\n", size.ws_row, size.ws_col);
}

int main(void)
{
    struct pair pair;

    terminal_begin();
    open_pair(&pair);
    in_session("leader", &pair, leader);
    return program_end();
}
