/* Requests that have no program of their own: simulated input, exclusive use, vhangup(). */
#include "terminal.h"

#define TIOCGLCKTRMIOS 0x5456
#define TIOCSLCKTRMIOS 0x5457

/* What is locked of the settings stays as it is. */
static void locked_settings(const struct pair *pair)
{
    struct settings locked, settings, now;

    memset(&locked, 0xff, sizeof(locked));
    expect_value("what is locked", ioctl(pair->slave, TIOCGLCKTRMIOS, &locked), 0);
    expect_true("nothing", locked.lflag == 0 && locked.iflag == 0 && locked.cc[0] == 0);
    locked.lflag = ECHO;
    locked.cc[VEOF] = 1;
    expect_value("lock", ioctl(pair->slave, TIOCSLCKTRMIOS, &locked), 0);
    memset(&locked, 0, sizeof(locked));
    expect_value("by the master", ioctl(pair->master, TIOCGLCKTRMIOS, &locked), 0);
    expect_true("the same", locked.lflag == ECHO && locked.cc[VEOF] == 1);
    ioctl(pair->slave, TCGETS, &settings);
    settings.lflag ^= ECHO | ECHOK;
    settings.cc[VEOF] = 'x';
    settings.cc[VKILL] = 'y';
    expect_value("set", ioctl(pair->slave, TCSETS, &settings), 0);
    ioctl(pair->slave, TCGETS, &now);
    expect_value("locked flags", (now.lflag ^ settings.lflag) & (ECHO | ECHOK), ECHO);
    expect_value("locked character", now.cc[VEOF], 4);
    expect_value("another character", now.cc[VKILL], 'y');
    if (fork() == 0) {
        expect_value("another user", setuid(1000), 0);
        expect_value("sees", ioctl(pair->slave, TIOCGLCKTRMIOS, &locked), 0);
        expect_error("changes", ioctl(pair->slave, TIOCSLCKTRMIOS, &locked), EPERM);
        expect_error("bad pointer", ioctl(pair->slave, TIOCGLCKTRMIOS, 8), EFAULT);
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    expect_error("bad pointer", ioctl(pair->slave, TIOCSLCKTRMIOS, 8), EFAULT);
    memset(&locked, 0, sizeof(locked));
    expect_value("unlock", ioctl(pair->slave, TIOCSLCKTRMIOS, &locked), 0);
    settings.lflag |= ECHO | ECHOK;
    expect_value("set", ioctl(pair->slave, TCSETS, &settings), 0);
    ioctl(pair->slave, TCGETS, &now);
    expect_value("as wanted", now.cc[VEOF], 'x');
}

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
    locked_settings(pair);
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
