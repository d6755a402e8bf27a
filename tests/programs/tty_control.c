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

static int stat_terminal(void)
{
    char text[512];
    int fd = open("/proc/self/stat", O_RDONLY), terminal = -1;
    ssize_t length = read(fd, text, sizeof(text) - 1);

    close(fd);
    text[length > 0 ? length : 0] = '\0';
    sscanf(strrchr(text, ')'), ") %*c %*d %*d %*d %d", &terminal);
    return terminal;
}

/* A member of the session that is not its leader: he and his children have no terminal any more. */
static void member(const struct pair *pair)
{
    int id;

    setpgid(0, 0); /* in the background */
    expect_true("a member has one", stat_terminal() != 0);
    expect_value("a member gives it up", ioctl(pair->slave, TIOCNOTTY), 0);
    expect_error("once", ioctl(pair->slave, TIOCNOTTY), ENOTTY);
    show_dev_tty("a member without");
    expect_value("in /proc", stat_terminal(), 0);
    expect_error("its group", tcgetpgrp(pair->slave), ENOTTY);
    expect_error("its session", ioctl(pair->slave, TIOCGSID, &id), ENOTTY);
    expect_error("set its group", tcsetpgrp(pair->slave, getpid()), ENOTTY);
    expect_error("take it again", ioctl(pair->slave, TIOCSCTTY, 0), EPERM);
    expect_value("settings", tcflow(pair->slave, TCOON), 0); /* no SIGTTOU for him */
    if (fork() == 0) {
        show_dev_tty("his child");
        setsid();
        expect_value("stolen", ioctl(pair->slave, TIOCSCTTY, 1), 0);
        show_dev_tty("in a session of his own");
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
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
    child = fork();
    if (child == 0) {
        member(pair);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, &status, 0);
    show_dev_tty("robbed again");
    expect_value("taken back again", ioctl(pair->slave, TIOCSCTTY, 0), 0);
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
