/* A line that is too long, and what happens when nobody reads. */
#include "terminal.h"

static struct pair pair;
static char bytes[20000];

static void type_many(size_t count, const char *end)
{
    memset(bytes, 'a', count);
    for (size_t i = 0; i < count; i++)
        bytes[i] = (char)('a' + i % 26);
    type_bytes(pair.master, bytes, count);
    type(pair.master, end);
}

static void read_one(const char *what)
{
    if (!is_readable(pair.slave, 1000)) {
        printf("%s: nothing\n", what);
        return;
    }
    ssize_t length = read(pair.slave, bytes, sizeof(bytes));
    printf("%s: %zd bytes", what, length);
    show_bytes(", the last ones", bytes + (length > 5 ? length - 5 : 0), length > 5 ? 5 : length);
}

int main(void)
{
    terminal_begin();
    open_pair(&pair);
    change_local(pair.slave, 0, ECHO);
    type_many(4094, "\n");
    read_one("4094 and a newline");
    type_many(4095, "\n");
    read_one("4095 and a newline");
    type_many(4096, "\n");
    read_one("4096 and a newline");
    type_many(6000, "XY\n");
    read_one("6002 and a newline");
    type_many(5000, "\x7f\x7f!\n");
    read_one("erased at the end");
    type_many(5000, "\x15short\n");
    read_one("killed");
    type_many(5000, "\4");
    read_one("end of file behind it");
    change_local(pair.slave, 0, ICANON);
    type_many(4000, "");
    settle(&pair);
    int count = -1;
    ioctl(pair.slave, FIONREAD, &count);
    expect_value("raw", count, 4000);
    read_one("raw");
    expect_value("not blocking", fcntl(pair.master, F_SETFL, O_RDWR | O_NONBLOCK), 0);
    memset(bytes, 'x', sizeof(bytes));
    long typed = fill(pair.master, bytes), got = 0;
    ssize_t once;
    expect_true("at least a buffer of it", typed >= 4095);
    struct pollfd one = {pair.master, POLLOUT, 0};
    while (is_readable(pair.slave, QUIET_MS) && (once = read(pair.slave, bytes, sizeof(bytes))) > 0)
        got += once;
    expect_true("nothing is lost", got == typed);
    expect_true("room again", poll(&one, 1, 1000) == 1 && (one.revents & POLLOUT) != 0);
    close_pair(&pair);
    return program_end();
}
