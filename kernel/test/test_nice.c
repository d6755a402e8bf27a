/* nice: two threads that want all of one CPU get it in the ratio of their weights, 1024 of nice 0 to 335 of
 * nice 5.
 *
 * What is measured is off by about a slice; and where the host of an emulated CPU stops it for longer than a
 * slice, all of that is charged to whoever was running, and paid back only later. So the ratio may be 10 %
 * off, and one good measurement of several is enough. */
#include <stddef.h>

#include "core/clock.h"
#include "core/log.h"
#include "test/suites.h"
#include "test/test.h"
#include "test/test_tools.h"

#define MEASURE_MS 1000
#define MEASUREMENTS_MAX 4
#define WEIGHT_OF_NICE_0 1024
#define WEIGHT_OF_NICE_5 335
#define TOLERANCE_PERCENT 10

static atomic_bool must_stop;
static struct test_gate start;

static void want_all(void *argument)
{
    uint64_t *ret_run_time_ns = argument;

    test_gate_wait(&start);
    uint64_t start_ns = thread_run_time_ns(thread_current());
    while (!atomic_load(&must_stop))
        cpu_pause();
    *ret_run_time_ns = thread_run_time_ns(thread_current()) - start_ns;
}

/* Returns the ratio in per cent of what it should be. */
static uint64_t measure(unsigned cpu)
{
    struct cpu_set cpus = test_one_cpu(cpu);
    struct thread_options options = {.cpus = &cpus};
    uint64_t nice_0_ns = 0, nice_5_ns = 0;
    struct thread *threads[2];

    atomic_store(&must_stop, false);
    test_gate_init(&start);
    threads[0] = test_start("nice 0", want_all, &nice_0_ns, &options);
    options.nice = 5;
    threads[1] = test_start("nice 5", want_all, &nice_5_ns, &options);
    test_gate_open(&start, 2);
    thread_sleep_ns(MEASURE_MS * TEST_NS_PER_MS);
    atomic_store(&must_stop, true);
    test_join_all(threads, 2);
    log_info("test nice: %lu us and %lu us", nice_0_ns / 1000, nice_5_ns / 1000);
    if (!TEST_CHECK(nice_5_ns != 0))
        return 0;
    return 100 * nice_0_ns / WEIGHT_OF_NICE_0 * WEIGHT_OF_NICE_5 / nice_5_ns;
}

static bool is_as_it_should_be(uint64_t percent)
{
    return percent >= 100 - TOLERANCE_PERCENT && percent <= 100 + TOLERANCE_PERCENT;
}

void test_nice(void)
{
    uint64_t percent = 0;

    for (unsigned i = 0; i < MEASUREMENTS_MAX && !is_as_it_should_be(percent); i++)
        percent = measure(0);
    TEST_CHECK(is_as_it_should_be(percent));
}
