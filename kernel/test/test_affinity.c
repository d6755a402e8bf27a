/* affinity: threads run where they are told to, also when that changes while they run, wait for the CPU, or
 * sleep. */
#include <stddef.h>

#include "abi/errno.h"
#include "core/clock.h"
#include "test/suites.h"
#include "test/test.h"
#include "test/test_tools.h"

#define STAY_ROUNDS 30
#define STAY_MS 5
#define WANDER_ROUNDS 100
#define WANDER_MS 300
#define WANDERERS_MAX 16
#define CONTROLLER_PRIORITY 90

static atomic_uint where, looks; /* what a thread says of itself, and how often it has */
static atomic_bool must_stop;
static struct test_gate gate, all_are_through;

static void say_where(void *argument)
{
    (void)argument;
    while (!atomic_load(&must_stop)) {
        atomic_store(&where, test_cpu());
        atomic_fetch_add(&looks, 1);
    }
}

static void stay(void *argument)
{
    unsigned cpu = (unsigned)(uintptr_t)argument;

    for (unsigned i = 0; i < STAY_ROUNDS; i++) {
        TEST_CHECK(test_cpu() == cpu);
        if (i % 3 == 0)
            thread_yield();
        else if (i % 3 == 1)
            thread_sleep_ns(TEST_NS_PER_MS);
        else
            test_spin_ms(1);
    }
}

static struct thread *start_on(unsigned cpu, void (*function)(void *argument), void *argument)
{
    struct cpu_set cpus = test_one_cpu(cpu);
    struct thread_options options = {.cpus = &cpus};

    return test_start("stays", function, argument, &options);
}

static void threads_stay(void)
{
    struct thread *threads[2 * WANDERERS_MAX];
    unsigned count = 0;

    for (unsigned cpu = 0; cpu < cpu_count_online() && cpu < WANDERERS_MAX; cpu++) {
        threads[count++] = start_on(cpu, stay, (void *)(uintptr_t)cpu);
        threads[count++] = start_on(cpu, stay, (void *)(uintptr_t)cpu);
    }
    test_join_all(threads, count);
}

static void move_oneself(void)
{
    for (unsigned round = 0; round < STAY_ROUNDS; round++) {
        unsigned cpu = round % cpu_count_online();
        test_pin(cpu);
        TEST_CHECK(test_cpu() == cpu);
    }
    test_unpin();
}

/* Once it has been seen on the new CPU it is never again on the old one. */
static void move_running(unsigned from, unsigned to)
{
    struct cpu_set target = test_one_cpu(to);

    atomic_store(&must_stop, false);
    atomic_store(&where, to);
    struct thread *thread = start_on(from, say_where, NULL);
    while (atomic_load(&where) != from)
        thread_sleep_ns(TEST_NS_PER_MS);
    TEST_CHECK(thread_set_affinity(thread, &target) == 0);
    while (atomic_load(&where) != to)
        thread_sleep_ns(TEST_NS_PER_MS);
    uint64_t start_ns = clock_monotonic_ns();
    unsigned first_look = atomic_load(&looks);
    while (!test_has_passed(start_ns, STAY_MS) || atomic_load(&looks) == first_look)
        TEST_CHECK(atomic_load(&where) == to);
    atomic_store(&must_stop, true);
    (void)thread_join(thread);
}

static void say_once(void *argument)
{
    (void)argument;
    atomic_store(&where, test_cpu());
    atomic_fetch_add(&looks, 1);
}

/* It could never run on this CPU, which the caller does not give up. */
static void move_ready(unsigned to)
{
    struct cpu_set target = test_one_cpu(to);
    unsigned looks_before = atomic_load(&looks);
    uint64_t start_ns = clock_monotonic_ns();

    test_pin(0);
    TEST_CHECK(thread_set_policy(thread_current(), SCHED_FIFO, 0, CONTROLLER_PRIORITY) == 0);
    struct thread *thread = start_on(0, say_once, NULL);
    TEST_CHECK(thread_set_affinity(thread, &target) == 0);
    while (atomic_load(&looks) == looks_before && !test_has_passed(start_ns, 10000))
        cpu_pause();
    TEST_CHECK(atomic_load(&looks) != looks_before && atomic_load(&where) == to);
    TEST_CHECK(thread_set_policy(thread_current(), SCHED_NORMAL, 0, 0) == 0);
    (void)thread_join(thread);
    test_unpin();
}

static void wait_and_say(void *argument)
{
    test_gate_wait(&gate);
    say_once(argument);
}

static void move_blocked(unsigned from, unsigned to)
{
    struct cpu_set target = test_one_cpu(to);

    test_gate_init(&gate);
    struct thread *thread = start_on(from, wait_and_say, NULL);
    test_gate_expect(&gate, 1);
    TEST_CHECK(thread_set_affinity(thread, &target) == 0);
    test_gate_open(&gate, 1);
    (void)thread_join(thread);
    TEST_CHECK(atomic_load(&where) == to);
}

static void say_nothing(void *argument)
{
    (void)argument;
}

static void wrong_sets(void)
{
    struct cpu_set none = {{0}}, offline = test_one_cpu(CPU_COUNT_MAX - 1), all = cpu_set_first(CPU_SET_SIZE);
    const struct cpu_set *const wrong[] = {&none, &offline};
    struct thread *thread;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct thread_options options = {.cpus = wrong[i]};
        TEST_CHECK(thread_create("wrong", say_nothing, NULL, &options, &thread) == -EINVAL);
        TEST_CHECK(thread_set_affinity(thread_current(), wrong[i]) == -EINVAL);
    }
    TEST_CHECK(thread_set_affinity(thread_current(), &all) == 0); /* more than there are is allowed */
}

/* All move each other about at random: none may get lost. */
static struct thread *wanderers[WANDERERS_MAX];
static uint64_t wander_start_ns;

static struct cpu_set random_cpus(struct test_random *random)
{
    struct cpu_set cpus = test_one_cpu((unsigned)test_random_below(random, cpu_count_online()));

    cpu_set_add(&cpus, (unsigned)test_random_below(random, cpu_count_online()));
    return cpus;
}

static void wander(void *argument)
{
    struct test_random random;

    test_random_init(&random, (uint64_t)(uintptr_t)argument);
    test_gate_wait(&gate);
    for (unsigned i = 0; i < WANDER_ROUNDS && !test_has_passed(wander_start_ns, WANDER_MS); i++) {
        struct cpu_set cpus = random_cpus(&random);
        unsigned other = (unsigned)test_random_below(&random, WANDERERS_MAX);
        TEST_CHECK(thread_set_affinity(wanderers[other], &cpus) == 0);
        if (i % 8 == 0)
            thread_sleep_ns(test_random_below(&random, TEST_NS_PER_MS));
    }
    test_gate_wait(&all_are_through); /* until then each of them exists */
}

static void move_each_other(void)
{
    test_gate_init(&gate);
    test_gate_init(&all_are_through);
    for (uintptr_t i = 0; i < WANDERERS_MAX; i++)
        wanderers[i] = test_start("wanderer", wander, (void *)i, NULL);
    wander_start_ns = clock_monotonic_ns();
    test_gate_open(&gate, WANDERERS_MAX);
    test_gate_open(&all_are_through, WANDERERS_MAX);
    test_join_all(wanderers, WANDERERS_MAX);
}

void test_affinity(void)
{
    unsigned last = cpu_count_online() - 1;

    threads_stay();
    move_oneself();
    wrong_sets();
    move_each_other();
    if (last == 0)
        return;
    move_running(0, last);
    move_running(last, 0);
    move_ready(last);
    move_blocked(0, last);
    move_blocked(last, 0);
}
