/* stealing: CPUs with nothing to do take threads over from one that has too many. */
#include <stddef.h>

#include "core/clock.h"
#include "core/log.h"
#include "test/suites.h"
#include "test/test.h"
#include "test/test_tools.h"

#define WORKERS_MAX 32
#define WORK_MS 60
#define CONTROLLER_PRIORITY 90 /* of the suite's thread: on its CPU none of them begins yet */

static struct cpu_set cpus_seen[WORKERS_MAX];

static void work(void *argument)
{
    struct cpu_set *seen = argument;
    uint64_t start_ns = thread_run_time_ns(thread_current());

    while (thread_run_time_ns(thread_current()) - start_ns < WORK_MS * TEST_NS_PER_MS)
        cpu_set_add(seen, test_cpu());
}

static bool was_used(unsigned cpu, unsigned worker_count)
{
    for (unsigned i = 0; i < worker_count; i++) {
        if (cpu_set_has(&cpus_seen[i], cpu))
            return true;
    }
    return false;
}

void test_stealing(void)
{
    struct cpu_set first = test_one_cpu(0), all = test_all_cpus();
    struct thread_options options = {.cpus = &first};
    struct thread *workers[WORKERS_MAX];
    unsigned online = cpu_count_online(), count = 2 * online < WORKERS_MAX ? 2 * online : WORKERS_MAX;

    test_pin(0);
    TEST_CHECK(thread_set_policy(thread_current(), SCHED_FIFO, 0, CONTROLLER_PRIORITY) == 0);
    for (unsigned i = 0; i < count; i++) {
        cpus_seen[i] = (struct cpu_set){{0}};
        workers[i] = test_start("worker", work, &cpus_seen[i], &options);
    }
    uint64_t start_ns = clock_monotonic_ns();
    for (unsigned i = 0; i < count; i++)
        TEST_CHECK(thread_set_affinity(workers[i], &all) == 0);
    test_join_all(workers, count);
    log_info("test stealing: %u ms of work in %lu ms", count * WORK_MS,
             (clock_monotonic_ns() - start_ns) / TEST_NS_PER_MS);
    for (unsigned cpu = 0; cpu < online; cpu++)
        TEST_CHECK(was_used(cpu, count));
}
