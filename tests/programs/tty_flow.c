/* Stopping output and letting it go on. */
#include "sleeping.h"
#include "terminal.h"

static struct pair pair;

static void put(const char *what, const char *text)
{
    expect_value(what, write(pair.slave, text, strlen(text)), (long)strlen(text));
}

int main(void)
{
    pid_t child;
    int status;

    terminal_begin();
    open_pair(&pair);
    change_local(pair.slave, 0, ECHO);
    type(pair.master, "\x13");
    settle(&pair);
    child = fork();
    if (child == 0)
        _exit(write(pair.slave, "held", 4) == 4 ? 0 : 1);
    await_sleep(child);
    show_output("held back", pair.master);
    expect_value("waits", waitpid(child, &status, WNOHANG), 0);
    type(pair.master, "\x11");
    expect_true("done", waitpid(child, &status, 0) == child);
    show_output("goes on", pair.master);
    type(pair.master, "\x13");
    settle(&pair);
    expect_value("not blocking", fcntl(pair.slave, F_SETFL, O_RDWR | O_NONBLOCK), 0);
    expect_error("stopped", write(pair.slave, "x", 1), EAGAIN);
    struct pollfd one = {pair.slave, POLLOUT, 0};
    expect_value("no room", poll(&one, 1, 0), 0);
    type(pair.master, "a");
    show_output("without IXANY", pair.master);
    change_input(pair.slave, IXANY, 0);
    type(pair.master, "b");
    settle(&pair);
    put("IXANY", "free");
    show_output("free", pair.master);
    change_input(pair.slave, 0, IXANY);
    type(pair.master, "\x13");
    settle(&pair);
    change_input(pair.slave, 0, IXON);
    put("IXON off", "again");
    show_output("again", pair.master);
    type(pair.master, "\x13\x11\n");
    show_read("plain characters, then", pair.slave, 100);
    change_input(pair.slave, IXON, 0);
    expect_value("TCOOFF", ioctl(pair.slave, TCXONC, TCOOFF), 0);
    expect_error("held", write(pair.slave, "x", 1), EAGAIN);
    type(pair.master, "\x11");
    settle(&pair);
    expect_error("^Q does not help", write(pair.slave, "x", 1), EAGAIN);
    expect_value("TCOON", ioctl(pair.slave, TCXONC, TCOON), 0);
    put("goes on", "y");
    show_output("y", pair.master);
    expect_value("TCIOFF", ioctl(pair.slave, TCXONC, TCIOFF), 0);
    expect_value("TCION", ioctl(pair.slave, TCXONC, TCION), 0);
    show_output("sent", pair.master);
    close_pair(&pair);
    return program_end();
}
