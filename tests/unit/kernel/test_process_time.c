/* Times of programs: conversions, when timers expire and how often, user and system time. */
#include "lib/time_math.h"
#include "test.h"
#include "time/time_split.h"
#include "time/timer_state.h"

#define S NS_PER_SECOND

static void times_are_taken_as_posix_says(void **state)
{
    static const struct {
        struct timespec64 time;
        bool is_valid;
        uint64_t ns;
    } cases[] = {
        {{0, 0}, true, 0},
        {{1, 999999999}, true, 2 * S - 1},
        {{-1, 0}, false, 0},
        {{0, -1}, false, 0},
        {{0, 1000000000}, false, 0},
        {{0, INT64_MIN}, false, 0},
        {{18446744072, 5}, true, 18446744072 * S + 5},
        {{18446744073, 0}, true, TIME_NEVER},
        {{INT64_MAX, 999999999}, true, TIME_NEVER},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t ns = 0;
        assert_int_equal(time_from_timespec(&cases[i].time, &ns), cases[i].is_valid);
        assert_int_equal(ns, cases[i].ns);
        const struct timeval value = {cases[i].time.seconds, cases[i].time.nanoseconds / 1000};
        bool is_valid = value.seconds >= 0 && value.microseconds >= 0 && value.microseconds < 1000000;
        assert_int_equal(time_from_timeval(&value, &ns), is_valid);
    }
}

static void times_come_back_as_they_were(void **state)
{
    (void)state;
    for (int i = 0; i < 10000; i++) {
        uint64_t ns = random_below(UINT64_MAX / 2), back;
        const struct timespec64 time = time_to_timespec(ns);
        assert_true(time_from_timespec(&time, &back));
        assert_int_equal(back, ns);
        const struct timeval value = time_to_timeval(ns);
        assert_true(time_from_timeval(&value, &back));
        assert_int_equal(back, ns - ns % 1000);
    }
}

static void sums_end_at_never(void **state)
{
    (void)state;
    assert_int_equal(time_add(1, 2), 3);
    assert_int_equal(time_add(TIME_NEVER, 1), TIME_NEVER);
    assert_int_equal(time_add(TIME_NEVER - 1, 1), TIME_NEVER);
    assert_int_equal(time_until(5, 3), 2);
    assert_int_equal(time_until(3, 5), 0);
}

static void a_timer_expires_once(void **state)
{
    struct timer_state timer = {true, 100, 0};

    (void)state;
    assert_int_equal(timer_state_left(&timer, 40), 60);
    assert_int_equal(timer_state_expire(&timer, 99), 0);
    assert_int_equal(timer_state_left(&timer, 100), 1); /* due, not yet counted */
    assert_int_equal(timer_state_expire(&timer, 100), 1);
    assert_int_equal(timer_state_expire(&timer, 1000), 0);
    assert_int_equal(timer_state_left(&timer, 1000), 0);
}

static void an_interval_keeps_its_beat(void **state)
{
    struct timer_state timer = {true, 100, 30};

    (void)state;
    assert_int_equal(timer_state_expire(&timer, 100), 1);
    assert_int_equal(timer.expires_ns, 130);
    assert_int_equal(timer_state_expire(&timer, 129), 0);
    assert_int_equal(timer_state_expire(&timer, 195), 3); /* 130, 160, 190 */
    assert_int_equal(timer.expires_ns, 220);
    assert_int_equal(timer_state_left(&timer, 200), 20);
}

/* Against the simplest way to say what is meant. */
static void intervals_are_counted_as_if_one_by_one(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct timer_state timer = {true, random_below(1000), 1 + random_below(50)};
        uint64_t next = timer.expires_ns, now = 0;
        for (int j = 0; j < 20; j++) {
            uint64_t count = 0;
            now += random_below(200);
            for (; next <= now; next += timer.interval_ns)
                count++;
            assert_int_equal(timer_state_expire(&timer, now), count);
            assert_int_equal(timer_state_left(&timer, now), next - now);
        }
    }
}

static void a_timer_never_wraps(void **state)
{
    struct timer_state timer = {true, TIME_NEVER - 10, TIME_NEVER};

    (void)state;
    assert_int_equal(timer_state_expire(&timer, TIME_NEVER - 5), 1);
    assert_int_equal(timer.expires_ns, TIME_NEVER);
    timer = (struct timer_state){true, 0, 1};
    assert_int_equal(timer_state_expire(&timer, TIME_NEVER), TIME_NEVER);
}

static void time_is_divided_as_the_samples_are(void **state)
{
    static const struct {
        uint64_t run_ns, user, system, user_ns, system_ns;
    } cases[] = {
        {1000, 0, 0, 1000, 0},           {1000, 1, 0, 1000, 0},
        {1000, 0, 1, 0, 1000},           {1000, 3, 1, 750, 250},
        {100 * S, 1, 1, 50 * S, 50 * S}, {1ull << 62, 1ull << 50, 1ull << 50, 1ull << 61, 1ull << 61},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct time_split told = {0, 0};
        time_split(cases[i].run_ns, cases[i].user, cases[i].system, &told);
        assert_int_equal(told.user_ns + told.system_ns, cases[i].run_ns);
        uint64_t off = told.system_ns > cases[i].system_ns ? told.system_ns - cases[i].system_ns
                                                           : cases[i].system_ns - told.system_ns;
        assert_true(off <= cases[i].run_ns >> 30);
    }
}

static void what_was_told_never_goes_back(void **state)
{
    struct time_split told = {0, 0};
    uint64_t run_ns = 0, user = 0, system = 0;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        const struct time_split before = told;
        run_ns += random_below(20000000);
        if (random_below(2))
            user += random_below(3);
        else
            system += random_below(50);
        time_split(run_ns, user, system, &told);
        assert_true(told.user_ns >= before.user_ns && told.system_ns >= before.system_ns);
        assert_int_equal(told.user_ns + told.system_ns, run_ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_taken_as_posix_says),
        cmocka_unit_test(times_come_back_as_they_were),
        cmocka_unit_test(sums_end_at_never),
        cmocka_unit_test(a_timer_expires_once),
        cmocka_unit_test(an_interval_keeps_its_beat),
        cmocka_unit_test(intervals_are_counted_as_if_one_by_one),
        cmocka_unit_test(a_timer_never_wraps),
        cmocka_unit_test(time_is_divided_as_the_samples_are),
        cmocka_unit_test(what_was_told_never_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
