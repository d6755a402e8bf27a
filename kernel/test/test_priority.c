/* priority: who runs first. A thread of SCHED_FIFO or SCHED_RR goes before one of SCHED_NORMAL, a higher
 * priority before a lower one, at once and on whatever CPU; equals of SCHED_FIFO wait for each other, those
 * of SCHED_RR rotate; and a change of priority counts at once, be the thread ready, running or blocked. */
#include <stddef.h>

#include "abi/errno.h"
#include "core/clock.h"
#include "core/log.h"
#include "lib/string.h"
#include "test/suites.h"
#include "test/test.h"
#include "test/test_tools.h"

#define CONTROLLER_PRIORITY 90 /* of the suite's thread: what it makes ready waits until it blocks */
#define STEPS_MAX 16
#define LONG_WORK_MS 150 /* longer than any slice */

/* What the threads did, a letter a step, in order. They share one CPU. */
static char steps[STEPS_MAX];
static unsigned step_count;

static void steps_reset(void)
{
    step_count = 0;
    memset(steps, 0, sizeof(steps));
}

static void step(char letter)
{
    bool were_enabled = cpu_interrupts_save();

    if (step_count < STEPS_MAX - 1)
        steps[step_count++] = letter;
    cpu_interrupts_restore(were_enabled);
}

static bool steps_were(const char *expected)
{
    if (strcmp(steps, expected) != 0)
        log_error("test priority: steps were \"%s\", not \"%s\"", steps, expected);
    return strcmp(steps, expected) == 0;
}

static struct thread *start_on_cpu_0(void (*function)(void *argument), char letter, enum sched_policy policy,
                                     unsigned priority)
{
    struct cpu_set cpus = test_one_cpu(0);
    struct thread_options options = {.policy = policy, .priority = priority, .cpus = &cpus};

    return test_start("stepper", function, (void *)(uintptr_t)letter, &options);
}

static char letter_of(void *argument)
{
    return (char)(uintptr_t)argument;
}

/* The small letter is the end of what the big one begins. */
static void step_end(void *argument)
{
    step((char)(letter_of(argument) | 0x20));
}

static void step_once(void *argument)
{
    step(letter_of(argument));
}

static void step_work_step(void *argument)
{
    step(letter_of(argument));
    test_run_for_ms(LONG_WORK_MS);
    step_end(argument);
}

static void step_yield_step(void *argument)
{
    step(letter_of(argument));
    thread_yield();
    step_end(argument);
}

static void classes_go_in_order(void)
{
    struct thread *threads[5];

    steps_reset();
    threads[0] = start_on_cpu_0(step_once, 'N', SCHED_NORMAL, 0);
    threads[1] = start_on_cpu_0(step_once, 'R', SCHED_RR, 10);
    threads[2] = start_on_cpu_0(step_once, 'F', SCHED_FIFO, 10);
    threads[3] = start_on_cpu_0(step_once, 'L', SCHED_FIFO, 1);
    threads[4] = start_on_cpu_0(step_once, 'H', SCHED_FIFO, 20);
    TEST_CHECK(steps_were(""));
    test_join_all(threads, 5);
    TEST_CHECK(steps_were("HRFLN"));
}

/* Two equals, and the order of their steps. */
static void equals_go(void (*function)(void *argument), enum sched_policy policy, const char *expected)
{
    struct thread *threads[2];

    steps_reset();
    threads[0] = start_on_cpu_0(function, 'A', policy, 10);
    threads[1] = start_on_cpu_0(function, 'B', policy, 10);
    test_join_all(threads, 2);
    TEST_CHECK(steps_were(expected));
}

/* A new thread, and one that was woken, run before their maker's next statement if they are more important,
 * and only then. */
static struct test_gate woken_gate;

static void wait_and_step(void *argument)
{
    test_gate_wait(&woken_gate);
    step(letter_of(argument));
}

static void higher_preempts_here(unsigned own_priority)
{
    for (unsigned priority = own_priority - 1; priority <= own_priority + 1; priority++) {
        unsigned expected = priority > own_priority;
        steps_reset();
        test_gate_init(&woken_gate);
        struct thread *woken = start_on_cpu_0(wait_and_step, 'W', SCHED_FIFO, priority);
        test_gate_open(&woken_gate, 1); /* blocks until the other one waits there */
        TEST_CHECK(step_count == expected);
        struct thread *new = start_on_cpu_0(step_once, 'N', SCHED_FIFO, priority);
        TEST_CHECK(step_count == 2 * expected);
        (void)thread_join(woken);
        (void)thread_join(new);
        TEST_CHECK(steps_were("WN"));
    }
}

/* A thread that keeps the last CPU busy until it is told to stop, and one that is woken there. */
static atomic_bool hog_must_stop;
static atomic_uint hogs_running, arrived_there;

static void hog(void *argument)
{
    (void)argument;
    atomic_fetch_add(&hogs_running, 1);
    while (!atomic_load(&hog_must_stop))
        cpu_pause();
}

static void arrive(void *argument)
{
    test_gate_wait(argument);
    TEST_CHECK(!atomic_load(&hog_must_stop));
    atomic_fetch_add(&arrived_there, 1);
}

static struct thread *start_hog_on(unsigned cpu, enum sched_policy policy, unsigned priority)
{
    struct cpu_set cpus = test_one_cpu(cpu);
    struct thread_options options = {.policy = policy, .priority = priority, .cpus = &cpus};

    atomic_store(&hog_must_stop, false);
    atomic_store(&hogs_running, 0);
    struct thread *thread = test_start("hog", hog, NULL, &options);
    test_wait_for(&hogs_running, 1);
    return thread;
}

static void stop_hog(struct thread *thread)
{
    atomic_store(&hog_must_stop, true);
    (void)thread_join(thread);
}

/* The hog of another CPU never gives it up: who comes nevertheless was let in at once. */
static void higher_preempts_elsewhere(enum sched_policy hog_policy, unsigned hog_priority)
{
    struct cpu_set cpus = test_one_cpu(cpu_count_online() - 1);
    struct thread_options options = {.policy = SCHED_FIFO, .priority = 20, .cpus = &cpus};
    struct test_gate *gate = &woken_gate;

    test_gate_init(gate);
    atomic_store(&arrived_there, 0);
    struct thread *woken = test_start("arrives", arrive, gate, &options);
    struct thread *busy = start_hog_on(cpu_count_online() - 1, hog_policy, hog_priority);
    test_gate_open(gate, 1);
    test_wait_for(&arrived_there, 1);
    (void)thread_join(woken);
    stop_hog(busy);
}

static void change_while_ready(void)
{
    struct thread *threads[3];

    steps_reset();
    threads[0] = start_on_cpu_0(step_once, 'A', SCHED_FIFO, 10);
    threads[1] = start_on_cpu_0(step_once, 'B', SCHED_FIFO, 20);
    threads[2] = start_on_cpu_0(step_once, 'C', SCHED_NORMAL, 0);
    TEST_CHECK(thread_set_policy(threads[0], SCHED_FIFO, 0, 30) == 0);
    TEST_CHECK(thread_set_policy(threads[1], SCHED_NORMAL, 0, 0) == 0);
    TEST_CHECK(thread_set_policy(threads[2], SCHED_RR, 0, 5) == 0);
    test_join_all(threads, 3);
    TEST_CHECK(steps_were("ACB"));
}

static void change_while_blocked(void)
{
    struct thread *threads[2];

    steps_reset();
    test_gate_init(&woken_gate);
    threads[0] = start_on_cpu_0(wait_and_step, 'A', SCHED_FIFO, 10);
    threads[1] = start_on_cpu_0(wait_and_step, 'B', SCHED_FIFO, 20);
    test_gate_expect(&woken_gate, 2); /* B comes before A */
    TEST_CHECK(thread_set_policy(threads[0], SCHED_FIFO, 0, 30) == 0);
    TEST_CHECK(thread_set_policy(threads[1], SCHED_FIFO, 0, 5) == 0);
    test_gate_open(&woken_gate, 2);
    test_join_all(threads, 2);
    TEST_CHECK(steps_were("AB"));
}

/* The caller lowers itself below one that is ready. */
static void change_while_running_here(void)
{
    steps_reset();
    struct thread *ready = start_on_cpu_0(step_once, 'R', SCHED_FIFO, 20);

    TEST_CHECK(steps_were(""));
    TEST_CHECK(thread_set_policy(thread_current(), SCHED_FIFO, 0, 10) == 0);
    step('S');
    TEST_CHECK(thread_set_policy(thread_current(), SCHED_FIFO, 0, CONTROLLER_PRIORITY) == 0);
    (void)thread_join(ready);
    TEST_CHECK(steps_were("RS"));
}

/* The hog of another CPU is lowered below one that is ready there. */
static void change_while_running_elsewhere(void)
{
    unsigned cpu = cpu_count_online() - 1;
    struct cpu_set cpus = test_one_cpu(cpu);
    struct thread_options options = {.policy = SCHED_FIFO, .priority = 20, .cpus = &cpus};
    struct thread *busy = start_hog_on(cpu, SCHED_FIFO, 30);

    test_gate_init(&woken_gate);
    atomic_store(&arrived_there, 0);
    struct thread *ready = test_start("arrives", arrive, &woken_gate, &options);
    thread_sleep_ns(5 * TEST_NS_PER_MS);
    TEST_CHECK(test_gate_arrived(&woken_gate) == 0); /* it did not even begin */
    TEST_CHECK(thread_set_policy(busy, SCHED_FIFO, 0, 10) == 0);
    test_gate_open(&woken_gate, 1);
    test_wait_for(&arrived_there, 1);
    (void)thread_join(ready);
    stop_hog(busy);
}

static void wrong_arguments(void)
{
    static const struct {
        enum sched_policy policy;
        int nice;
        unsigned priority;
    } wrong[] = {
        {SCHED_FIFO, 0, 0},
        {SCHED_RR, 0, REALTIME_PRIORITY_MAX + 1},
        {SCHED_NORMAL, NICE_MIN - 1, 0},
        {SCHED_NORMAL, NICE_MAX + 1, 0},
        {(enum sched_policy)3, 0, 1},
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct thread_options options = {
            .policy = wrong[i].policy, .nice = wrong[i].nice, .priority = wrong[i].priority};
        struct thread *thread;
        TEST_CHECK(thread_create("wrong", step_once, NULL, &options, &thread) == -EINVAL);
        TEST_CHECK(thread_set_policy(thread_current(), wrong[i].policy, wrong[i].nice, wrong[i].priority) ==
                   -EINVAL);
    }
}

void test_priority(void)
{
    test_pin(0);
    TEST_CHECK(thread_set_policy(thread_current(), SCHED_FIFO, 0, CONTROLLER_PRIORITY) == 0);
    classes_go_in_order();
    equals_go(step_work_step, SCHED_FIFO, "AaBb");
    equals_go(step_yield_step, SCHED_FIFO, "ABab");
    equals_go(step_work_step, SCHED_RR, "ABab");
    change_while_ready();
    change_while_blocked();
    change_while_running_here();
    higher_preempts_here(CONTROLLER_PRIORITY);
    wrong_arguments();
    if (cpu_count_online() > 1) {
        higher_preempts_elsewhere(SCHED_NORMAL, 0);
        higher_preempts_elsewhere(SCHED_RR, 10);
        higher_preempts_elsewhere(SCHED_FIFO, 19);
        change_while_running_elsewhere();
    }
}
