/* The harness runs at the highest priority, so that whatever the suite's threads do it notices when time is
 * up. */
#include "test/test.h"

#include <stdatomic.h>
#include <stddef.h>

#include "arch/x86_64/cpu.h"
#include "core/clock.h"
#include "core/command_line.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "sched/wait_queue.h"

#define NS_PER_S ((uint64_t)1000000000)
#define NS_PER_MS ((uint64_t)1000000)
#define CHECKS_LOGGED_MAX 16 /* of one suite */
#define SETTLED_AFTER_NS (300 * NS_PER_MS)

enum suite_end {
    SUITE_RUNS,
    SUITE_OVER,
    SUITE_GIVEN_UP,
};

/* Locks: t = lock   a = atomic   h = the harness's thread only */
static struct {
    struct spinlock lock;
    struct wait_queue changed; /* [t] */
    enum suite_end end;        /* [t] */
    atomic_uint failed_checks; /* [a] of the suite that runs */
    uint32_t seed;             /* [h] set before the first suite */
    unsigned passed, failed;   /* [h] suites */
} run = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_TEST), .changed = WAIT_QUEUE_INITIALIZER(run.changed)};

bool test_check(bool is_true, const char *condition, const char *file, int line)
{
    if (!is_true && atomic_fetch_add(&run.failed_checks, 1) < CHECKS_LOGGED_MAX)
        log_error("test: %s:%d: not true: %s", file, line, condition);
    return is_true;
}

uint32_t test_seed(void)
{
    return run.seed;
}

static void suite_set_end(enum suite_end end)
{
    struct spinlock_state state = spin_lock(&run.lock);

    run.end = end;
    (void)wait_queue_wake_all(&run.changed);
    spin_unlock(&run.lock, state);
}

_Noreturn void test_give_up(const char *why)
{
    log_error("test: given up: %s", why);
    suite_set_end(SUITE_GIVEN_UP);
    for (;;)
        sched_block();
}

static void suite_main(void *argument)
{
    const struct kernel_test *test = argument;

    test->run();
    suite_set_end(SUITE_OVER);
}

/* Wait for the suite's end; SUITE_RUNS: time is up. */
static enum suite_end suite_wait(uint64_t deadline_ns)
{
    struct spinlock_state state = spin_lock(&run.lock);

    while (run.end == SUITE_RUNS && wait_queue_sleep_until(&run.changed, &run.lock, &state, deadline_ns) == 0)
        ;
    enum suite_end end = run.end;
    spin_unlock(&run.lock, state);
    return end;
}

static void suite_report(const char *name, enum suite_end end, uint64_t start_ns)
{
    unsigned failed_checks = atomic_load(&run.failed_checks);

    if (end == SUITE_OVER && failed_checks == 0) {
        run.passed++;
        log_info("test %s: ok (%lu ms)", name, (clock_monotonic_ns() - start_ns) / NS_PER_MS);
        return;
    }
    run.failed++;
    log_error("test %s: FAILED, %u checks%s", name, failed_checks,
              end == SUITE_OVER   ? ""
              : end == SUITE_RUNS ? "; it is not over"
                                  : "; it gave up");
    if (end != SUITE_OVER)
        thread_log_all();
}

/* Run one suite; says whether others may follow. */
static bool suite_run(const struct kernel_test *test)
{
    uint64_t start_ns = clock_monotonic_ns();
    struct thread *thread;

    run.end = SUITE_RUNS;
    atomic_store(&run.failed_checks, 0);
    if (thread_create(test->name, suite_main, (void *)(uintptr_t)test, NULL, &thread) != 0) {
        suite_report(test->name, SUITE_GIVEN_UP, start_ns);
        return false;
    }
    enum suite_end end = suite_wait(start_ns + TEST_TIME_MAX_S * NS_PER_S);
    if (end == SUITE_OVER)
        (void)thread_join(thread);
    suite_report(test->name, end, start_ns);
    return end == SUITE_OVER;
}

/* Run the suites of that name; says whether others may follow. */
static bool test_run_named(const char *name, size_t length)
{
    bool is_all = length == 3 && strncmp(name, "all", length) == 0, is_known = false, may_go_on = true;

    for (const struct kernel_test *test = kernel_tests; test->name != NULL && may_go_on; test++) {
        if (is_all || (strlen(test->name) == length && strncmp(test->name, name, length) == 0)) {
            is_known = true;
            may_go_on = suite_run(test);
        }
    }
    if (!is_known) {
        run.failed++;
        log_error("test: \"%.*s\" is not a name that is known; see docs/testing.md", (int)length, name);
    }
    return may_go_on;
}

static size_t name_length(const char *names)
{
    size_t length = 0;

    while (names[length] != '\0' && names[length] != ',')
        length++;
    return length;
}

/* Wait for threads of the boot that are about to end: suites count threads. */
static void test_wait_until_settled(void)
{
    unsigned before;

    do {
        before = thread_count();
        thread_sleep_ns(SETTLED_AFTER_NS);
    } while (thread_count() != before);
}

unsigned test_run(const char *names)
{
    bool may_go_on = true;

    (void)thread_set_policy(thread_current(), SCHED_FIFO, 0, REALTIME_PRIORITY_MAX);
    run.seed = (uint32_t)cpu_timestamp();
    (void)command_line_number("test-seed", &run.seed);
    test_wait_until_settled();
    log_info("tests: %s, test-seed=%u", names, run.seed);
    while (may_go_on) {
        size_t length = name_length(names);
        may_go_on = test_run_named(names, length);
        if (names[length] == '\0')
            break;
        names += length + 1;
    }
    if (!may_go_on)
        log_error("tests: ended early");
    log_info("tests: %u passed, %u failed", run.passed, run.failed);
    return run.failed;
}
