/* timer: timers of all CPUs expire on the CPU that started them, in order and never early; one that is
 * started anew inside `expired` goes on; one that is started again keeps only the new time; and once
 * timer_cancel() has returned the timer has expired or never will. */
#include "core/timer.h"

#include <stddef.h>

#include "core/clock.h"
#include "test/suites.h"
#include "test/test.h"
#include "test/test_tools.h"

#define CPUS_MAX 16
#define TIMERS 20
#define WITHIN_NS (20 * TEST_NS_PER_MS)
#define RESTARTS 50
#define RACES 300
#define RACE_NS 60000ull
#define RACES_MS 300
#define CALL_NS 10000ull /* that `expired` takes, so that it can be caught in the middle */

struct test_timer {
    struct timer timer;
    uint64_t deadline_ns;
    unsigned cpu;
    atomic_uint begun, expired;
};

static struct test_timer all_timers[CPUS_MAX][TIMERS];
static atomic_uint expired_on[CPUS_MAX];    /* timers of that CPU so far */
static uint64_t last_deadline_ns[CPUS_MAX]; /* of these; that CPU's only */

static struct test_timer *test_timer_of(struct timer *timer)
{
    return (struct test_timer *)((char *)timer - offsetof(struct test_timer, timer));
}

static void expired_in_order(struct timer *timer)
{
    struct test_timer *self = test_timer_of(timer);

    TEST_CHECK(clock_monotonic_ns() >= self->deadline_ns);
    TEST_CHECK(percpu_get()->cpu_index == self->cpu);
    TEST_CHECK(self->deadline_ns >= last_deadline_ns[self->cpu]);
    last_deadline_ns[self->cpu] = self->deadline_ns;
    atomic_fetch_add(&self->expired, 1);
    atomic_fetch_add(&expired_on[self->cpu], 1);
}

/* With interrupts disabled all are started before the first can expire, though some are past by then. */
static void start_all_here(unsigned cpu, struct test_random *random)
{
    bool were_enabled = cpu_interrupts_save();
    uint64_t now_ns = clock_monotonic_ns();

    for (unsigned i = 0; i < TIMERS; i++) {
        struct test_timer *self = &all_timers[cpu][i];
        self->cpu = cpu;
        self->deadline_ns = now_ns + test_random_below(random, WITHIN_NS);
        atomic_store(&self->expired, 0);
        timer_init(&self->timer, expired_in_order);
        timer_start(&self->timer, now_ns + (i % 2 == 0 ? 0 : WITHIN_NS)); /* replaced at once */
        timer_start(&self->timer, self->deadline_ns);
    }
    cpu_interrupts_restore(were_enabled);
}

static void expire_in_order(unsigned cpu, struct test_random *random)
{
    atomic_store(&expired_on[cpu], 0);
    last_deadline_ns[cpu] = 0;
    start_all_here(cpu, random);
    test_wait_for(&expired_on[cpu], TIMERS);
    thread_sleep_ns(WITHIN_NS);
    for (unsigned i = 0; i < TIMERS; i++)
        TEST_CHECK(atomic_load(&all_timers[cpu][i].expired) == 1);
}

static void expired_again(struct timer *timer)
{
    struct test_timer *self = test_timer_of(timer);

    TEST_CHECK(clock_monotonic_ns() >= self->deadline_ns);
    if (atomic_fetch_add(&self->expired, 1) + 1 == RESTARTS)
        return;
    if (atomic_load(&self->expired) % 2 == 0)
        self->deadline_ns += RACE_NS;
    timer_start(timer, self->deadline_ns); /* every other time it is past already */
}

static void start_again_inside(struct test_timer *self)
{
    atomic_store(&self->expired, 0);
    self->deadline_ns = clock_monotonic_ns();
    timer_init(&self->timer, expired_again);
    timer_start(&self->timer, self->deadline_ns);
    test_wait_for(&self->expired, RESTARTS);
    TEST_CHECK(!timer_cancel(&self->timer));
    TEST_CHECK(atomic_load(&self->expired) == RESTARTS);
}

static void expired_slowly(struct timer *timer)
{
    struct test_timer *self = test_timer_of(timer);

    atomic_fetch_add(&self->begun, 1);
    clock_spin_ns(CALL_NS);
    atomic_fetch_add(&self->expired, 1);
}

/* Cancelled at about the moment at which it expires, by this thread, which may have moved to another CPU. */
static void race_cancel(struct test_timer *self, struct test_random *random)
{
    uint64_t deadline_ns = clock_monotonic_ns() + CALL_NS + test_random_below(random, RACE_NS);

    atomic_store(&self->begun, 0);
    atomic_store(&self->expired, 0);
    timer_init(&self->timer, expired_slowly);
    timer_start(&self->timer, deadline_ns);
    if (test_random_below(random, 2) == 0)
        test_pin((unsigned)test_random_below(random, cpu_count_online()));
    uint64_t cancel_ns = deadline_ns - CALL_NS + test_random_below(random, 4 * CALL_NS);
    while (clock_monotonic_ns() < cancel_ns)
        cpu_pause();
    bool was_prevented = timer_cancel(&self->timer);
    unsigned expired = atomic_load(&self->expired);
    TEST_CHECK(expired == !was_prevented && atomic_load(&self->begun) == expired);
    clock_spin_ns(2 * CALL_NS);
    TEST_CHECK(atomic_load(&self->begun) == expired);
    TEST_CHECK(!timer_cancel(&self->timer));
}

static void use_timers(void *argument)
{
    unsigned cpu = (unsigned)(uintptr_t)argument;
    struct test_random random;

    test_random_init(&random, cpu);
    expire_in_order(cpu, &random);
    start_again_inside(&all_timers[cpu][0]);
    uint64_t start_ns = clock_monotonic_ns();
    for (unsigned i = 0; i < RACES && !test_has_passed(start_ns, RACES_MS); i++)
        race_cancel(&all_timers[cpu][0], &random);
}

void test_timer(void)
{
    struct thread *threads[CPUS_MAX];
    unsigned count = cpu_count_online() < CPUS_MAX ? cpu_count_online() : CPUS_MAX;

    for (uintptr_t cpu = 0; cpu < count; cpu++) {
        struct cpu_set cpus = test_one_cpu((unsigned)cpu);
        struct thread_options options = {.cpus = &cpus};
        threads[cpu] = test_start("timers", use_timers, (void *)cpu, &options);
    }
    test_join_all(threads, count);
}
