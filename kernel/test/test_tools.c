#include "test/test_tools.h"

#include "core/clock.h"
#include "test/test.h"

#define POLL_NS 200000ull

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t random_next(struct test_random *random)
{
    uint64_t value = random->state += 0x9e3779b97f4a7c15ull;

    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull;
    value = (value ^ value >> 27) * 0x94d049bb133111ebull;
    return value ^ value >> 31;
}

void test_random_init(struct test_random *random, uint64_t stream)
{
    random->state = (uint64_t)test_seed() << 32 ^ stream;
    random->state = random_next(random);
}

uint64_t test_random_below(struct test_random *random, uint64_t limit)
{
    return random_next(random) % limit;
}

unsigned test_cpu(void)
{
    bool were_enabled = cpu_interrupts_save();
    unsigned cpu = percpu_get()->cpu_index;

    cpu_interrupts_restore(were_enabled);
    return cpu;
}

struct cpu_set test_one_cpu(unsigned cpu)
{
    struct cpu_set set = {{0}};

    cpu_set_add(&set, cpu);
    return set;
}

struct cpu_set test_all_cpus(void)
{
    return cpu_set_first(cpu_count_online());
}

void test_pin(unsigned cpu)
{
    struct cpu_set set = test_one_cpu(cpu);

    TEST_CHECK(thread_set_affinity(thread_current(), &set) == 0);
}

void test_unpin(void)
{
    struct cpu_set set = test_all_cpus();

    TEST_CHECK(thread_set_affinity(thread_current(), &set) == 0);
}

bool test_has_passed(uint64_t start_ns, uint64_t duration_ms)
{
    return clock_monotonic_ns() - start_ns >= duration_ms * TEST_NS_PER_MS;
}

struct thread *test_start(const char *name, void (*function)(void *argument), void *argument,
                          const struct thread_options *options)
{
    struct thread *thread;

    if (thread_create(name, function, argument, options, &thread) != 0)
        test_give_up("a thread could not be created");
    return thread;
}

void test_join_all(struct thread *const *threads, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        (void)thread_join(threads[i]);
}

void test_wait_for(const atomic_uint *value, unsigned least)
{
    while (atomic_load(value) < least)
        thread_sleep_ns(POLL_NS);
}

void test_spin_ms(uint64_t duration_ms)
{
    uint64_t start_ns = clock_monotonic_ns();

    while (!test_has_passed(start_ns, duration_ms))
        cpu_pause();
}

void test_run_for_ms(uint64_t run_time_ms)
{
    uint64_t start_ns = thread_run_time_ns(thread_current());

    while (thread_run_time_ns(thread_current()) - start_ns < run_time_ms * TEST_NS_PER_MS)
        cpu_pause();
}

void test_gate_init(struct test_gate *gate)
{
    spinlock_init(&gate->lock, LOCK_RANK_TEST);
    wait_queue_init(&gate->waiters);
    wait_queue_init(&gate->opener);
    gate->arrived = 0;
    gate->is_open = false;
}

void test_gate_wait(struct test_gate *gate)
{
    struct spinlock_state state = spin_lock(&gate->lock);

    gate->arrived++;
    (void)wait_queue_wake_all(&gate->opener);
    while (!gate->is_open)
        wait_queue_sleep(&gate->waiters, &gate->lock, &state);
    spin_unlock(&gate->lock, state);
}

unsigned test_gate_arrived(struct test_gate *gate)
{
    struct spinlock_state state = spin_lock(&gate->lock);
    unsigned arrived = gate->arrived;

    spin_unlock(&gate->lock, state);
    return arrived;
}

static void gate_expect_locked(struct test_gate *gate, unsigned count, struct spinlock_state *state)
{
    while (gate->arrived < count)
        wait_queue_sleep(&gate->opener, &gate->lock, state);
}

void test_gate_expect(struct test_gate *gate, unsigned count)
{
    struct spinlock_state state = spin_lock(&gate->lock);

    gate_expect_locked(gate, count, &state);
    spin_unlock(&gate->lock, state);
}

void test_gate_open(struct test_gate *gate, unsigned count)
{
    struct spinlock_state state = spin_lock(&gate->lock);

    gate_expect_locked(gate, count, &state);
    gate->is_open = true;
    (void)wait_queue_wake_all(&gate->waiters);
    spin_unlock(&gate->lock, state);
}
