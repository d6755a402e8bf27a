/* For programs about terminals: a pseudoterminal of their own, and what comes out of it. */
#ifndef LINTEL_TESTS_PROGRAMS_TERMINAL_H
#define LINTEL_TESTS_PROGRAMS_TERMINAL_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

#include "program.h"

#define QUIET_MS 60 /* so long nothing comes any more */
#define MASTERS_MAX 64

static int slave_of_master[MASTERS_MAX]; /* descriptors; 0: not known, and poll() does no harm */

/* The kernel's struct termios. */
struct settings {
    uint32_t iflag, oflag, cflag, lflag;
    uint8_t line, cc[19];
};

struct pair {
    int master, slave;
    char name[32];
};

static inline void terminal_begin(void)
{
    program_begin();
    if (access("/dev/pts/ptmx", F_OK) == 0)
        return;
    mkdir("/dev/pts", 0755);
    if (mount("devpts", "/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=0620") != 0)
        printf("FAILED: mounting devpts: errno %d\n", errno);
}

/* The master alone: unlocked. */
static inline void open_master(struct pair *pair)
{
    int number = -1, zero = 0;

    pair->slave = -1;
    pair->master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY);
    if (pair->master < 0 || ioctl(pair->master, TIOCSPTLCK, &zero) != 0 ||
        ioctl(pair->master, TIOCGPTN, &number) != 0)
        printf("FAILED: opening ptmx: errno %d\n", errno);
    snprintf(pair->name, sizeof(pair->name), "/dev/pts/%d", number);
}

static inline void open_pair(struct pair *pair)
{
    open_master(pair);
    pair->slave = open(pair->name, O_RDWR | O_NOCTTY);
    if (pair->master >= 0 && pair->master < MASTERS_MAX)
        slave_of_master[pair->master] = pair->slave;
    if (pair->slave < 0)
        printf("FAILED: opening %s: errno %d\n", pair->name, errno);
}

static inline void close_pair(struct pair *pair)
{
    close(pair->slave);
    close(pair->master);
}

static inline struct settings get_settings(int fd)
{
    struct settings settings;

    memset(&settings, 0, sizeof(settings));
    if (syscall(SYS_ioctl, fd, TCGETS, &settings) != 0)
        printf("FAILED: TCGETS: errno %d\n", errno);
    return settings;
}

static inline void set_settings(int fd, const struct settings *settings)
{
    if (syscall(SYS_ioctl, fd, TCSETS, settings) != 0)
        printf("FAILED: TCSETS: errno %d\n", errno);
}

/* Set and clear flags. */
static inline void change_input(int fd, uint32_t set, uint32_t clear)
{
    struct settings settings = get_settings(fd);

    settings.iflag = (settings.iflag & ~clear) | set;
    set_settings(fd, &settings);
}

static inline void change_output(int fd, uint32_t set, uint32_t clear)
{
    struct settings settings = get_settings(fd);

    settings.oflag = (settings.oflag & ~clear) | set;
    set_settings(fd, &settings);
}

static inline void change_local(int fd, uint32_t set, uint32_t clear)
{
    struct settings settings = get_settings(fd);

    settings.lflag = (settings.lflag & ~clear) | set;
    set_settings(fd, &settings);
}

static inline void change_character(int fd, unsigned index, uint8_t value)
{
    struct settings settings = get_settings(fd);

    settings.cc[index] = value;
    set_settings(fd, &settings);
}

static inline void show_bytes(const char *what, const char *bytes, ssize_t length)
{
    printf("%s: ", what);
    if (length < 0) {
        printf("errno %d\n", errno);
        return;
    }
    for (ssize_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte >= ' ' && byte < 0x7f && byte != '\\')
            putchar(byte);
        else
            printf("\\x%02x", byte);
    }
    printf(" (%zd)\n", length);
}

/* On Linux another thread carries to the slave what was typed; poll() of the slave waits for it, if there is
 * nothing to be read there yet. */
static inline void type_bytes(int fd, const char *text, size_t length)
{
    struct pollfd one = {.fd = fd < MASTERS_MAX ? slave_of_master[fd] : -1, .events = POLLIN};

    if (write(fd, text, length) != (ssize_t)length)
        printf("FAILED: typing: errno %d\n", errno);
    poll(&one, 1, 0);
}

static inline void type(int fd, const char *text)
{
    type_bytes(fd, text, strlen(text));
}

static inline int is_readable(int fd, int timeout_ms)
{
    struct pollfd one = {fd, POLLIN, 0};

    return poll(&one, 1, timeout_ms) == 1 && (one.revents & POLLIN) != 0;
}

/* All that comes until nothing comes any more. */
static inline size_t collect(int fd, char *bytes, size_t size)
{
    size_t length = 0;

    while (length < size && is_readable(fd, QUIET_MS)) {
        ssize_t count = read(fd, bytes + length, size - length);
        if (count <= 0)
            break;
        length += (size_t)count;
    }
    return length;
}

static inline void show_output(const char *what, int master)
{
    static char bytes[20000];

    show_bytes(what, bytes, (ssize_t)collect(master, bytes, sizeof(bytes)));
}

/* One read(), which waits up to a second. */
static inline void show_read(const char *what, int fd, size_t size)
{
    static char bytes[20000];

    if (!is_readable(fd, 1000)) {
        printf("%s: nothing to read\n", what);
        return;
    }
    show_bytes(what, bytes, read(fd, bytes, size));
}

static inline void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};

    while (nanosleep(&time, &time) != 0)
        ;
}

/* What was typed and written has gone through. */
static inline void settle(const struct pair *pair)
{
    sleep_ms(QUIET_MS);
    (void)is_readable(pair->slave, 0);
    (void)is_readable(pair->master, 0);
}

/* Write what `bytes` begin with, thousand by thousand, until there is no room, and none is made either. The
 * descriptor does not block. */
static inline long fill(int fd, const char *bytes)
{
    struct pollfd one = {fd, POLLOUT, 0};
    long written = 0;

    do {
        ssize_t once;
        while ((once = write(fd, bytes, 1000)) > 0)
            written += once;
        if (once != -1 || errno != EAGAIN)
            printf("FAILED: a write without room: %zd, errno %d\n", once, errno);
        sleep_ms(QUIET_MS);
    } while (poll(&one, 1, 0) == 1 && (one.revents & POLLOUT) != 0);
    return written;
}

/* Become a session leader whose terminal is the slave. */
static inline void take_terminal(const struct pair *pair)
{
    if (setsid() < 0 || ioctl(pair->slave, TIOCSCTTY, 0) != 0)
        printf("FAILED: taking the terminal: errno %d\n", errno);
}

/* Run in a child that has the slave as its controlling terminal, and show how it ends. */
static inline void in_session(const char *what, const struct pair *pair,
                              void (*function)(const struct pair *))
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        take_terminal(pair);
        function(pair);
        _exit(0);
    }
    if (waitpid(child, &status, 0) != child)
        printf("FAILED: waitpid: errno %d\n", errno);
    printf("%s: status 0x%04x\n", what, (unsigned)status);
}

#endif
