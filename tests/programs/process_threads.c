/* lintel: variants=musl,glibc */
/* Threads of a process and its end: exit() of all, of the first one alone, with others that wait; IDs. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

static int in_child(const char *what, void (*function)(void))
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        function();
        _exit(99);
    }
    waitpid(child, &status, 0);
    printf("%s: 0x%x\n", what, status);
    return status;
}

static void sleep_ms(long milliseconds)
{
    struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000};

    nanosleep(&pause, NULL);
}

static int pipe_ends[2];

static void *waits_for_ever(void *argument)
{
    char byte;

    switch ((intptr_t)argument) {
    case 0:
        pause();
        break;
    case 1:
        (void)!read(pipe_ends[0], &byte, 1);
        break;
    case 2:
        sleep_ms(100000);
        break;
    default:
        for (;;)
            ;
    }
    return NULL;
}

static void start_waiters(void)
{
    pthread_t thread;

    (void)!pipe(pipe_ends);
    for (intptr_t i = 0; i < 4; i++)
        pthread_create(&thread, NULL, waits_for_ever, (void *)i);
    sleep_ms(20);
}

static void ends_all(void)
{
    start_waiters();
    _exit(12);
}

static void killed(void)
{
    start_waiters();
    kill(getpid(), SIGTERM);
    sleep_ms(100000);
}

static void *ends_process(void *argument)
{
    sleep_ms(10);
    _exit((int)(intptr_t)argument);
}

static void another_ends_all(void)
{
    pthread_t thread;

    start_waiters();
    pthread_create(&thread, NULL, ends_process, (void *)13);
    sleep_ms(100000);
}

/* The process lives as long as its last thread; its status is that of the last one. */
static void first_ends_alone(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, ends_process, (void *)14);
    syscall(SYS_exit, 15);
}

static void *ends_itself(void *argument)
{
    sleep_ms(10);
    syscall(SYS_exit, argument);
    return NULL;
}

static void last_ends_alone(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, ends_itself, (void *)16);
    syscall(SYS_exit, 17);
}

static void *tells_ids(void *argument)
{
    pid_t *ids = argument;

    ids[0] = getpid();
    ids[1] = (pid_t)syscall(SYS_gettid);
    ids[2] = getppid();
    return NULL;
}

static void ids(void)
{
    pthread_t thread;
    pid_t told[3] = {0};

    expect_value("create", pthread_create(&thread, NULL, tells_ids, told), 0);
    expect_value("join", pthread_join(thread, NULL), 0);
    expect_true("the process's ID", told[0] == getpid());
    expect_true("its own", told[1] != getpid() && told[1] > 0);
    expect_true("the parent's", told[2] == getppid());
    expect_value("the first thread's", syscall(SYS_gettid) - getpid(), 0);
}

static void *forks(void *argument)
{
    int status = -1;
    pid_t child = fork();

    (void)argument;
    if (child == 0)
        _exit(syscall(SYS_gettid) == getpid() ? 21 : 22);
    waitpid(child, &status, 0);
    return (void *)(intptr_t)status;
}

/* A child of one thread is every thread's to wait for. */
static void *waits(void *argument)
{
    int status = -1;

    return waitpid((pid_t)(intptr_t)argument, &status, 0) > 0 ? (void *)(intptr_t)status : NULL;
}

static void children(void)
{
    pthread_t thread;
    void *result;

    pthread_create(&thread, NULL, forks, NULL);
    pthread_join(thread, &result);
    expect_value("a thread's child", (long)result, 21 << 8);
    pid_t child = fork();
    if (child == 0)
        _exit(23);
    pthread_create(&thread, NULL, waits, (void *)(intptr_t)child);
    pthread_join(thread, &result);
    expect_value("waited for by another", (long)result, 23 << 8);
}

int main(void)
{
    program_begin();
    in_child("exit_group with others that wait", ends_all);
    in_child("a signal", killed);
    in_child("another one's exit_group", another_ends_all);
    in_child("the first thread ends first", first_ends_alone);
    in_child("the last thread's status", last_ends_alone);
    ids();
    children();
    return program_end();
}
