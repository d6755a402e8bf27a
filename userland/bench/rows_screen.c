/* Text that runs through the terminal on the screen. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "bench/bench.h"

#define VT_ACTIVATE 0x5606 /* of linux/vt.h */
#define VT_WAITACTIVE 0x5607
#define TEXT_SIZE (1 << 20)
#define CHUNK 65536 /* as cat does it */

static char text[TEXT_SIZE];

/* Lines of different length, none like the one before. */
static void make_text(void)
{
    static const char words[] = "the quick brown fox jumps over the lazy dog 0123456789 and runs away again ";
    size_t at = 0, column = 0, limit = 17;

    for (size_t i = 0; at < TEXT_SIZE; i++) {
        text[at] = words[(i + at / 131) % (sizeof(words) - 1)];
        at++;
        if (++column >= limit && at < TEXT_SIZE) {
            text[at++] = '\n';
            column = 0;
            limit = 20 + at * 7 % 97;
        }
    }
}

/* Another terminal than the console, whose text goes to the serial line, too. */
static int open_terminal(void)
{
    mknod("/dev/tty2", S_IFCHR | 0600, makedev(4, 2));
    int terminal = open("/dev/tty2", O_RDWR | O_NOCTTY);

    if (terminal >= 0 && (ioctl(terminal, VT_ACTIVATE, 2) != 0 || ioctl(terminal, VT_WAITACTIVE, 2) != 0)) {
        close(terminal);
        terminal = -1;
    }
    return terminal;
}

static int64_t measure_screen_mib(long count)
{
    int terminal = open_terminal();

    if (terminal < 0)
        return bench_error();
    make_text();
    int64_t start = bench_now();
    for (long i = 0; i < count; i++) {
        for (size_t at = 0; at < TEXT_SIZE; at += CHUNK) {
            if (write(terminal, text + at, CHUNK) != CHUNK)
                return bench_error();
        }
    }
    int64_t ticks = bench_now() - start;
    (void)ioctl(terminal, VT_ACTIVATE, 1);
    close(terminal);
    return ticks;
}

const struct bench_row bench_screen_rows[] = {{"screen_mib", measure_screen_mib, 1}, {NULL, NULL, 0}};
