/* Locks whose word holds the owner's ID: LOCK_PI and its kind. */
#include "program.h"

#include "futex.h"
#include <pthread.h>
#include <time.h>

static uint32_t word;
static int turns;

static long lock_call(int operation, const struct timespec *deadline)
{
    return syscall(SYS_futex, &word, operation, 0, deadline, NULL, 0);
}

static void *worker(void *argument)
{
    uint32_t id = (uint32_t)syscall(SYS_gettid);
    (void)argument;

    for (int i = 0; i < 200; i++) {
        uint32_t expected = 0;
        if (!__atomic_compare_exchange_n(&word, &expected, id, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&
            lock_call(FUTEX_LOCK_PI | FUTEX_PRIVATE, NULL) != 0)
            printf("lock: errno %d\n", errno);
        int seen = turns;
        if (i % 16 == 0)
            syscall(SYS_sched_yield);
        turns = seen + 1;
        expected = id;
        if (!__atomic_compare_exchange_n(&word, &expected, 0, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&
            lock_call(FUTEX_UNLOCK_PI | FUTEX_PRIVATE, NULL) != 0)
            printf("unlock: errno %d\n", errno);
    }
    return NULL;
}

static void *holder(void *argument)
{
    (void)argument;
    expect_value("lock", lock_call(FUTEX_LOCK_PI | FUTEX_PRIVATE, NULL), 0);
    return NULL;
}

static void *impatient(void *argument)
{
    struct timespec past = {1, 0}, soon;
    (void)argument;

    expect_error("held by another", lock_call(FUTEX_TRYLOCK_PI | FUTEX_PRIVATE, NULL), EAGAIN);
    expect_error("deadline in the past", lock_call(FUTEX_LOCK_PI | FUTEX_PRIVATE, &past), ETIMEDOUT);
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 20000000;
    if (soon.tv_nsec >= 1000000000) {
        soon.tv_sec++;
        soon.tv_nsec -= 1000000000;
    }
    expect_error("deadline soon", lock_call(FUTEX_LOCK_PI | FUTEX_PRIVATE, &soon), ETIMEDOUT);
    expect_error("unlock of another's", lock_call(FUTEX_UNLOCK_PI | FUTEX_PRIVATE, NULL), EPERM);
    return NULL;
}

static void run(void *(*function)(void *))
{
    pthread_t thread;

    pthread_create(&thread, NULL, function, NULL);
    pthread_join(thread, NULL);
}

int main(void)
{
    pthread_t threads[4];
    uint32_t id = (uint32_t)syscall(SYS_gettid);

    program_begin();
    expect_value("lock", lock_call(FUTEX_LOCK_PI | FUTEX_PRIVATE, NULL), 0);
    expect_true("the word is the owner's ID", word == id);
    expect_error("twice", lock_call(FUTEX_LOCK_PI | FUTEX_PRIVATE, NULL), EDEADLK);
    expect_error("try twice", lock_call(FUTEX_TRYLOCK_PI | FUTEX_PRIVATE, NULL), EDEADLK);
    run(impatient);
    expect_value("unlock", lock_call(FUTEX_UNLOCK_PI | FUTEX_PRIVATE, NULL), 0);
    expect_value("the word", word, 0);
    expect_error("unlock what is free", lock_call(FUTEX_UNLOCK_PI | FUTEX_PRIVATE, NULL), EPERM);
    word = 999999;
    expect_error("held by nobody that exists", lock_call(FUTEX_LOCK_PI | FUTEX_PRIVATE, NULL), ESRCH);
    word = 0;
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
    expect_value("turns", turns, 200 * (long)COUNT_OF(threads));
    expect_value("the word", word, 0);
    run(holder);
    expect_true("its owner has gone", (word & FUTEX_TID_MASK) != 0 && (word & FUTEX_TID_MASK) != id);
    return program_end();
}
