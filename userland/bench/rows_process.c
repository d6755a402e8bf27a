/* Threads and processes that come and go. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"

static void *end_at_once(void *argument)
{
    return argument;
}

static int64_t measure_thread(long count)
{
    int64_t start = bench_now();

    for (long i = 0; i < count; i++) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, end_at_once, NULL);
        if (error != 0)
            return -error;
        pthread_join(thread, NULL);
    }
    return bench_now() - start;
}

/* Wait for a child that must end with status 0; returns 0 or a negative errno. */
static int64_t await(pid_t child)
{
    int status;

    if (child < 0 || waitpid(child, &status, 0) != child)
        return bench_error();
    return status == 0 ? 0 : -EPROTO;
}

static int64_t measure_fork(long count)
{
    int64_t error = 0, start = bench_now();

    for (long i = 0; i < count && error == 0; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        error = await(child);
    }
    return error != 0 ? error : bench_now() - start;
}

static void become_another(void)
{
    char *const arguments[] = {(char *)bench_path, END_AT_ONCE, NULL};

    execve(bench_path, arguments, NULL);
    _exit(1);
}

static int64_t measure_fork_exec(long count)
{
    int64_t error = 0, start = bench_now();

    for (long i = 0; i < count && error == 0; i++) {
        pid_t child = fork();
        if (child == 0)
            become_another();
        error = await(child);
    }
    return error != 0 ? error : bench_now() - start;
}

static int64_t measure_vfork_exec(long count)
{
    int64_t error = 0, start = bench_now();

    for (volatile long i = 0; i < count && error == 0; i++) {
        pid_t child = vfork();
        if (child == 0)
            become_another();
        error = await(child);
    }
    return error != 0 ? error : bench_now() - start;
}

const struct bench_row bench_process_rows[] = {
    {"thread", measure_thread, 200},
    {"fork_exit_wait", measure_fork, 50},
    {"fork_exec_wait", measure_fork_exec, 20},
    {"vfork_exec_wait", measure_vfork_exec, 20},
    {NULL, NULL, 0},
};
