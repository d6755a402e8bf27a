/* lintel: variants=musl,glibc */
/* Mutexes and condition variables among threads that take turns. */
#include "program.h"

#include <pthread.h>
#include <time.h>

#define THREADS 4
#define TURNS 100

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int turn, sum;

static void *player(void *argument)
{
    int me = (int)(intptr_t)argument;

    for (int i = 0; i < TURNS; i++) {
        pthread_mutex_lock(&mutex);
        while (turn % THREADS != me)
            pthread_cond_wait(&condition, &mutex);
        turn++;
        sum += me;
        pthread_cond_broadcast(&condition);
        pthread_mutex_unlock(&mutex);
    }
    return (void *)(intptr_t)(me * 10);
}

static void waits_end(void)
{
    struct timespec soon;

    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 30000000;
    if (soon.tv_nsec >= 1000000000) {
        soon.tv_sec++;
        soon.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&mutex);
    expect_value("timed wait", pthread_cond_timedwait(&condition, &mutex, &soon), ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
    pthread_mutex_lock(&mutex);
    expect_value("try a locked one", pthread_mutex_trylock(&mutex), EBUSY);
    expect_value("timed lock", pthread_mutex_timedlock(&mutex, &soon), ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
}

int main(void)
{
    pthread_t threads[THREADS];
    long total = 0;

    program_begin();
    for (int i = 0; i < THREADS; i++)
        expect_value("create", pthread_create(&threads[i], NULL, player, (void *)(intptr_t)i), 0);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        expect_value("join", pthread_join(threads[i], &result), 0);
        total += (intptr_t)result;
    }
    expect_value("turns", turn, THREADS * TURNS);
    expect_value("sum", sum, TURNS * 6);
    expect_value("results", total, 60);
    waits_end();
    return program_end();
}
