/* What the suites have in common. A suite's threads need no bounds of their own where a hang shows itself:
 * the harness ends the run when a suite takes too long. */
#ifndef LINTEL_TEST_TEST_TOOLS_H
#define LINTEL_TEST_TEST_TOOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/spinlock.h"
#include "lib/cpu_set.h"
#include "sched/thread.h"
#include "sched/wait_queue.h"

#define TEST_NS_PER_MS ((uint64_t)1000000)

/* Numbers that repeat with the run's seed, which the log has (`test-seed=N` gives it). Each thread has its
 * own stream of them. */
struct test_random {
    uint64_t state;
};

void test_random_init(struct test_random *random, uint64_t stream);
uint64_t test_random_below(struct test_random *random, uint64_t limit); /* limit > 0 */

/* The CPU that this thread is on; stale at once unless the thread is pinned. */
unsigned test_cpu(void);

struct cpu_set test_one_cpu(unsigned cpu);
struct cpu_set test_all_cpus(void);

/* Let the calling thread run on that CPU only; test_unpin() undoes it. */
void test_pin(unsigned cpu);
void test_unpin(void);

/* Whether that many milliseconds have passed since start_ns. */
bool test_has_passed(uint64_t start_ns, uint64_t duration_ms);

/* thread_create(), which must succeed: else the run ends. */
struct thread *test_start(const char *name, void (*function)(void *argument), void *argument,
                          const struct thread_options *options);
void test_join_all(struct thread *const *threads, unsigned count);

/* Poll until *value is at least `least`, sleeping meanwhile. */
void test_wait_for(const atomic_uint *value, unsigned least);

/* Work without sleeping or yielding: for that long, or of that thread's own time. */
void test_spin_ms(uint64_t duration_ms);
void test_run_for_ms(uint64_t run_time_ms);

/* A gate: threads wait there, and all go on at the same moment, in the order in which they came. */
struct test_gate {
    struct spinlock lock;
    struct wait_queue waiters; /* under lock, as all below */
    struct wait_queue opener;
    unsigned arrived;
    bool is_open;
};

void test_gate_init(struct test_gate *gate);
void test_gate_wait(struct test_gate *gate);

/* How many threads wait there or have come through; and wait until `count` have come. */
unsigned test_gate_arrived(struct test_gate *gate);
void test_gate_expect(struct test_gate *gate, unsigned count);

/* Open it as soon as `count` threads have come. */
void test_gate_open(struct test_gate *gate, unsigned count);

#endif
