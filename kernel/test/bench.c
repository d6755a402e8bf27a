/* Ticks are instructions where QEMU counts those (-icount); the least of a few rounds is taken, the first of
 * which fill what the others find filled. A speedup needs the time of a machine whose CPUs run at once. */
#include "test/bench.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "core/clock.h"
#include "core/log.h"
#include "lib/cpu_set.h"
#include "lib/string.h"
#include "mm/frames.h"
#include "sched/mutex.h"
#include "sched/thread.h"

#define ROUNDS 5
#define SWITCHES 1000
#define STARTS 1000
#define MEMORY_THREADS 1000
#define WORKERS 2
#define WORK_NS 200000000ull /* of one worker alone */
#define WORK_STEPS_MIN 1000000ull

static void bench_print(const char *figure, uint64_t hundredths)
{
    log_script_line("bench %s %lu.%02lu", figure, hundredths / 100, hundredths % 100);
}

static int bench_start(void (*function)(void *argument), void *argument, const struct thread_options *options,
                       struct thread **ret_thread)
{
    return thread_create("bench", function, argument, options, ret_thread);
}

/* Switches */

static void yield_until(void *argument)
{
    atomic_bool *is_over = argument;

    while (!atomic_load_explicit(is_over, memory_order_relaxed))
        thread_yield();
}

/* Each yield of this thread is two switches: to the other one and back. */
static uint64_t switch_ticks(void)
{
    uint64_t start = cpu_timestamp();

    for (unsigned i = 0; i < SWITCHES / 2; i++)
        thread_yield();
    return cpu_timestamp() - start;
}

static int bench_switch(void)
{
    atomic_bool is_over = false;
    struct thread *other;
    uint64_t best = UINT64_MAX;
    int error = bench_start(yield_until, &is_over, NULL, &other);

    if (error != 0)
        return error;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t ticks = switch_ticks();
        best = ticks < best ? ticks : best;
    }
    atomic_store(&is_over, true);
    (void)thread_join(other);
    bench_print("switch", best * 100 / SWITCHES);
    return 0;
}

/* Threads that come and go */

static void do_nothing(void *argument)
{
    (void)argument;
}

static int bench_create_join(void)
{
    uint64_t best = UINT64_MAX;

    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t start = cpu_timestamp();
        for (unsigned i = 0; i < STARTS; i++) {
            struct thread *thread;
            int error = bench_start(do_nothing, NULL, NULL, &thread);
            if (error != 0)
                return error;
            (void)thread_join(thread);
        }
        uint64_t ticks = cpu_timestamp() - start;
        best = ticks < best ? ticks : best;
    }
    bench_print("create-join", best * 100 / STARTS);
    return 0;
}

static void pass_gate(void *argument)
{
    mutex_lock(argument);
    mutex_unlock(argument);
}

/* Threads with vector registers, as programs have them. They wait at a gate until all have been counted. */
static int bench_memory(void)
{
    static const struct thread_options options = {.has_fpu = true};
    static struct mutex gate = MUTEX_INITIALIZER(gate, LOCK_RANK_TEST_MUTEX);
    static struct thread *threads[MEMORY_THREADS];
    unsigned count = 0;
    int error = 0;

    thread_trim();
    mutex_lock(&gate);
    uint64_t free_before = frames_get_stats().free;
    while (count < MEMORY_THREADS && error == 0) {
        error = bench_start(pass_gate, &gate, &options, &threads[count]);
        count += error == 0;
    }
    uint64_t used = free_before - frames_get_stats().free;
    mutex_unlock(&gate);
    for (unsigned i = 0; i < count; i++)
        (void)thread_join(threads[i]);
    if (error == 0)
        bench_print("memory", used * PAGE_SIZE * 100 / MEMORY_THREADS);
    return error;
}

static int bench_threads(void)
{
    int error = bench_switch();

    if (error == 0)
        error = bench_create_join();
    return error == 0 ? bench_memory() : error;
}

/* Work */

static void work(void *argument)
{
    for (uint64_t left = *(const uint64_t *)argument; left != 0; left--)
        __asm__ volatile("");
}

/* How long WORKERS threads take for so many steps each on these CPUs. */
static int work_ns(uint64_t steps, const struct cpu_set *cpus, uint64_t *ret_ns)
{
    struct thread_options options = {.cpus = cpus};
    struct thread *workers[WORKERS];
    unsigned count = 0;
    int error = 0;
    uint64_t start_ns = clock_monotonic_ns();

    while (count < WORKERS && error == 0) {
        error = bench_start(work, &steps, &options, &workers[count]);
        count += error == 0;
    }
    for (unsigned i = 0; i < count; i++)
        (void)thread_join(workers[i]);
    if (error == 0)
        *ret_ns = clock_monotonic_ns() - start_ns;
    return error;
}

/* Steps that take one thread WORK_NS. */
static uint64_t work_steps(void)
{
    uint64_t steps = WORK_STEPS_MIN, passed_ns;

    for (;; steps *= 2) {
        uint64_t start_ns = clock_monotonic_ns();
        work(&steps);
        passed_ns = clock_monotonic_ns() - start_ns;
        if (passed_ns >= WORK_NS / 4)
            return steps * (WORK_NS / 1000) / (passed_ns / 1000);
    }
}

static int bench_speedup(void)
{
    const struct cpu_set one = cpu_set_first(1), all = cpu_set_first(CPU_SET_SIZE);

    if (clock_tsc_hz() == 0)
        return -ENODEV;
    uint64_t steps = work_steps();
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t alone_ns, together_ns;
        int error = work_ns(steps, &one, &alone_ns);
        if (error == 0)
            error = work_ns(steps, &all, &together_ns);
        if (error != 0)
            return error;
        bench_print("speedup", alone_ns * 100 / together_ns);
    }
    return 0;
}

int bench_run(const char *name)
{
    int error = -ENOENT;

    if (strcmp(name, "threads") == 0)
        error = bench_threads();
    else if (strcmp(name, "screen") == 0)
        error = bench_screen();
    else if (strcmp(name, "speedup") == 0)
        error = bench_speedup();
    if (error == -ENOENT)
        log_error("bench: \"%s\" is not a name that is known; see docs/command-line.md", name);
    else if (error != 0)
        log_error("bench: %s failed with error %d", name, error);
    return error;
}
