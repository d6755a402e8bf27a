/* A pseudoterminal from its birth to its end. */
#include "terminal.h"

#include <sys/sysmacros.h>

static void show_poll(const char *what, int fd)
{
    struct pollfd one = {fd, POLLIN | POLLOUT | POLLPRI, 0};

    poll(&one, 1, QUIET_MS);
    printf("%s: events 0x%x\n", what, (unsigned)one.revents);
}

int main(void)
{
    struct pair pair, second;
    struct stat stat_of;
    char bytes[10];
    int number = -1, locked = -1, one = 1;

    terminal_begin();
    pair.master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY);
    expect_value("number", ioctl(pair.master, TIOCGPTN, &number), 0);
    snprintf(pair.name, sizeof(pair.name), "/dev/pts/%d", number);
    expect_value("lock", ioctl(pair.master, 0x80045439, &locked), 0);
    expect_value("is locked", locked, 1);
    expect_error("open, locked", open(pair.name, O_RDWR | O_NOCTTY), EIO);
    locked = 0;
    expect_value("unlock", ioctl(pair.master, TIOCSPTLCK, &locked), 0);
    show_poll("never open", pair.master);
    type(pair.master, "early\n");
    pair.slave = open(pair.name, O_RDWR | O_NOCTTY);
    show_read("typed before", pair.slave, 100);
    show_output("and echoed", pair.master);
    expect_error("number of the slave", ioctl(pair.slave, TIOCGPTN, &number), ENOTTY);
    expect_value("fstat", fstat(pair.slave, &stat_of), 0);
    expect_true("major 136", major(stat_of.st_rdev) == 136 && minor(stat_of.st_rdev) == (unsigned)number);
    printf("mode %o uid %u\n", stat_of.st_mode, stat_of.st_uid);
    open_master(&second);
    expect_true("another number", strcmp(second.name, pair.name) != 0);
    expect_value("write", write(pair.slave, "late", 4), 4);
    close(pair.slave);
    show_poll("left, with something to read", pair.master);
    show_read("late", pair.master, 100);
    show_poll("left", pair.master);
    expect_error("read", read(pair.master, bytes, 1), EIO);
    expect_value("write all the same", write(pair.master, "x\n", 2), 2);
    pair.slave = open(pair.name, O_RDWR | O_NOCTTY);
    expect_true("opened again", pair.slave >= 0);
    show_read("written meanwhile", pair.slave, 10);
    show_output("echo", pair.master);
    expect_value("not blocking", fcntl(pair.master, F_SETFL, O_RDWR | O_NONBLOCK), 0);
    expect_error("nothing, but no end", read(pair.master, bytes, 1), EAGAIN);
    expect_value("lock again", ioctl(pair.master, TIOCSPTLCK, &one), 0);
    expect_error("locked", open(pair.name, O_RDWR | O_NOCTTY), EIO);
    expect_error("seek", lseek(pair.master, 0, SEEK_CUR), ESPIPE);
    close(pair.master);
    expect_error("its name is gone", open(pair.name, O_RDWR | O_NOCTTY), ENOENT);
    expect_value("end of file", read(pair.slave, bytes, 1), 0);
    expect_error("mkdir", mkdir("/dev/pts/new", 0700), EPERM);
    expect_error("unlink", unlink(second.name), EPERM);
    expect_value("chmod", chmod(second.name, 0600), 0);
    stat(second.name, &stat_of);
    printf("mode %o\n", stat_of.st_mode);
    int peer = ioctl(second.master, 0x5441, O_RDWR | O_NOCTTY);
    expect_true("TIOCGPTPEER", peer >= 0);
    expect_value("write there", write(peer, "peer", 4), 4);
    show_read("read here", second.master, 10);
    return program_end();
}
