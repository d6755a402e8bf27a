/* Bytes and wake-ups that go from one process or thread to another, and back. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"

#define BANDWIDTH_CHUNK 65536
#define BANDWIDTH_KIB_A_CHUNK (BANDWIDTH_CHUNK / 1024)

/* Linux's include/uapi/linux/futex.h, which musl does not bring along. */
#define FUTEX_WAIT_PRIVATE 128
#define FUTEX_WAKE_PRIVATE 129

/* Two-way channel: the parent uses index 0, the child 1. */
struct channel {
    int in[2];
    int out[2];
};

static void channel_close(struct channel *channel)
{
    for (int side = 0; side < 2; side++) {
        close(channel->in[side]);
        if (channel->out[side] != channel->in[side])
            close(channel->out[side]);
    }
}

static bool echo(const struct channel *channel, int side)
{
    char byte;

    return read(channel->in[side], &byte, 1) == 1 && write(channel->out[side], &byte, 1) == 1;
}

static int64_t round_trips(struct channel *channel, long count)
{
    char byte = 0;
    bool is_right = true;
    pid_t child = fork();

    if (child < 0)
        return bench_error();
    if (child == 0) {
        for (long i = 0; i <= count && is_right; i++)
            is_right = echo(channel, 1);
        _exit(0);
    }
    /* One to begin with, until the child runs. */
    is_right = write(channel->out[0], &byte, 1) == 1 && read(channel->in[0], &byte, 1) == 1;
    int64_t start = bench_now();
    for (long i = 0; i < count && is_right; i++)
        is_right = write(channel->out[0], &byte, 1) == 1 && read(channel->in[0], &byte, 1) == 1;
    int64_t ticks = bench_now() - start;
    waitpid(child, NULL, 0);
    return is_right ? ticks : -EPROTO;
}

static int64_t measure_pipe(long count)
{
    int there[2], back[2];

    if (pipe(there) != 0)
        return bench_error();
    if (pipe(back) != 0) {
        int64_t error = bench_error();
        close(there[0]);
        close(there[1]);
        return error;
    }
    struct channel channel = {.in = {back[0], there[0]}, .out = {there[1], back[1]}};
    int64_t ticks = round_trips(&channel, count);
    channel_close(&channel);
    return ticks;
}

static int64_t measure_unix(long count)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return bench_error();
    struct channel channel = {.in = {ends[0], ends[1]}, .out = {ends[0], ends[1]}};
    int64_t ticks = round_trips(&channel, count);
    channel_close(&channel);
    return ticks;
}

/* Whose turn it is: two threads, each waits for its own. */
static _Atomic uint32_t turn;
static long turns;

static void pass_turns(uint32_t mine, uint32_t other)
{
    for (long i = 0; i < turns; i++) {
        while (atomic_load(&turn) != mine)
            syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, other, NULL, NULL, 0);
        atomic_store(&turn, other);
        syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}

static void *partner(void *argument)
{
    (void)argument;
    pass_turns(1, 0);
    return NULL;
}

static int64_t measure_futex(long count)
{
    pthread_t thread;

    atomic_store(&turn, 0);
    turns = count;
    int error = pthread_create(&thread, NULL, partner, NULL);
    if (error != 0)
        return -error;
    int64_t start = bench_now();
    pass_turns(0, 1);
    pthread_join(thread, NULL);
    return bench_now() - start;
}

/* A KiB through a pipe, written and read in large pieces. */
static int64_t measure_pipe_kib(long count)
{
    static char chunk[BANDWIDTH_CHUNK];
    int ends[2];

    if (pipe(ends) != 0)
        return bench_error();
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        for (long i = 0; i < count; i += BANDWIDTH_KIB_A_CHUNK) {
            if (write(ends[1], chunk, sizeof(chunk)) != sizeof(chunk))
                break;
        }
        _exit(0);
    }
    int64_t error = child < 0 ? bench_error() : 0;
    close(ends[1]);
    int64_t left = child < 0 ? 0 : (int64_t)count * 1024, start = bench_now();
    while (left > 0) {
        ssize_t size = read(ends[0], chunk, sizeof(chunk));
        if (size <= 0)
            break;
        left -= size;
    }
    int64_t ticks = bench_now() - start;
    close(ends[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    if (error != 0)
        return error;
    return left > 0 ? -EPROTO : ticks;
}

const struct bench_row bench_ipc_rows[] = {
    {"pipe", measure_pipe, 2000},
    {"unix", measure_unix, 2000},
    {"futex", measure_futex, 2000},
    {"pipe_kib", measure_pipe_kib, 64 * BANDWIDTH_KIB_A_CHUNK},
    {NULL, NULL, 0},
};
