/* The timers of a machine with two CPUs, whose timer interrupts are made here: the TSC counts nanoseconds,
 * and the test moves it from one interrupt to the next. */
#include "core/timer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "arch/x86_64/lapic.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "core/clock.h"
#include "fake_cpu.h"
#include "test.h"

#define CPUS 2
#define TSC_HZ 1000000000ull
#define START_NS 1000000ull
#define LATENCY_NS 50 /* from the interrupt to the look at the clock */

static struct lapic_of_cpu {
    uint64_t fires_ns; /* TIMER_NEVER: disarmed */
    unsigned arms;
    unsigned acknowledged;
} lapics[CPUS];

static bool lapic_is_usable;
static uint64_t lapic_delay_max_ns, lapic_early_ns; /* how it falls short of what it is told */
static trap_interrupt_handler timer_handler;
static struct percpu blocks[CPUS];
static _Thread_local unsigned here;

/* What has been called so far, in order. */
static struct {
    const struct timer *timer; /* NULL: the slice's end */
    unsigned cpu;
    uint64_t ns;
} calls[1000];
static unsigned call_count;

struct percpu *percpu_get(void)
{
    blocks[here].cpu_index = here;
    return &blocks[here];
}

bool lapic_timer_is_usable(void)
{
    return lapic_is_usable;
}

void lapic_timer_arm(uint64_t delay_ns)
{
    assert_true(lapic_is_usable);
    assert_false(fake_cpu.interrupts_are_enabled);
    if (delay_ns > lapic_delay_max_ns)
        delay_ns = lapic_delay_max_ns;
    else if (delay_ns > lapic_early_ns)
        delay_ns -= lapic_early_ns;
    lapics[here].fires_ns = fake_cpu.timestamp + delay_ns;
    lapics[here].arms++;
}

void lapic_end_of_interrupt(void)
{
    lapics[here].acknowledged++;
}

void trap_set_interrupt_handler(unsigned vector, trap_interrupt_handler handler)
{
    assert_int_equal(vector, TRAP_VECTOR_TIMER);
    timer_handler = handler;
}

static void note_call(const struct timer *timer)
{
    assert_false(fake_cpu.interrupts_are_enabled);
    assert_true(call_count < COUNT_OF(calls));
    calls[call_count].timer = timer;
    calls[call_count].cpu = here;
    calls[call_count].ns = clock_monotonic_ns();
    call_count++;
}

static void note_expired(struct timer *timer)
{
    note_call(timer);
}

static uint64_t next_slice_ns; /* what slice_ended() sets the next end to, from now; 0: nothing */

static void slice_ended(void)
{
    note_call(NULL);
    if (next_slice_ns != 0)
        timer_set_slice_end(clock_monotonic_ns() + next_slice_ns);
}

static struct timer timers[8];

static void start_machine(bool has_interrupt, uint64_t tsc_hz)
{
    memset(lapics, 0, sizeof(lapics));
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        lapics[cpu].fires_ns = TIMER_NEVER;
    lapic_is_usable = has_interrupt;
    lapic_delay_max_ns = TIMER_NEVER;
    lapic_early_ns = 0;
    timer_handler = NULL;
    here = 0;
    call_count = 0;
    next_slice_ns = 0;
    fake_cpu.interrupts_are_enabled = true;
    fake_cpu.timestamp = START_NS;
    fake_cpu.timestamp_step = 0;
    if (tsc_hz != 0)
        clock_start(tsc_hz, 0, 0, 0);
    timer_setup(slice_ended);
    for (size_t i = 0; i < COUNT_OF(timers); i++) {
        memset(&timers[i], 0xcc, sizeof(timers[i]));
        timer_init(&timers[i], note_expired);
    }
}

static int start(void **state)
{
    (void)state;
    start_machine(true, TSC_HZ);
    return 0;
}

static void interrupt(unsigned cpu)
{
    struct trap_frame frame;
    unsigned before = here;
    bool were_enabled = fake_cpu.interrupts_are_enabled;

    here = cpu;
    fake_cpu.interrupts_are_enabled = false;
    timer_handler(&frame);
    assert_false(fake_cpu.interrupts_are_enabled);
    fake_cpu.interrupts_are_enabled = were_enabled;
    here = before;
}

/* Let time pass up to `ns`, with all interrupts on the way. Returns how many there were. */
static unsigned run_until(uint64_t ns)
{
    unsigned interrupts = 0;

    for (;;) {
        unsigned next = lapics[1].fires_ns < lapics[0].fires_ns;
        if (lapics[next].fires_ns > ns)
            break;
        if (fake_cpu.timestamp < lapics[next].fires_ns)
            fake_cpu.timestamp = lapics[next].fires_ns;
        lapics[next].fires_ns = TIMER_NEVER;
        fake_cpu.timestamp += lapic_early_ns == 0 ? LATENCY_NS : 0;
        interrupt(next);
        assert_true(++interrupts < 10000);
    }
    fake_cpu.timestamp = ns;
    return interrupts;
}

static void set_slice_end(uint64_t ns)
{
    fake_cpu.interrupts_are_enabled = false;
    timer_set_slice_end(ns);
    fake_cpu.interrupts_are_enabled = true;
}

static void assert_called(unsigned index, const struct timer *timer, uint64_t ns)
{
    assert_true(index < call_count);
    assert_ptr_equal(calls[index].timer, timer);
    assert_in_range(calls[index].ns, ns, ns + LATENCY_NS);
}

static void timers_expire_in_the_order_of_their_deadlines(void **state)
{
    static const unsigned order[] = {3, 0, 1, 4, 2};
    static const uint64_t deadlines[] = {2000, 3000, 5000, 1000, 3000};

    (void)state;
    assert_true(timer_has_interrupt());
    for (size_t i = 0; i < COUNT_OF(deadlines); i++)
        timer_start(&timers[i], START_NS + deadlines[i]);
    assert_int_equal(lapics[0].arms, 2); /* the third and fifth come later than what was armed */
    assert_true(fake_cpu.interrupts_are_enabled);
    assert_int_equal(run_until(START_NS + 9000), 4);
    assert_int_equal(call_count, 5);
    for (size_t i = 0; i < COUNT_OF(order); i++)
        assert_called((unsigned)i, &timers[order[i]], START_NS + deadlines[order[i]]);
    assert_int_equal(lapics[0].acknowledged, 4);
    assert_int_equal(timer_interrupt_count(1), 0);
}

static void interrupts_are_counted_for_each_cpu(void **state)
{
    uint64_t before[] = {timer_interrupt_count(0), timer_interrupt_count(1)};

    (void)state;
    timer_start(&timers[0], START_NS + 1000);
    timer_start(&timers[1], START_NS + 2000);
    here = 1;
    timer_start(&timers[2], START_NS + 1500);
    run_until(START_NS + 9000);
    assert_int_equal(timer_interrupt_count(0) - before[0], 2);
    assert_int_equal(timer_interrupt_count(1) - before[1], 1);
    assert_int_equal(calls[1].cpu, 1);
    assert_int_equal(calls[2].cpu, 0);
}

static void a_cpu_with_nothing_to_wait_for_gets_no_interrupt(void **state)
{
    (void)state;
    assert_int_equal(run_until(START_NS + 1000000), 0);
    timer_start(&timers[0], START_NS + 2000000);
    assert_int_equal(run_until(START_NS + 1000000000), 1);
    assert_int_equal(lapics[0].fires_ns, TIMER_NEVER);
    timer_start(&timers[0], TIMER_NEVER);
    set_slice_end(TIMER_NEVER);
    assert_int_equal(lapics[0].arms, 1);
    assert_int_equal(run_until(START_NS + (1ull << 60)), 0);
}

static void a_deadline_in_the_past_comes_at_once_by_an_interrupt(void **state)
{
    static const uint64_t deadlines[] = {0, 1, START_NS - 1, START_NS};

    for (size_t i = 0; i < COUNT_OF(deadlines); i++) {
        (void)start(state);
        timer_start(&timers[0], deadlines[i]);
        assert_int_equal(call_count, 0);
        assert_int_equal(lapics[0].fires_ns, START_NS);
        assert_int_equal(run_until(START_NS), 1);
        assert_called(0, &timers[0], START_NS);
    }
}

static void starting_again_replaces_the_deadline(void **state)
{
    (void)state;
    timer_start(&timers[0], START_NS + 1000);
    timer_start(&timers[0], START_NS + 5000); /* the interrupt in between comes in vain */
    assert_int_equal(run_until(START_NS + 9000), 2);
    assert_int_equal(call_count, 1);
    assert_called(0, &timers[0], START_NS + 5000);

    timer_start(&timers[0], START_NS + 50000);
    timer_start(&timers[0], START_NS + 20000);
    assert_int_equal(run_until(START_NS + 90000), 1);
    assert_int_equal(call_count, 2);
    assert_called(1, &timers[0], START_NS + 20000);
}

static void a_cancelled_timer_does_not_expire(void **state)
{
    (void)state;
    assert_false(timer_cancel(&timers[0])); /* never started */
    timer_start(&timers[0], START_NS + 1000);
    timer_start(&timers[1], START_NS + 2000);
    assert_true(timer_cancel(&timers[0]));
    assert_true(fake_cpu.interrupts_are_enabled);
    assert_false(timer_cancel(&timers[0]));
    run_until(START_NS + 9000);
    assert_int_equal(call_count, 1);
    assert_called(0, &timers[1], START_NS + 2000);
    assert_false(timer_cancel(&timers[1])); /* it has expired */
}

/* What most waits do: they end before their timeout. */
static void cancelling_and_starting_leaves_the_hardware_alone(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 100; i++) {
        timer_start(&timers[0], START_NS + 1000000 + i * 100);
        assert_int_equal(run_until(START_NS + i * 100), 0);
        assert_true(timer_cancel(&timers[0]));
    }
    assert_int_equal(lapics[0].arms, 1);
    assert_int_equal(run_until(1ull << 60), 1);
    assert_int_equal(call_count, 0);
}

static void a_timer_whose_interrupt_is_pending_can_be_cancelled(void **state)
{
    (void)state;
    timer_start(&timers[0], START_NS + 1000);
    fake_cpu.timestamp += 5000;
    assert_true(timer_cancel(&timers[0]));
    run_until(START_NS + 9000);
    assert_int_equal(call_count, 0);
}

static void expired_again(struct timer *timer)
{
    note_call(timer);
    if (call_count < 5)
        timer_start(timer, clock_monotonic_ns() + 1000);
}

static void a_timer_may_start_itself_again(void **state)
{
    (void)state;
    timer_init(&timers[0], expired_again);
    timer_start(&timers[0], START_NS + 1000);
    assert_int_equal(run_until(START_NS + 900000), 5);
    assert_int_equal(call_count, 5);
    for (unsigned i = 0; i < 5; i++)
        assert_called(i, &timers[0], START_NS + 1000 + i * (1000 + LATENCY_NS));
    assert_int_equal(lapics[0].arms, 5);

    timer_init(&timers[0], expired_again);
    call_count = 0;
    timer_start(&timers[0], START_NS + 1000000);
    run_until(START_NS + 1000500);
    assert_int_equal(call_count, 1);
    assert_true(timer_cancel(&timers[0])); /* it comes later, so it wins */
    run_until(START_NS + 2000000);
    assert_int_equal(call_count, 1);
}

static void expired_change_others(struct timer *timer)
{
    note_call(timer);
    assert_true(timer_cancel(&timers[1]));
    timer_start(&timers[2], START_NS);
    timer_start(&timers[3], START_NS + 3000);
}

static void an_expired_timer_may_start_and_cancel_others(void **state)
{
    (void)state;
    timer_init(&timers[0], expired_change_others);
    timer_start(&timers[1], START_NS + 1000 + LATENCY_NS);
    timer_start(&timers[0], START_NS + 1000);
    assert_int_equal(run_until(START_NS + 9000), 2);
    assert_int_equal(call_count, 3);
    assert_called(1, &timers[2], START_NS + 1000); /* past already: in the same interrupt */
    assert_called(2, &timers[3], START_NS + 3000);
    assert_int_equal(lapics[0].arms, 3); /* not by expired_change_others() */
}

static void the_slices_end_comes_after_the_timers(void **state)
{
    (void)state;
    set_slice_end(START_NS + 1000);
    timer_start(&timers[0], START_NS + 1010);
    timer_start(&timers[1], START_NS + 2000);
    assert_int_equal(run_until(START_NS + 9000), 2);
    assert_int_equal(call_count, 3);
    assert_called(0, &timers[0], START_NS + 1000);
    assert_called(1, NULL, START_NS + 1000);
    assert_called(2, &timers[1], START_NS + 2000);
}

static void moving_the_slices_end_back_writes_nothing(void **state)
{
    (void)state;
    set_slice_end(START_NS + 1000);
    for (uint64_t end = 1000; end < 20000; end += 100)
        set_slice_end(START_NS + end);
    set_slice_end(TIMER_NEVER);
    set_slice_end(START_NS + 20000);
    assert_int_equal(lapics[0].arms, 1);
    assert_int_equal(run_until(START_NS + 19000), 1); /* finds that it is too early */
    assert_int_equal(call_count, 0);
    assert_int_equal(run_until(START_NS + 90000), 1);
    assert_called(0, NULL, START_NS + 20000);
    assert_int_equal(lapics[0].arms, 2);
}

static void an_earlier_slices_end_is_armed(void **state)
{
    (void)state;
    timer_start(&timers[0], START_NS + 9000);
    set_slice_end(START_NS + 2000);
    assert_int_equal(lapics[0].fires_ns, START_NS + 2000);
    set_slice_end(START_NS + 1000);
    assert_int_equal(lapics[0].arms, 3);
    assert_int_equal(run_until(START_NS + 20000), 2);
    assert_int_equal(call_count, 2);
    assert_called(0, NULL, START_NS + 1000);
    assert_called(1, &timers[0], START_NS + 9000);
}

static void a_slice_may_begin_where_one_ends(void **state)
{
    (void)state;
    next_slice_ns = 1000;
    set_slice_end(START_NS + 1000);
    assert_int_equal(run_until(START_NS + 5 * (1000 + LATENCY_NS)), 5);
    assert_int_equal(call_count, 5);
    for (unsigned i = 0; i < 5; i++)
        assert_called(i, NULL, START_NS + 1000 + i * (1000 + LATENCY_NS));
    next_slice_ns = 0;
    assert_int_equal(run_until(START_NS + 1000000), 1);
}

static void slices_of_other_cpus_are_their_own(void **state)
{
    (void)state;
    set_slice_end(START_NS + 1000);
    here = 1;
    set_slice_end(START_NS + 2000);
    run_until(START_NS + 9000);
    assert_int_equal(call_count, 2);
    assert_int_equal(calls[0].cpu, 0);
    assert_int_equal(calls[1].cpu, 1);
    assert_called(1, NULL, START_NS + 2000);
}

static void an_early_interrupt_is_followed_by_another(void **state)
{
    (void)state;
    lapic_early_ns = 300;
    timer_start(&timers[0], START_NS + 10000);
    assert_int_equal(run_until(START_NS + 90000), 2);
    assert_int_equal(call_count, 1);
    assert_called(0, &timers[0], START_NS + 10000);
}

static void a_deadline_beyond_the_counter_is_reached_in_steps(void **state)
{
    (void)state;
    lapic_delay_max_ns = 1000000;
    timer_start(&timers[0], START_NS + 10500000);
    assert_in_range(run_until(START_NS + 20000000), 11, 12);
    assert_int_equal(call_count, 1);
    assert_called(0, &timers[0], START_NS + 10500000);
}

static const struct trap_frame *frame_seen;

static void expired_look_at_frame(struct timer *timer)
{
    note_call(timer);
    frame_seen = timer_interrupted_frame();
}

static void the_interrupted_frame_is_known_inside_the_interrupt_only(void **state)
{
    struct trap_frame frame;

    (void)state;
    timer_init(&timers[0], expired_look_at_frame);
    timer_start(&timers[0], START_NS);
    fake_cpu.interrupts_are_enabled = false;
    timer_handler(&frame);
    assert_ptr_equal(frame_seen, &frame);
    assert_null(timer_interrupted_frame());

    timer_start(&timers[0], START_NS);
    timer_poll();
    assert_int_equal(call_count, 2);
    assert_null(frame_seen);
}

static void without_an_interrupt_polling_does_its_work(void **state)
{
    (void)state;
    start_machine(false, TSC_HZ);
    assert_false(timer_has_interrupt());
    assert_null(timer_handler);
    timer_start(&timers[0], START_NS + 1000);
    timer_start(&timers[1], START_NS + 3000);
    set_slice_end(START_NS + 2000); /* lapic_timer_arm() would fail */
    fake_cpu.interrupts_are_enabled = false;
    timer_poll();
    assert_int_equal(call_count, 0);
    for (fake_cpu.timestamp = START_NS; fake_cpu.timestamp < START_NS + 9000; fake_cpu.timestamp += 10)
        timer_poll();
    assert_int_equal(call_count, 3);
    assert_called(0, &timers[0], START_NS + 1000);
    assert_called(1, NULL, START_NS + 2000);
    assert_called(2, &timers[1], START_NS + 3000);
}

/* The first test, for a clock that has been started cannot be stopped. */
static void without_a_clock_nothing_expires(void **state)
{
    (void)state;
    start_machine(false, 0);
    assert_int_equal(clock_tsc_hz(), 0);
    timer_start(&timers[0], 0);
    set_slice_end(0);
    fake_cpu.interrupts_are_enabled = false;
    for (int i = 0; i < 10; i++) {
        fake_cpu.timestamp += 1ull << 40;
        timer_poll();
    }
    assert_int_equal(call_count, 0);
    assert_true(timer_cancel(&timers[0]));
}

static void a_thread_that_moved_cancels_on_the_cpu_that_it_left(void **state)
{
    (void)state;
    timer_start(&timers[0], START_NS + 1000);
    here = 1;
    assert_true(timer_cancel(&timers[0]));
    run_until(START_NS + 9000);
    assert_int_equal(call_count, 0);
}

static void a_thread_that_moved_takes_its_timer_along(void **state)
{
    (void)state;
    timer_start(&timers[0], START_NS + 1000);
    here = 1;
    timer_start(&timers[0], START_NS + 2000);
    run_until(START_NS + 9000);
    assert_int_equal(call_count, 1);
    assert_called(0, &timers[0], START_NS + 2000);
    assert_int_equal(calls[0].cpu, 1);
}

/* `expired` on CPU 1 that takes its time, while CPU 0 cancels or starts the timer. */
static atomic_bool has_entered, has_left;
static bool starts_again;

static void expired_slowly(struct timer *timer)
{
    if (atomic_exchange(&has_entered, true))
        return note_call(timer);
    usleep(30000);
    if (starts_again)
        timer_start(timer, START_NS + 1000);
    usleep(1000);
    atomic_store(&has_left, true);
}

static void *interrupt_cpu_1(void *argument)
{
    struct trap_frame frame;

    (void)argument;
    here = 1;
    timer_handler(&frame);
    return NULL;
}

/* Interrupt CPU 1, whose first timer is to expire; returns when expired_slowly() is under way. */
static pthread_t enter_expired_slowly(bool is_to_start_again)
{
    pthread_t thread;

    atomic_store(&has_entered, false);
    atomic_store(&has_left, false);
    starts_again = is_to_start_again;
    timer_init(&timers[0], expired_slowly);
    here = 1;
    timer_start(&timers[0], START_NS);
    here = 0;
    fake_cpu.interrupts_are_enabled = false; /* of both CPUs: there is one flag */
    assert_int_equal(pthread_create(&thread, NULL, interrupt_cpu_1, NULL), 0);
    while (!atomic_load(&has_entered))
        sched_yield();
    return thread;
}

static void cancelling_waits_for_expired_on_another_cpu(void **state)
{
    for (int starts = 0; starts <= 1; starts++) {
        (void)start(state);
        pthread_t thread = enter_expired_slowly(starts);
        bool was_prevented = timer_cancel(&timers[0]);
        assert_true(atomic_load(&has_left));
        assert_int_equal(was_prevented, starts);
        assert_int_equal(pthread_join(thread, NULL), 0);
        run_until(START_NS + 9000);
        assert_int_equal(call_count, 0); /* the second call is the one noted */
    }
}

static void starting_waits_for_expired_on_another_cpu(void **state)
{
    for (int starts = 0; starts <= 1; starts++) {
        (void)start(state);
        pthread_t thread = enter_expired_slowly(starts);
        timer_start(&timers[0], START_NS + 2000);
        assert_true(atomic_load(&has_left));
        assert_int_equal(pthread_join(thread, NULL), 0);
        run_until(START_NS + 9000);
        assert_int_equal(call_count, 1);
        assert_called(0, &timers[0], START_NS + 2000);
        assert_int_equal(calls[0].cpu, 0);
    }
}

/* Timers at random on both CPUs: each start that is not taken back is called once, on its CPU, at its time.
 */
static struct {
    bool is_waiting;
    unsigned cpu;
    uint64_t deadline_ns;
} expected[COUNT_OF(timers)];

static void expired_as_expected(struct timer *timer)
{
    size_t i = (size_t)(timer - timers);

    assert_true(expected[i].is_waiting);
    assert_int_equal(expected[i].cpu, here);
    assert_in_range(clock_monotonic_ns(), expected[i].deadline_ns, expected[i].deadline_ns + 2 * LATENCY_NS);
    expected[i].is_waiting = false;
}

static void assert_none_is_late(void)
{
    for (size_t i = 0; i < COUNT_OF(timers); i++)
        assert_false(expected[i].is_waiting && expected[i].deadline_ns + 2 * LATENCY_NS < fake_cpu.timestamp);
}

static void each_start_is_called_once_in_its_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(timers); i++)
        timer_init(&timers[i], expired_as_expected);
    memset(expected, 0, sizeof(expected));
    lapic_delay_max_ns = 7000;
    for (int step = 0; step < 50000; step++) {
        size_t i = random_below(COUNT_OF(timers));
        here = (unsigned)random_below(CPUS);
        if (random_below(4) == 0) {
            assert_int_equal(timer_cancel(&timers[i]), expected[i].is_waiting);
            expected[i].is_waiting = false;
        } else {
            expected[i].is_waiting = true;
            expected[i].cpu = here;
            expected[i].deadline_ns = fake_cpu.timestamp + random_below(20000);
            timer_start(&timers[i], expected[i].deadline_ns);
        }
        run_until(fake_cpu.timestamp + random_below(3000));
        assert_none_is_late();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_clock_nothing_expires),
        cmocka_unit_test_setup(timers_expire_in_the_order_of_their_deadlines, start),
        cmocka_unit_test_setup(interrupts_are_counted_for_each_cpu, start),
        cmocka_unit_test_setup(a_cpu_with_nothing_to_wait_for_gets_no_interrupt, start),
        cmocka_unit_test_setup(a_deadline_in_the_past_comes_at_once_by_an_interrupt, start),
        cmocka_unit_test_setup(starting_again_replaces_the_deadline, start),
        cmocka_unit_test_setup(a_cancelled_timer_does_not_expire, start),
        cmocka_unit_test_setup(cancelling_and_starting_leaves_the_hardware_alone, start),
        cmocka_unit_test_setup(a_timer_whose_interrupt_is_pending_can_be_cancelled, start),
        cmocka_unit_test_setup(a_timer_may_start_itself_again, start),
        cmocka_unit_test_setup(an_expired_timer_may_start_and_cancel_others, start),
        cmocka_unit_test_setup(the_slices_end_comes_after_the_timers, start),
        cmocka_unit_test_setup(moving_the_slices_end_back_writes_nothing, start),
        cmocka_unit_test_setup(an_earlier_slices_end_is_armed, start),
        cmocka_unit_test_setup(a_slice_may_begin_where_one_ends, start),
        cmocka_unit_test_setup(slices_of_other_cpus_are_their_own, start),
        cmocka_unit_test_setup(an_early_interrupt_is_followed_by_another, start),
        cmocka_unit_test_setup(a_deadline_beyond_the_counter_is_reached_in_steps, start),
        cmocka_unit_test_setup(the_interrupted_frame_is_known_inside_the_interrupt_only, start),
        cmocka_unit_test_setup(without_an_interrupt_polling_does_its_work, start),
        cmocka_unit_test_setup(a_thread_that_moved_cancels_on_the_cpu_that_it_left, start),
        cmocka_unit_test_setup(a_thread_that_moved_takes_its_timer_along, start),
        cmocka_unit_test_setup(cancelling_waits_for_expired_on_another_cpu, start),
        cmocka_unit_test_setup(starting_waits_for_expired_on_another_cpu, start),
        cmocka_unit_test_setup(each_start_is_called_once_in_its_time, start),
    };

    return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
