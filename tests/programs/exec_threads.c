/* execve() in a program of several threads: only the calling one goes on, with the process's ID. */
#include <pthread.h>

#include "again.h"

static char text[2][16];
static volatile int may_execute;

static void *spin(void *unused)
{
    for (;;)
        *(volatile char *)&text;
    return unused;
}

static void *sleep_long(void *unused)
{
    sleep(1000);
    return unused;
}

static void *read_pipe(void *unused)
{
    int pipes[2];
    char byte;

    pipe(pipes);
    read(pipes[0], &byte, 1);
    return unused;
}

static void execute(void)
{
    snprintf(text[0], sizeof(text[0]), "%d", (int)getpid());
    snprintf(text[1], sizeof(text[1]), "%d", (int)getppid());
    execve(own_path(), (char *[]){"x", text[0], text[1], NULL}, (char *[]){NULL});
    printf("execve: errno %d\n", errno);
    _exit(98);
}

static void *execute_in_thread(void *unused)
{
    while (!may_execute)
        usleep(100);
    execute();
    return unused;
}

static void start(void *(*function)(void *))
{
    pthread_t thread;

    expect_value("pthread_create", pthread_create(&thread, NULL, function, NULL), 0);
}

static void by_first(void *unused)
{
    (void)unused;
    start(spin);
    start(sleep_long);
    start(read_pipe);
    usleep(1000);
    execute();
}

static void by_other(void *unused)
{
    (void)unused;
    start(spin);
    start(read_pipe);
    start(execute_in_thread);
    may_execute = 1;
    sleep_long(NULL);
}

/* The first thread is gone when another one executes. */
static void by_last(void *unused)
{
    (void)unused;
    start(execute_in_thread);
    may_execute = 1;
    pthread_exit(NULL);
}

int main(int argc, char **argv)
{
    program_begin();
    if (argc > 1) {
        expect_value("process ID", getpid() - atoi(argv[1]), 0);
        expect_value("parent's", getppid() - atoi(argv[2]), 0);
        expect_value("thread ID", syscall(SYS_gettid) - getpid(), 0);
        return program_end();
    }
    expect_value("by the first thread", in_child(by_first, NULL), 0);
    expect_value("by another one", in_child(by_other, NULL), 0);
    expect_value("by the last one", in_child(by_last, NULL), 0);
    return program_end();
}
