/* Controlling terminals: who gets one, who may not, who loses it. */
#include "terminal.h"

static struct pair other;

static void show_dev_tty(const char *what)
{
    int fd = open("/dev/tty", O_RDWR);

    printf("%s: /dev/tty %s %d\n", what, fd >= 0 ? "opens" : "errno", fd >= 0 ? 0 : errno);
    if (fd >= 0)
        close(fd);
}

static void leader(const struct pair *pair)
{
    int id = -1, status;
    pid_t child;

    show_dev_tty("a leader");
    expect_true("group", tcgetpgrp(pair->slave) == getpid());
    expect_value("session", ioctl(pair->slave, TIOCGSID, &id), 0);
    expect_true("is mine", id == getpid());
    expect_value("again", ioctl(pair->slave, TIOCSCTTY, 0), 0);
    expect_error("a second one", ioctl(other.slave, TIOCSCTTY, 0), EPERM);
    expect_error("its group", tcgetpgrp(other.slave), ENOTTY);
    expect_error("its session", ioctl(other.slave, TIOCGSID, &id), ENOTTY);
    expect_error("set its group", tcsetpgrp(other.slave, getpid()), ENOTTY);
    expect_error("a group that is not there", tcsetpgrp(pair->slave, 99999), ESRCH);
    expect_error("a negative one", tcsetpgrp(pair->slave, -5), EINVAL);
    expect_error("of another session", tcsetpgrp(pair->slave, getppid()), EPERM);
    expect_true("the master's view", tcgetpgrp(pair->master) == getpid());
    child = fork();
    if (child == 0) {
        show_dev_tty("its child");
        expect_error("no leader", ioctl(pair->slave, TIOCSCTTY, 0), EPERM);
        setsid();
        show_dev_tty("in a session of its own");
        expect_error("taken", ioctl(pair->slave, TIOCSCTTY, 0), EPERM);
        expect_error("group", tcgetpgrp(pair->slave), ENOTTY);
        expect_value("stolen", ioctl(pair->slave, TIOCSCTTY, 1), 0);
        show_dev_tty("the thief");
        _exit(0);
    }
    signal(SIGHUP, SIG_IGN);
    waitpid(child, &status, 0);
    show_dev_tty("robbed");
    expect_value("taken back", ioctl(pair->slave, TIOCSCTTY, 0), 0);
    expect_error("give another one up", ioctl(other.slave, TIOCNOTTY), ENOTTY);
    expect_value("given up", ioctl(pair->slave, TIOCNOTTY), 0);
    show_dev_tty("without");
    expect_error("nothing to give up", ioctl(pair->slave, TIOCNOTTY), ENOTTY);
    int fd = open(pair->name, O_RDWR | O_NOCTTY);
    show_dev_tty("O_NOCTTY");
    expect_value("no such flag is told", fcntl(fd, F_GETFL) & O_NOCTTY, 0);
    close(fd);
    fd = open(pair->name, O_WRONLY);
    show_dev_tty("opened to write");
    close(fd);
    fd = open(pair->name, O_RDWR);
    show_dev_tty("opened");
    expect_true("group again", tcgetpgrp(fd) == getpid());
}

int main(void)
{
    struct pair pair;

    terminal_begin();
    open_pair(&pair);
    open_pair(&other);
    setsid();
    in_session("leader", &pair, leader);
    return program_end();
}
