/* lintel: variants=musl,glibc timeout=60 */
/* Waits at one word that are moved to the queue of a lock: WAIT_REQUEUE_PI and CMP_REQUEUE_PI. */
#include "program.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#include "futex.h"

#define WAITERS 3

static uint32_t word, lock, other_lock;

/* One thread that waits. */
struct waiter {
    pthread_t thread;
    const struct timespec *deadline;
    uint32_t id;
    long result;
    int error;
    uint32_t lock_seen;
    int has_locked_first; /* it takes the lock before it waits */
    int is_done;
};

static uint32_t own_id(void)
{
    return (uint32_t)syscall(SYS_gettid);
}

static long wait_for_lock(const void *deadline)
{
    return futex(&word, FUTEX_WAIT_REQUEUE_PI | FUTEX_PRIVATE, 0, deadline, &lock, 0);
}

static long requeue(unsigned wake_count, long requeue_count, uint32_t compare)
{
    return futex(&word, FUTEX_CMP_REQUEUE_PI | FUTEX_PRIVATE, wake_count, (void *)requeue_count, &lock,
                 compare);
}

static long lock_call(uint32_t *address, int operation)
{
    return futex(address, operation | FUTEX_PRIVATE, 0, NULL, NULL, 0);
}

static void *wait_and_unlock(void *argument)
{
    struct waiter *self = argument;

    __atomic_store_n(&self->id, own_id(), __ATOMIC_SEQ_CST);
    if (self->has_locked_first)
        lock_call(&lock, FUTEX_LOCK_PI);
    self->result = wait_for_lock(self->deadline);
    self->error = self->result == -1 ? errno : 0;
    self->lock_seen = __atomic_load_n(&lock, __ATOMIC_SEQ_CST);
    if (self->result == 0)
        lock_call(&lock, FUTEX_UNLOCK_PI);
    __atomic_store_n(&self->is_done, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void start(struct waiter *waiter, void *(*function)(void *))
{
    pthread_create(&waiter->thread, NULL, function, waiter);
}

static void show(const char *what, struct waiter *waiter)
{
    pthread_join(waiter->thread, NULL);
    printf("%s: result %ld, errno %d, the lock is its own: %d, is waited for: %d, was left behind: %d\n",
           what, waiter->result, waiter->error, (waiter->lock_seen & FUTEX_TID_MASK) == waiter->id,
           (waiter->lock_seen & FUTEX_WAITERS) != 0, (waiter->lock_seen & FUTEX_OWNER_DIED) != 0);
}

/* Requeue until somebody is there; returns what the call said then. */
static long requeue_when_there(long requeue_count)
{
    long result;

    while ((result = requeue(1, requeue_count, 0)) == 0)
        sched_yield();
    return result;
}

static struct timespec from_now(clockid_t clock, long milliseconds)
{
    struct timespec time;

    clock_gettime(clock, &time);
    time.tv_nsec += milliseconds * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static void refused_waits(void)
{
    const struct timespec past = {1, 0}, negative = {-1, 0}, too_many = {0, 1000000000};
    const struct timespec soon = from_now(CLOCK_MONOTONIC, 20), soon_by_wall = from_now(CLOCK_REALTIME, 20);
    const int wait = FUTEX_WAIT_REQUEUE_PI | FUTEX_PRIVATE;

    expect_error("another value", futex(&word, wait, 1, NULL, &lock, 0), EAGAIN);
    expect_error("one word", futex(&word, wait, 0, &past, &word, 0), EINVAL);
    expect_error("unaligned", futex((char *)&word + 1, wait, 0, &past, &lock, 0), EINVAL);
    expect_error("unaligned lock", futex(&word, wait, 0, &past, (char *)&lock + 2, 0), EINVAL);
    expect_error("bad word", futex((void *)16, wait, 0, &past, &lock, 0), EFAULT);
    expect_error("bad shared lock", futex(&word, FUTEX_WAIT_REQUEUE_PI, 0, &past, (void *)16, 0), EFAULT);
    expect_error("lock of the kernel", futex(&word, wait, 0, &past, (void *)0xffff800000000000, 0), EFAULT);
    expect_error("bad timeout", wait_for_lock((void *)8), EFAULT);
    expect_error("negative timeout", wait_for_lock(&negative), EINVAL);
    expect_error("nanoseconds", wait_for_lock(&too_many), EINVAL);
    expect_error("past", wait_for_lock(&past), ETIMEDOUT);
    expect_error("soon", wait_for_lock(&soon), ETIMEDOUT);
    expect_error("soon by the wall clock", futex(&word, wait | FUTEX_WALL_CLOCK, 0, &soon_by_wall, &lock, 0),
                 ETIMEDOUT);
    expect_error("bad timeout of an operation without that clock",
                 futex(&word, FUTEX_LOCK_PI | FUTEX_WALL_CLOCK, 0, (void *)8, NULL, 0), EFAULT);
}

static void refused_requeues(void)
{
    const int operation = FUTEX_CMP_REQUEUE_PI | FUTEX_PRIVATE;

    expect_value("nobody", requeue(1, 1, 0), 0);
    expect_error("another value", requeue(1, 1, 5), EAGAIN);
    expect_error("wake none", requeue(0, 1, 0), EINVAL);
    expect_error("wake two", requeue(2, 1, 0), EINVAL);
    expect_error("wake -1", requeue(-1u, 1, 0), EINVAL);
    expect_error("requeue -1", requeue(1, -1, 0), EINVAL);
    expect_error("one word", futex(&word, operation, 1, (void *)1L, &word, 0), EINVAL);
    expect_error("unaligned lock", futex(&word, operation, 1, (void *)1L, (char *)&lock + 1, 0), EINVAL);
    expect_error("bad word", futex((void *)16, operation, 1, (void *)1L, &lock, 0), EFAULT);
    expect_error("with a clock", futex(&word, operation | FUTEX_WALL_CLOCK, 1, (void *)1L, &lock, 0), ENOSYS);
}

/* One word that lies at two addresses. */
static void one_word_twice(void)
{
    const struct timespec past = {1, 0};
    int file = (int)syscall(SYS_memfd_create, "words", 0);

    expect_value("ftruncate", ftruncate(file, PAGE), 0);
    uint32_t *first = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    uint32_t *second = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    expect_error("wait at a word for itself", futex(first, FUTEX_WAIT_REQUEUE_PI, 0, &past, second, 0),
                 EINVAL);
    expect_error("but not with another value", futex(first, FUTEX_WAIT_REQUEUE_PI, 1, &past, second, 0),
                 EAGAIN);
    expect_error("requeue a word to itself", futex(first, FUTEX_CMP_REQUEUE_PI, 1, (void *)1L, second, 0),
                 EINVAL);
    munmap(first, PAGE);
    munmap(second, PAGE);
    close(file);
}

/* The lock is nobody's: the first has it at once. */
static void lock_is_free(void)
{
    struct waiter waiter = {.deadline = NULL};

    start(&waiter, wait_and_unlock);
    expect_value("free lock, one alone", requeue_when_there(0), 1);
    show("it", &waiter);
    waiter = (struct waiter){.deadline = NULL};
    start(&waiter, wait_and_unlock);
    expect_value("free lock, others may follow", requeue_when_there(5), 1);
    show("it", &waiter);
    expect_value("the lock", lock, 0);
}

static void lock_is_held(void)
{
    struct waiter waiters[WAITERS] = {{.deadline = NULL}};
    long moved = 0;

    expect_value("lock", lock_call(&lock, FUTEX_LOCK_PI), 0);
    for (size_t i = 0; i < WAITERS; i++)
        start(&waiters[i], wait_and_unlock);
    while (moved < WAITERS)
        moved += requeue(1, 0, 0);
    expect_value("requeued one by one", moved, WAITERS);
    expect_true("it is waited for", lock == (own_id() | FUTEX_WAITERS));
    expect_error("requeued ones are no plain waiters",
                 futex(&lock, FUTEX_WAKE | FUTEX_PRIVATE, 1, NULL, NULL, 0), EINVAL);
    expect_value("unlock", lock_call(&lock, FUTEX_UNLOCK_PI), 0);
    for (size_t i = 0; i < WAITERS; i++)
        show("one of three", &waiters[i]);
    expect_value("the lock", lock, 0);
}

/* Only what goes together is moved together. */
static void other_kinds(void)
{
    struct waiter waiter = {.deadline = NULL};
    long result;

    start(&waiter, wait_and_unlock);
    while ((result = futex(&word, FUTEX_WAKE | FUTEX_PRIVATE, 1, NULL, NULL, 0)) == 0)
        sched_yield();
    expect_error("WAKE", result, EINVAL);
    expect_error("REQUEUE", futex(&word, FUTEX_REQUEUE | FUTEX_PRIVATE, 1, (void *)1L, &lock, 0), EINVAL);
    expect_error("another lock",
                 futex(&word, FUTEX_CMP_REQUEUE_PI | FUTEX_PRIVATE, 1, (void *)1L, &other_lock, 0), EINVAL);
    expect_error("LOCK_PI of that word", lock_call(&word, FUTEX_LOCK_PI), EINVAL);
    expect_value("its own lock", requeue(1, 0, 0), 1);
    show("it", &waiter);
}

static void *wait_plainly(void *argument)
{
    struct waiter *self = argument;

    self->result = futex(&word, FUTEX_WAIT | FUTEX_PRIVATE, 0, NULL, NULL, 0);
    return NULL;
}

static void plain_waiters(void)
{
    struct waiter waiter = {.deadline = NULL};

    start(&waiter, wait_plainly);
    expect_error("plain waiters", requeue_when_there(1), EINVAL);
    expect_value("wake", futex(&word, FUTEX_WAKE | FUTEX_PRIVATE, 1, NULL, NULL, 0), 1);
    pthread_join(waiter.thread, NULL);
}

/* Requeue until the thread is there; false if its time was over before. */
static int requeue_in_time(const struct waiter *waiter)
{
    while (!__atomic_load_n(&waiter->is_done, __ATOMIC_SEQ_CST)) {
        if (requeue(1, 0, 0) == 1)
            return 1;
        sched_yield();
    }
    return 0;
}

static void timeout_after_requeue(void)
{
    struct timespec soon;
    struct waiter waiter;

    expect_value("lock", lock_call(&lock, FUTEX_LOCK_PI), 0);
    for (long milliseconds = 100;; milliseconds *= 2) {
        soon = from_now(CLOCK_MONOTONIC, milliseconds);
        waiter = (struct waiter){.deadline = &soon};
        start(&waiter, wait_and_unlock);
        if (requeue_in_time(&waiter))
            break;
        pthread_join(waiter.thread, NULL);
    }
    show("until its time was over", &waiter);
    expect_value("unlock", lock_call(&lock, FUTEX_UNLOCK_PI), 0);
    expect_value("the lock", lock, 0);
}

static int signals_handled;

static void handle(int signal)
{
    (void)signal;
    __atomic_fetch_add(&signals_handled, 1, __ATOMIC_SEQ_CST);
}

static void signal_and_wait(const struct waiter *waiter)
{
    int before = __atomic_load_n(&signals_handled, __ATOMIC_SEQ_CST);

    pthread_kill(waiter->thread, SIGUSR1);
    while (__atomic_load_n(&signals_handled, __ATOMIC_SEQ_CST) == before)
        sched_yield();
}

/* Before it is moved a wait goes on behind a handler; afterwards it ends. */
static void with_signals(void)
{
    struct sigaction action = {.sa_handler = handle};
    struct waiter waiter = {.deadline = NULL};

    sigaction(SIGUSR1, &action, NULL);
    expect_value("lock", lock_call(&lock, FUTEX_LOCK_PI), 0);
    start(&waiter, wait_and_unlock);
    while (futex(&word, FUTEX_WAKE | FUTEX_PRIVATE, 1, NULL, NULL, 0) == 0)
        sched_yield(); /* until it waits */
    signal_and_wait(&waiter);
    expect_value("requeue", requeue_when_there(0), 1);
    expect_value("it waits still", __atomic_load_n(&waiter.is_done, __ATOMIC_SEQ_CST), 0);
    signal_and_wait(&waiter);
    show("signal after the requeue", &waiter);
    expect_value("unlock", lock_call(&lock, FUTEX_UNLOCK_PI), 0);
    expect_value("the lock", lock, 0);
}

/* Who has the lock would wait for itself. */
static void deadlock(void)
{
    struct waiter waiter = {.has_locked_first = 1};

    start(&waiter, wait_and_unlock);
    expect_error("it has the lock", requeue_when_there(0), EDEADLK);
    expect_true("and keeps it", lock == waiter.id);
    expect_error("it waits still", futex(&word, FUTEX_WAKE | FUTEX_PRIVATE, 1, NULL, NULL, 0), EINVAL);
    __atomic_store_n(&lock, 999999, __ATOMIC_SEQ_CST);
    expect_error("the lock is nobody's that exists", requeue(1, 0, 0), ESRCH);
    __atomic_store_n(&lock, 0, __ATOMIC_SEQ_CST);
    expect_value("the lock is free", requeue(1, 0, 0), 1);
    show("it", &waiter);
}

static uint32_t is_to_end;

static void *lock_and_end(void *argument)
{
    (void)argument;
    lock_call(&lock, FUTEX_LOCK_PI);
    __atomic_store_n(&is_to_end, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&is_to_end, __ATOMIC_SEQ_CST) == 1)
        sched_yield();
    return NULL;
}

static void owner_ends(void)
{
    struct waiter owner, waiters[WAITERS] = {{.deadline = NULL}};
    long moved = 0;

    start(&owner, lock_and_end);
    while (__atomic_load_n(&is_to_end, __ATOMIC_SEQ_CST) == 0)
        sched_yield();
    for (size_t i = 0; i < WAITERS; i++)
        start(&waiters[i], wait_and_unlock);
    while (moved < WAITERS)
        moved += requeue(1, 100, 0);
    __atomic_store_n(&is_to_end, 2, __ATOMIC_SEQ_CST);
    pthread_join(owner.thread, NULL);
    int left_behind = 0, owned = 0;
    for (size_t i = 0; i < WAITERS; i++) {
        pthread_join(waiters[i].thread, NULL);
        owned += waiters[i].result == 0 && (waiters[i].lock_seen & FUTEX_TID_MASK) == waiters[i].id;
        left_behind += (waiters[i].lock_seen & FUTEX_OWNER_DIED) != 0;
    }
    expect_value("all had the lock", owned, WAITERS);
    expect_value("the first one found it left behind", left_behind, 1);
    expect_value("the lock", lock, 0);
}

int main(void)
{
    program_begin();
    refused_waits();
    refused_requeues();
    one_word_twice();
    lock_is_free();
    lock_is_held();
    other_kinds();
    plain_waiters();
    timeout_after_requeue();
    with_signals();
    deadlock();
    owner_ends();
    return program_end();
}
