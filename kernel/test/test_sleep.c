/* sleep: sleepers wake in the order of their deadlines and never early, from thread_sleep_until() and from
 * wait queues that nobody wakes. */
#include <stddef.h>

#include "abi/errno.h"
#include "core/clock.h"
#include "test/suites.h"
#include "test/test.h"
#include "test/test_tools.h"

#define SLEEPERS 24
#define FIRST_DEADLINE_NS (50 * TEST_NS_PER_MS)
#define IN_TIME_NS (45 * TEST_NS_PER_MS) /* all should sleep by then */
#define APART_NS 100000ull
#define SLEEPER_PRIORITY 20
#define RANDOM_SLEEPERS 16
#define RANDOM_SLEEPS 10
#define RANDOM_SLEEP_NS (10 * TEST_NS_PER_MS)

struct sleeper {
    unsigned position; /* of its deadline among all */
    uint64_t in_time_ns, deadline_ns;
};

static struct sleeper sleepers[SLEEPERS];
static unsigned woken[SLEEPERS]; /* positions in the order of waking */
static unsigned woken_count;     /* of threads of one CPU that do not preempt each other */
static bool all_slept_in_time;   /* of the same */

static void sleep_in_order(void *argument)
{
    const struct sleeper *self = argument;

    if (clock_monotonic_ns() > self->in_time_ns)
        all_slept_in_time = false;
    thread_sleep_until(self->deadline_ns);
    TEST_CHECK(clock_monotonic_ns() >= self->deadline_ns);
    woken[woken_count++] = self->position;
}

static void shuffle(unsigned *numbers, unsigned count)
{
    struct test_random random;

    test_random_init(&random, 0);
    for (unsigned i = 0; i < count; i++)
        numbers[i] = i;
    for (unsigned i = count - 1; i > 0; i--) {
        unsigned other = (unsigned)test_random_below(&random, i + 1), swapped = numbers[i];
        numbers[i] = numbers[other];
        numbers[other] = swapped;
    }
}

/* However late a timer's interrupt is, the first deadline is served first. A machine so slow that not all
 * sleep in time proves nothing. */
static void sleep_in_order_on(unsigned cpu)
{
    struct cpu_set cpus = test_one_cpu(cpu);
    struct thread_options options = {.policy = SCHED_FIFO, .priority = SLEEPER_PRIORITY, .cpus = &cpus};
    struct thread *threads[SLEEPERS];
    unsigned positions[SLEEPERS];
    uint64_t now_ns = clock_monotonic_ns();

    woken_count = 0;
    all_slept_in_time = true;
    shuffle(positions, SLEEPERS);
    for (unsigned i = 0; i < SLEEPERS; i++) {
        sleepers[i] = (struct sleeper){positions[i], now_ns + IN_TIME_NS,
                                       now_ns + FIRST_DEADLINE_NS + positions[i] * APART_NS};
        threads[i] = test_start("sleeper", sleep_in_order, &sleepers[i], &options);
    }
    test_join_all(threads, SLEEPERS);
    TEST_CHECK(woken_count == SLEEPERS);
    for (unsigned i = 0; i < SLEEPERS && all_slept_in_time; i++)
        TEST_CHECK(woken[i] == i);
}

static void sleep_at_random(void *argument)
{
    struct test_random random;

    test_random_init(&random, (uint64_t)(uintptr_t)argument);
    for (unsigned i = 0; i < RANDOM_SLEEPS; i++) {
        uint64_t start_ns = clock_monotonic_ns(), duration_ns = test_random_below(&random, RANDOM_SLEEP_NS);
        thread_sleep_ns(duration_ns);
        TEST_CHECK(clock_monotonic_ns() >= start_ns + duration_ns);
    }
}

static void sleep_everywhere_at_random(void)
{
    struct thread *threads[RANDOM_SLEEPERS];

    for (unsigned i = 0; i < RANDOM_SLEEPERS; i++)
        threads[i] = test_start("sleeper", sleep_at_random, (void *)(uintptr_t)i, NULL);
    test_join_all(threads, RANDOM_SLEEPERS);
}

static void time_out_in_a_queue(void)
{
    static struct spinlock lock = SPINLOCK_INITIALIZER(LOCK_RANK_TEST);
    struct wait_queue queue;
    struct spinlock_state state = spin_lock(&lock);

    wait_queue_init(&queue);
    for (uint64_t wait_ns = 0; wait_ns <= 8 * TEST_NS_PER_MS; wait_ns = wait_ns * 2 + APART_NS) {
        uint64_t deadline_ns = clock_monotonic_ns() + wait_ns;
        TEST_CHECK(wait_queue_sleep_until(&queue, &lock, &state, deadline_ns) == -ETIMEDOUT);
        TEST_CHECK(clock_monotonic_ns() >= deadline_ns);
        TEST_CHECK(wait_queue_first(&queue) == NULL);
    }
    TEST_CHECK(wait_queue_sleep_until(&queue, &lock, &state, 0) == -ETIMEDOUT);
    spin_unlock(&lock, state);
}

void test_sleep(void)
{
    for (unsigned cpu = 0; cpu < cpu_count_online(); cpu++)
        sleep_in_order_on(cpu);
    sleep_everywhere_at_random();
    time_out_in_a_queue();
    thread_sleep_until(0); /* is past: returns */
}
