/* lintel: variants=musl,glibc */
/* What POSIX threads have: rwlocks, barriers, once, keys, cancellation, detached ones, semaphores, spin
 * locks. */
#define _GNU_SOURCE
#include "program.h"

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#define THREADS 4

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static sem_t semaphore;
static int once_count, destroyed, value, serial;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void run_once(void)
{
    once_count++;
}

static void destroy_key(void *argument)
{
    __atomic_fetch_add(&destroyed, (int)(intptr_t)argument, __ATOMIC_SEQ_CST);
}

static void *work(void *argument)
{
    int me = (int)(intptr_t)argument;

    pthread_once(&once, run_once);
    pthread_setspecific(key, (void *)(intptr_t)(me + 1));
    for (int i = 0; i < 50; i++) {
        pthread_rwlock_wrlock(&rwlock);
        value++;
        pthread_rwlock_unlock(&rwlock);
        pthread_rwlock_rdlock(&rwlock);
        if (value == 0)
            printf("a reader saw nothing\n");
        pthread_rwlock_unlock(&rwlock);
    }
    for (int i = 0; i < 10; i++) {
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_fetch_add(&serial, 1, __ATOMIC_SEQ_CST);
    }
    return pthread_getspecific(key);
}

static void locks_and_barriers(void)
{
    pthread_t threads[THREADS];
    long sum = 0;

    pthread_barrier_init(&barrier, NULL, THREADS);
    pthread_key_create(&key, destroy_key);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        sum += (intptr_t)result;
    }
    expect_value("writes", value, 50 * THREADS);
    expect_value("once", once_count, 1);
    expect_value("serial threads of barriers", serial, 10);
    expect_value("values of the key", sum, 10);
    expect_value("destroyed", destroyed, 10);
}

static void *sleep_for_ever(void *argument)
{
    pthread_cleanup_push(destroy_key, (void *)100);
    if (argument != NULL)
        sem_wait(&semaphore);
    for (;;)
        sleep(1000);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *spin_for_ever(void *argument)
{
    (void)argument;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    sem_post(&semaphore);
    for (volatile int i = 0;; i++)
        ;
    return NULL;
}

static void cancel(void *(*function)(void *), void *argument, const char *what)
{
    pthread_t thread;
    void *result = NULL;

    pthread_create(&thread, NULL, function, argument);
    if (function == spin_for_ever)
        sem_wait(&semaphore);
    else
        usleep(10000);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    expect_true(what, result == PTHREAD_CANCELED);
}

static void cancellation(void)
{
    sem_init(&semaphore, 0, 0);
    destroyed = 0;
    cancel(sleep_for_ever, NULL, "cancelled in sleep");
    cancel(sleep_for_ever, &semaphore, "cancelled at a semaphore");
    expect_value("clean-up handlers", destroyed, 200);
    cancel(spin_for_ever, NULL, "cancelled at any place");
}

static void *detached(void *argument)
{
    (void)argument;
    sem_post(&semaphore);
    return NULL;
}

static void detached_threads(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int made = 0;

    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < 50; i++) {
        made += pthread_create(&thread, &attributes, detached, NULL) == 0;
        sem_wait(&semaphore);
    }
    expect_value("detached threads", made, 50);
}

static void *hold(void *argument)
{
    pthread_mutex_lock(argument);
    sem_post(&semaphore);
    usleep(20000);
    pthread_mutex_unlock(argument);
    return NULL;
}

static void mutex_kinds(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t recursive, checking;
    pthread_t thread;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&checking, &attributes);
    expect_value("recursive", pthread_mutex_lock(&recursive) + pthread_mutex_lock(&recursive), 0);
    expect_value("unlock", pthread_mutex_unlock(&recursive) + pthread_mutex_unlock(&recursive), 0);
    expect_value("one too many", pthread_mutex_unlock(&recursive), EPERM);
    expect_value("checking", pthread_mutex_lock(&checking), 0);
    expect_value("twice", pthread_mutex_lock(&checking), EDEADLK);
    expect_value("unlock", pthread_mutex_unlock(&checking), 0);
    pthread_create(&thread, NULL, hold, &mutex);
    sem_wait(&semaphore);
    expect_value("wait for another thread", pthread_mutex_lock(&mutex), 0);
    expect_value("unlock", pthread_mutex_unlock(&mutex), 0);
    pthread_join(thread, NULL);
}

int main(void)
{
    program_begin();
    locks_and_barriers();
    cancellation();
    detached_threads();
    mutex_kinds();
    return program_end();
}
