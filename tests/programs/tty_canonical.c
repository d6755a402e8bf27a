/* Canonical mode: reads of lines and of their pieces, ends of file, characters that end lines. */
#include "terminal.h"

static void show_count(const char *what, int fd)
{
    int count = -1;

    expect_value(what, ioctl(fd, FIONREAD, &count), 0);
    printf("%s: %d bytes\n", what, count);
}

int main(void)
{
    struct pair pair;

    terminal_begin();
    open_pair(&pair);
    change_local(pair.slave, 0, ECHO);
    type(pair.master, "first\nsecond\n");
    settle(&pair);
    show_count("two lines", pair.slave);
    show_read("a line", pair.slave, 100);
    show_read("a piece", pair.slave, 3);
    show_count("the rest", pair.slave);
    show_read("the rest", pair.slave, 100);
    type(pair.master, "no newline");
    expect_true("nothing to read", !is_readable(pair.slave, QUIET_MS));
    show_count("unfinished", pair.slave);
    type(pair.master, "\4");
    show_read("ended by EOF", pair.slave, 100);
    type(pair.master, "\4");
    show_read("end of file", pair.slave, 100);
    type(pair.master, "12345\4next\n");
    show_read("just as long as the buffer", pair.slave, 5);
    show_read("no end of file behind it", pair.slave, 100);
    type(pair.master, "12345\4next\n");
    show_read("a byte less", pair.slave, 4);
    show_read("the last byte", pair.slave, 4);
    show_read("next", pair.slave, 100);
    type(pair.master, "a\4\4b\n");
    show_read("a", pair.slave, 100);
    show_read("the end", pair.slave, 100);
    show_read("b", pair.slave, 100);
    change_character(pair.slave, VEOL, ';');
    change_character(pair.slave, VEOL2, '.');
    type(pair.master, "x;y.z\n");
    show_read("EOL", pair.slave, 100);
    show_read("EOL2", pair.slave, 100);
    show_read("newline", pair.slave, 100);
    change_local(pair.slave, 0, IEXTEN);
    type(pair.master, "p.q\n");
    show_read("EOL2 without IEXTEN", pair.slave, 100);
    type(pair.master, "nothing taken\n");
    settle(&pair);
    expect_value("read of 0 bytes", read(pair.slave, NULL, 0), 0);
    show_read("still there", pair.slave, 100);
    expect_value("not blocking", fcntl(pair.slave, F_SETFL, O_RDWR | O_NONBLOCK), 0);
    expect_error("empty", read(pair.slave, &pair, 1), EAGAIN);
    expect_error("seek", lseek(pair.slave, 0, SEEK_SET), ESPIPE);
    close_pair(&pair);
    return program_end();
}
