/* MIN and TIME, in their four combinations. */
#include "terminal.h"

#define LATE_MS 9000 /* less than the longest TIME; the machine may be busy */

static struct pair pair;

static long now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void set(uint8_t minimum, uint8_t tenths)
{
    change_character(pair.slave, VMIN, minimum);
    change_character(pair.slave, VTIME, tenths);
    printf("-- MIN %u TIME %u\n", minimum, tenths);
}

/* A read during which a child types the words, so many ms after each other. */
static void read_while(const char *what, const char *const *words, long pause_ms, size_t size, long at_least,
                       long at_most)
{
    char bytes[100];
    long begin = now_ms();
    pid_t child = fork();

    if (child == 0) {
        for (; *words != NULL; words++) {
            sleep_ms(pause_ms);
            type(pair.master, *words);
        }
        _exit(0);
    }
    show_bytes(what, bytes, read(pair.slave, bytes, size));
    long took = now_ms() - begin;
    if (took < at_least || took > at_most)
        printf("FAILED: took %ld ms, not %ld to %ld\n", took, at_least, at_most);
    waitpid(child, NULL, 0);
    tcflush(pair.slave, TCIFLUSH);
}

int main(void)
{
    static const char *const none[] = {NULL}, *const one[] = {"abc", NULL},
                             *const two[] = {"abc", "de", NULL};

    terminal_begin();
    open_pair(&pair);
    change_local(pair.slave, 0, ICANON | ECHO);
    set(0, 0);
    read_while("at once", none, 0, 10, 0, LATE_MS);
    type(pair.master, "xyz");
    settle(&pair);
    read_while("what is there", none, 0, 2, 0, LATE_MS);
    set(0, 3);
    read_while("after the time", none, 0, 10, 250, LATE_MS);
    set(0, 100);
    read_while("when something comes", one, 100, 10, 50, LATE_MS);
    set(3, 0);
    read_while("three", one, 50, 10, 20, LATE_MS);
    read_while("three at least", one, 50, 4, 20, LATE_MS);
    read_while("fewer are wanted", one, 50, 2, 20, LATE_MS);
    set(5, 0);
    read_while("both words", two, 100, 10, 150, LATE_MS);
    set(5, 3);
    read_while("the time between them ends it", one, 50, 10, 300, LATE_MS);
    set(5, 100);
    read_while("both in time", two, 100, 10, 150, LATE_MS);
    set(5, 0);
    expect_true("not readable below MIN", !is_readable(pair.slave, 0));
    type(pair.master, "abc");
    expect_true("not yet", !is_readable(pair.slave, QUIET_MS));
    type(pair.master, "de");
    expect_true("now", is_readable(pair.slave, 1000));
    expect_value("not blocking", fcntl(pair.slave, F_SETFL, O_RDWR | O_NONBLOCK), 0);
    show_read("all", pair.slave, 100);
    expect_error("nothing", read(pair.slave, &pair, 1), EAGAIN);
    set(0, 0);
    expect_value("nothing, MIN 0", read(pair.slave, &pair.name, 1), 0);
    set(0, 3);
    expect_error("nothing, TIME", read(pair.slave, &pair.name, 1), EAGAIN);
    close_pair(&pair);
    return program_end();
}
