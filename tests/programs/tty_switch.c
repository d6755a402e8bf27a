/* What was typed under one mode, read under the other. */
#include "terminal.h"

int main(void)
{
    struct pair pair;

    terminal_begin();
    open_pair(&pair);
    change_local(pair.slave, 0, ECHO);
    type(pair.master, "unfinished");
    expect_true("not readable", !is_readable(pair.slave, QUIET_MS));
    change_local(pair.slave, 0, ICANON);
    show_read("raw", pair.slave, 4);
    change_local(pair.slave, ICANON, 0);
    show_read("the rest is a line", pair.slave, 100);
    type(pair.master, "one\ntwo\nthr");
    settle(&pair);
    change_local(pair.slave, 0, ICANON);
    show_read("lines and rest together", pair.slave, 100);
    type(pair.master, "raw\n1\n2");
    settle(&pair);
    change_local(pair.slave, ICANON, 0);
    show_read("all is one line", pair.slave, 100);
    type(pair.master, "ab\4cd\4");
    settle(&pair);
    change_local(pair.slave, 0, ICANON);
    show_read("ends of file are zeros", pair.slave, 100);
    change_local(pair.slave, ICANON, 0);
    type(pair.master, "abc\n");
    settle(&pair);
    struct settings settings = get_settings(pair.slave);
    expect_value("TCSETSF", ioctl(pair.slave, TCSETSF, &settings), 0);
    expect_true("flushed", !is_readable(pair.slave, QUIET_MS));
    type(pair.master, "def\n");
    settle(&pair);
    expect_value("TCSETSW", ioctl(pair.slave, TCSETSW, &settings), 0);
    show_read("kept", pair.slave, 100);
    type(pair.master, "ghi\n");
    settle(&pair);
    expect_value("TCOFLUSH", ioctl(pair.slave, TCFLSH, TCOFLUSH), 0);
    expect_true("kept", is_readable(pair.slave, 0));
    expect_value("TCIFLUSH", ioctl(pair.slave, TCFLSH, TCIFLUSH), 0);
    expect_true("gone", !is_readable(pair.slave, QUIET_MS));
    expect_error("no such queue", ioctl(pair.slave, TCFLSH, 7), EINVAL);
    expect_error("no such flow", ioctl(pair.slave, TCXONC, 7), EINVAL);
    expect_value("drain", ioctl(pair.slave, TCSBRK, 1), 0);
    expect_value("break", ioctl(pair.slave, TCSBRK, 0), 0);
    close_pair(&pair);
    return program_end();
}
