/* lock-torture: spin locks, taken and tried, by threads and by timers, and mutexes, whose holders sleep: what
 * they guard is only right if one at a time gets at it. And whoever wants a mutex gets it. Each part lasts a
 * fixed time: a lock that many emulated CPUs of few real ones pass on to each other is slow. */
#include <stddef.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/timer.h"
#include "sched/mutex.h"
#include "test/suites.h"
#include "test/test.h"
#include "test/test_tools.h"

#define TORTURE_MS 400
#define TORTURERS 12
#define TIMERS_MAX 16
#define TIMER_PERIOD_NS 200000ull
#define FAIR_TIMES 10 /* that who asks seldom must get the mutex */

/* Two numbers that are equal whenever nobody is at them. */
struct guarded {
    volatile uint64_t first, second;
};

static struct spinlock spin = SPINLOCK_INITIALIZER(LOCK_RANK_TEST);
static struct guarded by_spin;
static struct mutex mutex;
static struct guarded by_mutex;
static _Atomic(uint64_t) spin_turns, mutex_turns;
static uint64_t start_ns;
static atomic_bool is_over;

static void guarded_count(struct guarded *guarded)
{
    uint64_t value = guarded->first;

    TEST_CHECK(value == guarded->second);
    guarded->first = value + 1;
    cpu_pause();
    guarded->second = value + 1;
}

static void count_under_spin_lock(void)
{
    struct spinlock_state state = spin_lock(&spin);

    guarded_count(&by_spin);
    spin_unlock(&spin, state);
    atomic_fetch_add(&spin_turns, 1);
}

static bool count_if_free(void)
{
    struct spinlock_state state;

    if (!spin_try_lock(&spin, &state))
        return false;
    guarded_count(&by_spin);
    spin_unlock(&spin, state);
    atomic_fetch_add(&spin_turns, 1);
    return true;
}

static void torture_spin_lock(void *argument)
{
    struct test_random random;

    test_random_init(&random, (uint64_t)(uintptr_t)argument);
    while (!test_has_passed(start_ns, TORTURE_MS)) {
        if (test_random_below(&random, 2) == 0)
            (void)count_if_free();
        else
            count_under_spin_lock();
        if (test_random_below(&random, 16) == 0)
            thread_yield();
    }
}

/* The timers, too, one on each CPU, want the lock. */
struct torture_timer {
    struct timer timer;
    atomic_bool has_ended;
};

static void torture_timer_expired(struct timer *timer)
{
    struct torture_timer *self =
        (struct torture_timer *)((char *)timer - offsetof(struct torture_timer, timer));

    count_under_spin_lock();
    TEST_CHECK(!cpu_interrupts_save()); /* the lock has left them as they were */
    if (test_has_passed(start_ns, TORTURE_MS))
        atomic_store(&self->has_ended, true);
    else
        timer_start(timer, clock_monotonic_ns() + TIMER_PERIOD_NS);
}

static void run_timer(void *argument)
{
    static struct torture_timer timers[TIMERS_MAX];
    unsigned cpu = (unsigned)(uintptr_t)argument;
    struct torture_timer *self = &timers[cpu];

    test_pin(cpu);
    atomic_store(&self->has_ended, false);
    timer_init(&self->timer, torture_timer_expired);
    timer_start(&self->timer, clock_monotonic_ns());
    while (!atomic_load(&self->has_ended))
        thread_sleep_ns(TEST_NS_PER_MS);
}

static void torture_spin_locks(void)
{
    struct thread *threads[TORTURERS + TIMERS_MAX];
    unsigned count = 0;

    by_spin = (struct guarded){0, 0};
    atomic_store(&spin_turns, 0);
    start_ns = clock_monotonic_ns();
    for (uintptr_t i = 0; i < TORTURERS; i++)
        threads[count++] = test_start("torturer", torture_spin_lock, (void *)i, NULL);
    for (uintptr_t cpu = 0; cpu < cpu_count_online() && cpu < TIMERS_MAX; cpu++)
        threads[count++] = test_start("timer", run_timer, (void *)cpu, NULL);
    test_join_all(threads, count);
    TEST_CHECK(by_spin.first == by_spin.second);
    TEST_CHECK(by_spin.first == atomic_load(&spin_turns));
    log_info("test lock-torture: %lu turns of a spin lock", atomic_load(&spin_turns));
}

/* Now and then the holder sleeps or gives the CPU away. */
static void torture_mutex(void *argument)
{
    struct test_random random;

    test_random_init(&random, (uint64_t)(uintptr_t)argument);
    while (!test_has_passed(start_ns, TORTURE_MS)) {
        uint64_t choice = test_random_below(&random, 16);
        if (choice < 4 && !mutex_try_lock(&mutex))
            continue;
        if (choice >= 4)
            mutex_lock(&mutex);
        uint64_t value = by_mutex.first;
        TEST_CHECK(value == by_mutex.second);
        by_mutex.first = value + 1;
        if (choice == 15)
            thread_sleep_ns(test_random_below(&random, 50000));
        else if (choice == 14)
            thread_yield();
        by_mutex.second = value + 1;
        mutex_unlock(&mutex);
        atomic_fetch_add(&mutex_turns, 1);
    }
}

static void torture_mutexes(void)
{
    struct thread *threads[TORTURERS];

    mutex_init(&mutex, LOCK_RANK_TEST_MUTEX);
    by_mutex = (struct guarded){0, 0};
    atomic_store(&mutex_turns, 0);
    start_ns = clock_monotonic_ns();
    for (uintptr_t i = 0; i < TORTURERS; i++)
        threads[i] = test_start("torturer", torture_mutex, (void *)i, NULL);
    test_join_all(threads, TORTURERS);
    TEST_CHECK(by_mutex.first == by_mutex.second);
    TEST_CHECK(by_mutex.first == atomic_load(&mutex_turns));
    log_info("test lock-torture: %lu turns of a mutex", atomic_load(&mutex_turns));
}

/* Holds it nearly always, and takes it again at once. */
static void be_greedy(void *argument)
{
    (void)argument;
    while (!atomic_load(&is_over)) {
        mutex_lock(&mutex);
        for (int i = 0; i < 100; i++)
            cpu_pause();
        mutex_unlock(&mutex);
    }
}

/* A thread that is kept out for ever shows as a suite that takes too long. */
static void nobody_starves(void)
{
    struct thread *threads[TORTURERS];
    unsigned greedy = cpu_count_online() + 1;

    if (greedy > TORTURERS)
        greedy = TORTURERS;
    mutex_init(&mutex, LOCK_RANK_TEST_MUTEX);
    atomic_store(&is_over, false);
    for (unsigned i = 0; i < greedy; i++)
        threads[i] = test_start("greedy", be_greedy, NULL, NULL);
    for (int i = 0; i < FAIR_TIMES; i++) {
        mutex_lock(&mutex);
        mutex_unlock(&mutex);
    }
    atomic_store(&is_over, true);
    test_join_all(threads, greedy);
}

void test_lock_torture(void)
{
    torture_spin_locks();
    torture_mutexes();
    nobody_starves();
}
