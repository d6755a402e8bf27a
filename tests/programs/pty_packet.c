/* Packet mode: the master is told what happens. */
#include "terminal.h"

static void show_priority(const char *what, const struct pair *pair)
{
    struct pollfd one = {pair->master, POLLIN | POLLPRI, 0};

    settle(pair);
    poll(&one, 1, 0);
    printf("%s: events 0x%x\n", what, (unsigned)one.revents);
}

int main(void)
{
    struct pair pair;
    int on = 1, off = 0, is_on = -1;

    terminal_begin();
    open_pair(&pair);
    change_local(pair.slave, 0, ECHO);
    expect_error("of the slave", ioctl(pair.slave, TIOCPKT, &on), ENOTTY);
    expect_value("on", ioctl(pair.master, TIOCPKT, &on), 0);
    expect_value("is it", ioctl(pair.master, 0x80045438, &is_on), 0);
    expect_value("on", is_on, 1);
    expect_value("write", write(pair.slave, "text", 4), 4);
    show_read("text", pair.master, 100);
    expect_value("write", write(pair.slave, "text", 4), 4);
    show_read("a byte", pair.master, 1);
    show_read("two bytes", pair.master, 2);
    show_read("the rest", pair.master, 100);
    ioctl(pair.slave, TCFLSH, TCIFLUSH);
    show_priority("input flushed", &pair);
    show_read("input flushed", pair.master, 100);
    ioctl(pair.slave, TCFLSH, TCOFLUSH);
    show_read("output flushed", pair.master, 100);
    ioctl(pair.slave, TCXONC, TCOOFF);
    show_read("stopped", pair.master, 100);
    ioctl(pair.slave, TCXONC, TCOON);
    show_read("goes on", pair.master, 100);
    change_input(pair.slave, 0, IXON);
    show_read("no flow control", pair.master, 100);
    change_input(pair.slave, IXON, 0);
    show_read("flow control", pair.master, 100);
    change_character(pair.slave, VSTOP, 1);
    show_read("another character", pair.master, 100);
    change_local(pair.slave, EXTPROC, 0);
    show_read("EXTPROC", pair.master, 100);
    change_local(pair.slave, 0, EXTPROC);
    show_read("no EXTPROC", pair.master, 100);
    type(pair.master, "\3");
    show_priority("interrupt", &pair);
    show_read("interrupt", pair.master, 100);
    expect_value("off", ioctl(pair.master, TIOCPKT, &off), 0);
    ioctl(pair.slave, TCFLSH, TCIFLUSH);
    expect_true("nothing is told", !is_readable(pair.master, QUIET_MS));
    expect_value("write", write(pair.slave, "text", 4), 4);
    show_read("text", pair.master, 100);
    close_pair(&pair);
    return program_end();
}
