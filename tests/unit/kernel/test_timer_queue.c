/* The timers' order, and a model of the queue that is a sorted array. */
#include "core/timer_queue.h"

#include "test.h"

#define TIMERS 300
#define LAST_DEADLINE ((uint64_t)INT64_MAX - 1)

static struct timer_queue queue;
static struct timer timers[TIMERS];

static int start_empty(void **state)
{
    (void)state;
    memset(&queue, 0xcc, sizeof(queue));
    timer_queue_init(&queue);
    for (size_t i = 0; i < TIMERS; i++) {
        memset(&timers[i], 0xcc, sizeof(timers[i]));
        timers[i].is_queued = false;
    }
    return 0;
}

static void nothing_waits_in_an_empty_queue(void **state)
{
    (void)state;
    assert_int_equal(timer_queue_next_ns(&queue), TIMER_NEVER);
    assert_null(timer_queue_take_expired(&queue, UINT64_MAX));
    assert_false(timer_queue_remove(&queue, &timers[0]));
}

static void a_timer_expires_at_its_deadline_and_not_before(void **state)
{
    static const uint64_t deadlines[] = {0, 1, 1000, 1ull << 32, 1ull << 62, LAST_DEADLINE};

    for (size_t i = 0; i < COUNT_OF(deadlines); i++) {
        start_empty(state);
        timer_queue_add(&queue, &timers[0], deadlines[i]);
        assert_true(timers[0].is_queued);
        assert_int_equal(timer_queue_next_ns(&queue), deadlines[i]);
        if (deadlines[i] > 0)
            assert_null(timer_queue_take_expired(&queue, deadlines[i] - 1));
        assert_ptr_equal(timer_queue_take_expired(&queue, deadlines[i]), &timers[0]);
        assert_false(timers[0].is_queued);
        assert_null(timer_queue_take_expired(&queue, deadlines[i]));
    }
}

static void equal_deadlines_expire_in_the_order_of_adding(void **state)
{
    (void)state;
    for (size_t i = 0; i < 50; i++)
        timer_queue_add(&queue, &timers[i * 7 % 50], 5);
    for (size_t i = 0; i < 50; i++)
        assert_ptr_equal(timer_queue_take_expired(&queue, 5), &timers[i * 7 % 50]);
}

static void a_removed_timer_does_not_expire(void **state)
{
    (void)state;
    timer_queue_add(&queue, &timers[0], 1);
    timer_queue_add(&queue, &timers[1], 2);
    assert_true(timer_queue_remove(&queue, &timers[0]));
    assert_false(timer_queue_remove(&queue, &timers[0]));
    assert_int_equal(timer_queue_next_ns(&queue), 2);
    assert_ptr_equal(timer_queue_take_expired(&queue, 9), &timers[1]);
    assert_false(timer_queue_remove(&queue, &timers[1]));
    assert_null(timer_queue_take_expired(&queue, 9));
}

static void never_is_after_all_and_does_not_come(void **state)
{
    static const uint64_t never[] = {TIMER_NEVER, TIMER_NEVER - 1, LAST_DEADLINE + 1, LAST_DEADLINE + 2};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(never); i++)
        timer_queue_add(&queue, &timers[i], never[i]);
    assert_int_equal(timer_queue_next_ns(&queue), TIMER_NEVER);
    assert_null(timer_queue_take_expired(&queue, UINT64_MAX));

    timer_queue_add(&queue, &timers[10], LAST_DEADLINE);
    timer_queue_add(&queue, &timers[11], 3);
    assert_int_equal(timer_queue_next_ns(&queue), 3);
    assert_ptr_equal(timer_queue_take_expired(&queue, UINT64_MAX), &timers[11]);
    assert_ptr_equal(timer_queue_take_expired(&queue, UINT64_MAX), &timers[10]);
    assert_null(timer_queue_take_expired(&queue, UINT64_MAX));
    for (size_t i = 0; i < COUNT_OF(never); i++)
        assert_true(timer_queue_remove(&queue, &timers[i]));
}

/* The model: timers in the order in which they expire. */
static struct {
    struct timer *timer;
    uint64_t deadline_ns;
} sorted[TIMERS];
static size_t sorted_count;

static void sorted_insert(struct timer *timer, uint64_t deadline_ns)
{
    size_t at = sorted_count++;

    for (; at > 0 && sorted[at - 1].deadline_ns > deadline_ns; at--)
        sorted[at] = sorted[at - 1];
    sorted[at].timer = timer;
    sorted[at].deadline_ns = deadline_ns;
}

static void sorted_remove(size_t at)
{
    sorted_count--;
    memmove(&sorted[at], &sorted[at + 1], (sorted_count - at) * sizeof(sorted[0]));
}

static size_t sorted_find(const struct timer *timer)
{
    size_t at = 0;

    while (at < sorted_count && sorted[at].timer != timer)
        at++;
    return at;
}

static void add_or_remove(struct timer *timer, uint64_t deadline_ns)
{
    size_t at = sorted_find(timer);

    assert_int_equal(timer_queue_remove(&queue, timer), at < sorted_count);
    if (at < sorted_count) {
        sorted_remove(at);
    } else {
        timer_queue_add(&queue, timer, deadline_ns);
        sorted_insert(timer, deadline_ns);
    }
}

static void expire(uint64_t now_ns)
{
    while (sorted_count > 0 && sorted[0].deadline_ns <= now_ns) {
        assert_ptr_equal(timer_queue_take_expired(&queue, now_ns), sorted[0].timer);
        sorted_remove(0);
    }
    assert_null(timer_queue_take_expired(&queue, now_ns));
}

static void random_steps_keep_to_the_model(void **state)
{
    uint64_t now_ns = 0;

    (void)state;
    sorted_count = 0;
    for (int step = 0; step < 100000; step++) {
        if (random_below(40) == 0)
            expire(now_ns += random_below(300));
        else
            add_or_remove(&timers[random_below(TIMERS)], now_ns + random_below(2000));
        assert_int_equal(timer_queue_next_ns(&queue),
                         sorted_count == 0 ? TIMER_NEVER : sorted[0].deadline_ns);
    }
    assert_true(sorted_count > 10);
    expire(now_ns + 2000);
    assert_int_equal(sorted_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_waits_in_an_empty_queue, start_empty),
        cmocka_unit_test_setup(a_timer_expires_at_its_deadline_and_not_before, start_empty),
        cmocka_unit_test_setup(equal_deadlines_expire_in_the_order_of_adding, start_empty),
        cmocka_unit_test_setup(a_removed_timer_does_not_expire, start_empty),
        cmocka_unit_test_setup(never_is_after_all_and_does_not_come, start_empty),
        cmocka_unit_test_setup(random_steps_keep_to_the_model, start_empty),
    };

    return cmocka_run_group_tests_name("timer-queue", tests, NULL, NULL);
}
