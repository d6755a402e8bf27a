/* lintel: timeout=60 */
/* On one CPU: who has the lock that an important thread waits for is not held up by those in between. */
#define _GNU_SOURCE
#include "actor.h"

#define LIMIT_NS 900000000ll /* how long the one in between keeps the CPU if nobody tells it to stop */
#define ROUNDS 5

static uint32_t lock;
static int has_had_lock;

static long long now_ns(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void stay_on_this_cpu(void)
{
    unsigned cpu = 0;
    cpu_set_t cpus;

    syscall(SYS_getcpu, &cpu, NULL, NULL);
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    expect_value("affinity", sched_setaffinity(0, sizeof(cpus), &cpus), 0);
}

/* Works with the lock held until somebody wants it. */
static void *low(void *argument)
{
    int *has_lock = argument;

    actor_lock_call(&lock, FUTEX_LOCK_PI, NULL);
    __atomic_store_n(has_lock, 1, __ATOMIC_SEQ_CST);
    futex(has_lock, FUTEX_WAKE | FUTEX_PRIVATE, 1, NULL, NULL, 0);
    while ((__atomic_load_n(&lock, __ATOMIC_SEQ_CST) & FUTEX_WAITERS) == 0)
        sched_yield();
    actor_lock_call(&lock, FUTEX_UNLOCK_PI, NULL);
    return NULL;
}

/* Does not need the lock, only the CPU. Returns whether the lock was had before its time was over. */
static void *middle(void *argument)
{
    const long long end_ns = now_ns() + LIMIT_NS;
    (void)argument;

    while (!__atomic_load_n(&has_had_lock, __ATOMIC_SEQ_CST) && now_ns() < end_ns)
        ;
    return __atomic_load_n(&has_had_lock, __ATOMIC_SEQ_CST) ? &has_had_lock : NULL;
}

static void *high(void *argument)
{
    (void)argument;
    actor_lock_call(&lock, FUTEX_LOCK_PI, NULL);
    __atomic_store_n(&has_had_lock, 1, __ATOMIC_SEQ_CST);
    actor_lock_call(&lock, FUTEX_UNLOCK_PI, NULL);
    return NULL;
}

static void start(pthread_t *thread, int priority, void *(*function)(void *), void *argument)
{
    const struct sched_param param = {.sched_priority = priority};
    pthread_attr_t attributes;

    pthread_attr_init(&attributes);
    if (realtime_is_allowed) {
        pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
        pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
        pthread_attr_setschedparam(&attributes, &param);
    }
    if (pthread_create(thread, &attributes, function, argument) != 0)
        exit(2);
    pthread_attr_destroy(&attributes);
}

/* The one in between begins as soon as this thread, which goes before all others, waits for it; and so does
 * the important one, ahead of it. */
static void invert(void)
{
    pthread_t low_thread, middle_thread, high_thread;
    void *was_in_time;
    int has_lock = 0;

    has_had_lock = 0;
    start(&low_thread, 10, low, &has_lock);
    while (!__atomic_load_n(&has_lock, __ATOMIC_SEQ_CST))
        futex(&has_lock, FUTEX_WAIT | FUTEX_PRIVATE, 0, NULL, NULL, 0);
    start(&middle_thread, 20, middle, NULL);
    start(&high_thread, 30, high, NULL);
    pthread_join(middle_thread, &was_in_time);
    pthread_join(high_thread, NULL);
    pthread_join(low_thread, NULL);
    expect_ranked("the lock was had while another one kept the CPU", was_in_time != NULL, 1);
}

int main(void)
{
    realtime_begin();
    stay_on_this_cpu();
    set_priority(own_id(), 40);
    for (int i = 0; i < ROUNDS; i++)
        invert();
    expect_value("the lock", lock, 0);
    return program_end();
}
