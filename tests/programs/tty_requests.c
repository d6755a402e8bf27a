/* Requests that have no program of their own: simulated input, exclusive use, vhangup(). */
#include "terminal.h"

static void leader(const struct pair *pair)
{
    int is_exclusive = -1, count = -1;
    char byte = 'q';

    change_local(pair->slave, 0, ICANON);
    expect_value("simulate", ioctl(pair->slave, TIOCSTI, &byte), 0);
    show_read("read", pair->slave, 10);
    show_output("echo", pair->master);
    expect_value("exclusive", ioctl(pair->slave, TIOCEXCL), 0);
    expect_value("is it", ioctl(pair->slave, 0x80045440, &is_exclusive), 0);
    expect_value("yes", is_exclusive, 1);
    if (fork() == 0) {
        expect_value("another user", setuid(1000), 0);
        expect_error("open", open("/dev/tty", O_RDWR), EBUSY);
        expect_error("vhangup", syscall(SYS_vhangup), EPERM);
        expect_error("TIOCVHANGUP", ioctl(pair->slave, 0x5437), EPERM);
        _exit(0);
    }
    wait(NULL);
    int fd = open("/dev/tty", O_RDWR);
    expect_true("root may", fd >= 0);
    close(fd);
    expect_value("shared again", ioctl(pair->slave, TIOCNXCL), 0);
    expect_value("pending output", ioctl(pair->slave, TIOCOUTQ, &count), 0);
    expect_value("none", count, 0);
    expect_error("modem", ioctl(pair->slave, TIOCMGET, &count), ENOTTY);
    signal(SIGHUP, SIG_IGN);
    expect_value("vhangup", syscall(SYS_vhangup), 0);
    expect_error("hung up", write(pair->slave, "x", 1), EIO);
    fd = open(pair->name, O_RDWR | O_NOCTTY);
    expect_true("opened again", fd >= 0);
    expect_value("works", write(fd, "new", 3), 3);
    show_output("new", pair->master);
}

int main(void)
{
    struct pair pair;

    terminal_begin();
    open_pair(&pair);
    in_session("leader", &pair, leader);
    return program_end();
}
