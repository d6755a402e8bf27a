/* Calls that nobody waits in. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "bench/bench.h"

static volatile long signals_handled;

static int64_t measure_getppid(long count)
{
    int64_t start = bench_now();

    for (long i = 0; i < count; i++)
        getppid();
    return bench_now() - start;
}

/* As programs do it: through the vDSO where there is one. */
static int64_t measure_clock_gettime(long count)
{
    struct timespec time;
    int64_t start = bench_now();

    for (long i = 0; i < count; i++)
        clock_gettime(CLOCK_MONOTONIC, &time);
    return bench_now() - start;
}

static int64_t measure_read_zero(long count)
{
    char byte;
    int file = open("/dev/zero", O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return bench_error();
    int64_t start = bench_now();
    for (long i = 0; i < count; i++) {
        if (read(file, &byte, 1) != 1) {
            close(file);
            return bench_error();
        }
    }
    int64_t ticks = bench_now() - start;
    close(file);
    return ticks;
}

static int64_t measure_write_null(long count)
{
    int file = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (file < 0)
        return bench_error();
    int64_t start = bench_now();
    for (long i = 0; i < count; i++) {
        if (write(file, "x", 1) != 1) {
            close(file);
            return bench_error();
        }
    }
    int64_t ticks = bench_now() - start;
    close(file);
    return ticks;
}

static void on_signal(int number)
{
    (void)number;
    signals_handled++;
}

static int64_t measure_signal(long count)
{
    const struct sigaction action = {.sa_handler = on_signal};
    pid_t pid = getpid();

    if (sigaction(SIGUSR1, &action, NULL) != 0)
        return bench_error();
    signals_handled = 0;
    int64_t start = bench_now();
    for (long i = 0; i < count; i++)
        kill(pid, SIGUSR1);
    int64_t ticks = bench_now() - start;
    return signals_handled == count ? ticks : -EPROTO;
}

const struct bench_row bench_call_rows[] = {
    {"getppid", measure_getppid, 20000},     {"clock_gettime", measure_clock_gettime, 20000},
    {"read_zero", measure_read_zero, 10000}, {"write_null", measure_write_null, 10000},
    {"signal", measure_signal, 2000},        {NULL, NULL, 0},
};
