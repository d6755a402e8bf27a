/* All threads call execve() at once, again and again: one of them wins, and one program runs. */
#include <pthread.h>

#include "again.h"

#define THREADS 6
#define ROUNDS 40

static pthread_barrier_t barrier;

static void *execute(void *unused)
{
    pthread_barrier_wait(&barrier);
    execve(own_path(), (char *[]){"x", "end", NULL}, (char *[]){NULL});
    _exit(98);
    return unused;
}

static void *execute_or_fail(void *number)
{
    pthread_barrier_wait(&barrier);
    execve((long)number % 2 != 0 ? own_path() : "/nothing", (char *[]){"x", "end", NULL}, (char *[]){NULL});
    return number;
}

static void *exit_all(void *unused)
{
    pthread_barrier_wait(&barrier);
    _exit(7);
    return unused;
}

static void race(void *function)
{
    pthread_t thread;

    pthread_barrier_init(&barrier, NULL, THREADS);
    for (long i = 1; i < THREADS; i++)
        pthread_create(&thread, NULL, (void *(*)(void *))function, (void *)i);
    execute(NULL);
}

static void race_with_end(void *unused)
{
    pthread_t thread;

    (void)unused;
    pthread_barrier_init(&barrier, NULL, 3);
    pthread_create(&thread, NULL, exit_all, NULL);
    pthread_create(&thread, NULL, execute, NULL);
    execute(NULL);
}

int main(int argc, char **argv)
{
    int won = 0, mixed = 0, ended = 0;

    (void)argv;
    program_begin();
    if (argc > 1)
        return 3;
    for (int i = 0; i < ROUNDS; i++) {
        won += in_child(race, (void *)execute) == 3 << 8;
        mixed += in_child(race, (void *)execute_or_fail) == 3 << 8;
        int status = in_child(race_with_end, NULL);
        ended += status == 3 << 8 || status == 7 << 8;
    }
    expect_value("one of them runs", won, ROUNDS);
    expect_value("although others fail", mixed, ROUNDS);
    expect_value("or the process ends", ended, ROUNDS);
    return program_end();
}
