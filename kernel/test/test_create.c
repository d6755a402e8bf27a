/* create-join: many threads are made and given back; the values they end with arrive, and nothing leaks. */
#include <stddef.h>

#include "sched/sched.h"
#include "test/memory_balance.h"
#include "test/suites.h"
#include "test/test.h"
#include "test/test_tools.h"

#define BATCHES 20
#define BATCH_THREADS 500
#define DETACHED_EACH 4 /* one batch in so many is not joined */
#define SPREAD_EACH 10  /* and one in so many has all CPUs: with emulated ones that takes long */

static struct thread *batch[BATCH_THREADS];
static atomic_bool all_are_there;

/* Not through a gate: all would want its lock at once. */
static void end_with(void *argument)
{
    while (!atomic_load(&all_are_there))
        sched_block();
    thread_exit((int)(intptr_t)argument);
}

/* All of them are alive at a time. */
static void run_joined_batch(const struct cpu_set *cpus)
{
    struct thread_options options = {.cpus = cpus};

    atomic_store(&all_are_there, false);
    for (intptr_t i = 0; i < BATCH_THREADS; i++)
        batch[i] = test_start("joined", end_with, (void *)(i - BATCH_THREADS / 2), &options);
    atomic_store(&all_are_there, true);
    for (int i = 0; i < BATCH_THREADS; i++)
        sched_wake(batch[i]);
    for (int i = 0; i < BATCH_THREADS; i++)
        TEST_CHECK(thread_join(batch[i]) == i - BATCH_THREADS / 2);
}

static void end_at_once(void *argument)
{
    atomic_fetch_add((atomic_uint *)argument, 1);
}

/* Half of them are made so, the others detached later, be they over or not. */
static void run_detached_batch(const struct cpu_set *cpus, unsigned threads_before)
{
    static atomic_uint ended;
    struct thread_options detached = {.cpus = cpus, .is_detached = true}, joinable = {.cpus = cpus};

    atomic_store(&ended, 0);
    for (unsigned i = 0; i < BATCH_THREADS / 2; i++) {
        TEST_CHECK(thread_create("detached", end_at_once, &ended, &detached, NULL) == 0);
        thread_detach(test_start("detached", end_at_once, &ended, &joinable));
    }
    test_wait_for(&ended, BATCH_THREADS);
    while (thread_count() > threads_before)
        thread_sleep_ns(TEST_NS_PER_MS);
}

static void run_batch(unsigned number, unsigned threads_before)
{
    bool is_spread = number % SPREAD_EACH == SPREAD_EACH - 1;
    unsigned cpu = number % cpu_count_online();
    struct cpu_set cpus = is_spread ? test_all_cpus() : test_one_cpu(cpu);

    if (!is_spread)
        test_pin(cpu);
    if (number % DETACHED_EACH == DETACHED_EACH - 1)
        run_detached_batch(&cpus, threads_before);
    else
        run_joined_batch(&cpus);
    test_unpin();
}

void test_create_join(void)
{
    unsigned threads_before = thread_count();

    run_batch(0, threads_before); /* the page tables of the stacks' region stay */
    struct memory_balance before = memory_balance_settled();
    for (unsigned i = 1; i <= BATCHES; i++)
        run_batch(i, threads_before);
    memory_balance_check(&before);
}
