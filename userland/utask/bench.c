#include "utask/bench.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "utask/clock.h"
#include "utask/console.h"
#include "utask/syscall.h"
#include "utask/threads.h"

#define ROUNDS 5
#define CALLS 1000
#define WAKES 31                 /* an odd number, for a median */
#define SLEEP_NS (5 * NS_PER_MS) /* long enough for the sleeper to go before who works meanwhile */

static struct thread other;
static atomic_bool is_over;

/* The least of ROUNDS times that CALLS calls took. */
static uint64_t measure_calls(uint64_t number)
{
    uint64_t best = UINT64_MAX;

    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t start = timestamp();
        for (unsigned i = 0; i < CALLS; i++)
            syscall0(number);
        uint64_t ticks = timestamp() - start;
        best = ticks < best ? ticks : best;
    }
    return best;
}

static void print_cost(const char *what, uint64_t ticks)
{
    print("utask: %s takes %llu.%02llu TSC ticks\n", what, (unsigned long long)(ticks / CALLS),
          (unsigned long long)(ticks % CALLS * 100 / CALLS));
}

void bench_null_call(void)
{
    print_cost("getpid", measure_calls(SYS_getpid));
}

static void yield_until_over(void *argument)
{
    (void)argument;
    while (!atomic_load(&is_over))
        syscall0(SYS_sched_yield);
}

static void bench_yield(void)
{
    atomic_store(&is_over, false);
    (void)thread_start(&other, yield_until_over, NULL);
    uint64_t ticks = measure_calls(SYS_sched_yield);
    atomic_store(&is_over, true);
    thread_join(&other);
    print_cost("yielding to a thread and back", ticks);
}

/* What the working thread saw last: the moment at which it was interrupted. */
static _Atomic(uint64_t) last_seen;

static void look_at_timestamp(void *argument)
{
    (void)argument;
    while (!atomic_load_explicit(&is_over, memory_order_relaxed))
        atomic_store_explicit(&last_seen, timestamp(), memory_order_relaxed);
}

static uint64_t median(uint64_t *values, unsigned count)
{
    for (unsigned i = 1; i < count; i++) {
        uint64_t value = values[i];
        unsigned place = i;
        for (; place > 0 && values[place - 1] > value; place--)
            values[place] = values[place - 1];
        values[place] = value;
    }
    return values[count / 2];
}

/* How many ticks ago the clock showed time_ns; the clock is read once more for it. */
static uint64_t ticks_since(uint64_t time_ns, uint64_t ticks_per_ms)
{
    uint64_t before = timestamp(), time_now_ns = now_ns(), now = before + (timestamp() - before) / 2;

    return (time_now_ns - time_ns) * ticks_per_ms / NS_PER_MS - (now - before);
}

static void bench_wake(void)
{
    uint64_t after_interrupt[WAKES], after_deadline[WAKES];
    uint64_t start = timestamp(), start_ns = now_ns();

    atomic_store(&is_over, false);
    (void)thread_start(&other, look_at_timestamp, NULL);
    sleep_ns(SLEEP_NS);
    uint64_t ticks_per_ms = (timestamp() - start) * NS_PER_MS / (now_ns() - start_ns);
    for (unsigned i = 0; i < WAKES; i++) {
        uint64_t deadline_ns = now_ns() + SLEEP_NS;
        sleep_until(deadline_ns);
        uint64_t now = timestamp();
        after_interrupt[i] = now - atomic_load_explicit(&last_seen, memory_order_relaxed);
        after_deadline[i] = ticks_since(deadline_ns, ticks_per_ms);
    }
    atomic_store(&is_over, true);
    thread_join(&other);
    print("utask: a sleeping thread goes on %llu TSC ticks after the interrupt, %llu after its time\n",
          (unsigned long long)median(after_interrupt, WAKES),
          (unsigned long long)median(after_deadline, WAKES));
}

void bench_threads(void)
{
    bench_yield();
    bench_wake();
}
