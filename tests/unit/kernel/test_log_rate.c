#include "core/log_rate.h"
#include "test.h"

#define PERIOD 1000
#define MAX 3

static unsigned taken(struct log_rate *rate, uint64_t now_ns, unsigned times, unsigned *ret_left_out)
{
    unsigned count = 0, left_out;

    *ret_left_out = 0;
    for (unsigned i = 0; i < times; i++) {
        count += log_rate_take(rate, now_ns, PERIOD, MAX, &left_out);
        *ret_left_out += left_out;
    }
    return count;
}

static void so_many_a_period(void **state)
{
    struct log_rate rate = {0};
    unsigned left_out;

    (void)state;
    assert_int_equal(taken(&rate, 5000, 2, &left_out), 2);
    assert_int_equal(taken(&rate, 5999, 9, &left_out), 1);
    assert_int_equal(left_out, 0);
    assert_int_equal(taken(&rate, 6000, 9, &left_out), MAX);
    assert_int_equal(left_out, 2 + 9 - MAX);
}

static void what_is_left_out_is_told_once(void **state)
{
    struct log_rate rate = {0};
    unsigned left_out;

    (void)state;
    (void)taken(&rate, 5000, MAX, &left_out);
    (void)taken(&rate, 7000, MAX + 1, &left_out);
    assert_int_equal(left_out, 0); /* all were logged */
    (void)taken(&rate, 9000, 1, &left_out);
    assert_int_equal(left_out, 1);
    (void)taken(&rate, 11000, 1, &left_out);
    assert_int_equal(left_out, 0);
}

/* Where there is no clock, it stands at 0. */
static void without_a_clock_there_is_one_period(void **state)
{
    struct log_rate rate = {0};
    unsigned left_out;

    (void)state;
    assert_int_equal(taken(&rate, 0, 9, &left_out), MAX);
    assert_int_equal(taken(&rate, 0, 9, &left_out), 0);
    assert_int_equal(left_out, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_a_period),
        cmocka_unit_test(what_is_left_out_is_told_once),
        cmocka_unit_test(without_a_clock_there_is_one_period),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
