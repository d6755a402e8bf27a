/* lintel: variants=musl,glibc timeout=60 */
/* PTHREAD_PRIO_INHERIT: mutexes, conditions, robustness, errors. */
#include "realtime.h"

#include <pthread.h>

#define THREADS 4
#define ROUNDS 100

static pthread_mutex_t mutex;
static pthread_cond_t condition, all_wait;
static int waiting, generation, turns;

static void init(int type, int robust)
{
    pthread_mutexattr_t attributes;
    int protocol = -1;

    pthread_mutexattr_init(&attributes);
    expect_value("protocol", pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT), 0);
    pthread_mutexattr_getprotocol(&attributes, &protocol);
    expect_value("is kept", protocol, PTHREAD_PRIO_INHERIT);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutexattr_setrobust(&attributes, robust);
    expect_value("init", pthread_mutex_init(&mutex, &attributes), 0);
}

static void *fail_to_lock(void *argument)
{
    struct timespec deadline = soon();
    (void)argument;

    expect_value("try", pthread_mutex_trylock(&mutex), EBUSY);
    expect_value("for a moment", pthread_mutex_timedlock(&mutex, &deadline), ETIMEDOUT);
    return NULL;
}

static void run(void *(*function)(void *))
{
    pthread_t thread;

    pthread_create(&thread, NULL, function, NULL);
    pthread_join(thread, NULL);
}

static void errors(void)
{
    init(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED);
    expect_value("unlock what is free", pthread_mutex_unlock(&mutex), EPERM);
    expect_value("lock", pthread_mutex_lock(&mutex), 0);
    expect_value("twice", pthread_mutex_lock(&mutex), EDEADLK);
    run(fail_to_lock);
    expect_value("unlock", pthread_mutex_unlock(&mutex), 0);
    expect_value("destroy", pthread_mutex_destroy(&mutex), 0);
    init(PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED);
    expect_value("lock", pthread_mutex_lock(&mutex), 0);
    expect_value("twice", pthread_mutex_lock(&mutex), 0);
    expect_value("unlock", pthread_mutex_unlock(&mutex), 0);
    run(fail_to_lock);
    expect_value("unlock", pthread_mutex_unlock(&mutex), 0);
    expect_value("destroy", pthread_mutex_destroy(&mutex), 0);
}

/* All wait for the next generation, which one announces to all. */
static void *follow(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&mutex);
    for (int seen = 0; seen < ROUNDS; seen++) {
        waiting++;
        pthread_cond_signal(&all_wait);
        while (generation == seen)
            pthread_cond_wait(&condition, &mutex);
        turns++;
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void broadcasts(void)
{
    pthread_t threads[THREADS];

    init(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED);
    pthread_cond_init(&condition, NULL);
    pthread_cond_init(&all_wait, NULL);
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, follow, NULL);
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < ROUNDS; i++) {
        while (waiting < THREADS * (i + 1))
            pthread_cond_wait(&all_wait, &mutex);
        generation++;
        pthread_cond_broadcast(&condition);
    }
    pthread_mutex_unlock(&mutex);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    expect_value("turns", turns, THREADS * ROUNDS);
    expect_value("destroy", pthread_mutex_destroy(&mutex), 0);
}

/* Threads of different priorities, and the order in which they had the mutex. */
struct heir {
    pthread_t thread;
    uint32_t id;
    int result, turn;
};

static uint32_t owner_id;
static int may_end, heir_turns;

static void *lock_and_end(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&mutex);
    __atomic_store_n(&owner_id, own_id(), __ATOMIC_SEQ_CST);
    while (!__atomic_load_n(&may_end, __ATOMIC_SEQ_CST))
        usleep(500);
    return NULL;
}

static void *inherit(void *argument)
{
    struct heir *self = argument;

    set_priority(own_id(), 10 * (1 + self->turn));
    self->result = pthread_mutex_lock(&mutex);
    self->turn = heir_turns++;
    if (self->result == EOWNERDEAD)
        pthread_mutex_consistent(&mutex);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void robust_heirs(void)
{
    struct heir heirs[3];
    pthread_t owner;

    init(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST);
    pthread_create(&owner, NULL, lock_and_end, NULL);
    while (__atomic_load_n(&owner_id, __ATOMIC_SEQ_CST) == 0)
        usleep(500);
    for (int i = 0; i < 3; i++) {
        heirs[i].turn = i;
        pthread_create(&heirs[i].thread, NULL, inherit, &heirs[i]);
        expect_priority("owner", owner_id, 10 * (1 + i));
    }
    __atomic_store_n(&may_end, 1, __ATOMIC_SEQ_CST);
    pthread_join(owner, NULL);
    for (int i = 0; i < 3; i++) {
        pthread_join(heirs[i].thread, NULL);
        expect_ranked("lock", heirs[i].result, i == 2 ? EOWNERDEAD : 0);
        expect_ranked("turn", heirs[i].turn, 2 - i);
    }
    expect_value("lock", pthread_mutex_lock(&mutex), 0);
    expect_value("unlock", pthread_mutex_unlock(&mutex), 0);
}

int main(void)
{
    realtime_begin();
    errors();
    broadcasts();
    robust_heirs();
    return program_end();
}
