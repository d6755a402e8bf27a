/* Keys after a break: which character is taken, which key it is, and that the answer is seen. */
#include "core/sysrq.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/panic.h"
#include "test.h"

struct trap_frame {
    int dummy;
};

static char text[1024]; /* what was shown */
static enum log_level level;
static uint64_t now_ns;
static struct trap_frame frame;
static const struct trap_frame *frame_given;
static unsigned times_acted, times_panicked;

uint64_t clock_monotonic_ns(void)
{
    return now_ns;
}

enum log_level log_set_level(enum log_level new_level)
{
    enum log_level before = level;

    level = new_level;
    return before;
}

void log_line(enum log_level of_line, const char *format, ...)
{
    va_list arguments;
    size_t length = strlen(text);

    if (of_line > level)
        return;
    va_start(arguments, format);
    vsnprintf(text + length, sizeof(text) - length, format, arguments);
    va_end(arguments);
    strncat(text, "\n", sizeof(text) - strlen(text) - 1);
}

void panic(const char *format, ...)
{
    (void)format;
    abort();
}

void panic_trap(const struct trap_frame *of, const char *format, ...)
{
    assert_ptr_equal(of, &frame);
    assert_contains(format, "a crash was asked for");
    times_panicked++;
    mock_assert(0, "panic", __FILE__, __LINE__); /* does not return */
    abort();
}

static void act(const struct trap_frame *given)
{
    frame_given = given;
    times_acted++;
    log_info("acted");
    log_debug("details");
}

static struct sysrq_key key = {.key = 'x', .help = "the x", .act = act};

static int set_up(void **state)
{
    (void)state;
    (void)sysrq_receive('\0', NULL); /* a break that a test before left behind */
    text[0] = '\0';
    level = LOG_INFO;
    now_ns = 100 * SYSRQ_WAIT_NS;
    times_acted = 0;
    frame_given = NULL;
    return 0;
}

static int set_up_group(void **state)
{
    (void)state;
    sysrq_add(&key);
    return 0;
}

static void a_character_alone_is_not_taken(void **state)
{
    (void)state;
    assert_false(sysrq_receive('x', &frame));
    assert_int_equal(times_acted, 0);
    assert_string_equal(text, "");
}

static void the_key_after_a_break_is_served_once(void **state)
{
    (void)state;
    sysrq_break();
    assert_string_equal(text, "");
    assert_true(sysrq_receive('x', &frame));
    assert_int_equal(times_acted, 1);
    assert_ptr_equal(frame_given, &frame);
    assert_string_equal(text, "sysrq: the x\nacted\n");
    assert_false(sysrq_receive('x', &frame));
    assert_int_equal(times_acted, 1);
}

static void a_break_is_good_for_five_seconds(void **state)
{
    (void)state;
    sysrq_break();
    now_ns += SYSRQ_WAIT_NS;
    assert_false(sysrq_receive('x', NULL));
    now_ns -= 1;
    assert_false(sysrq_receive('x', NULL)); /* the late one used it up */

    sysrq_break();
    now_ns += SYSRQ_WAIT_NS - 1;
    assert_true(sysrq_receive('x', NULL));
    assert_int_equal(times_acted, 1);
}

static void any_other_key_says_which_there_are(void **state)
{
    static const char others[] = {'h', '?', '\0', (char)0xff, 'X'};

    (void)state;
    for (size_t i = 0; i < sizeof(others); i++) {
        text[0] = '\0';
        sysrq_break();
        assert_true(sysrq_receive(others[i], NULL));
        assert_string_equal(text, "sysrq: the keys are\n  x  the x\n  c  crash\n  h  this help\n");
    }
    assert_int_equal(times_acted, 0);
}

static void the_answer_is_shown_whatever_the_level_was(void **state)
{
    static const struct {
        enum log_level level;
        const char *shown;
    } cases[] = {
        {LOG_ERROR, "sysrq: the x\nacted\n"},
        {LOG_WARNING, "sysrq: the x\nacted\n"},
        {LOG_INFO, "sysrq: the x\nacted\n"},
        {LOG_DEBUG, "sysrq: the x\nacted\ndetails\n"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        text[0] = '\0';
        level = cases[i].level;
        sysrq_press('x', NULL);
        assert_string_equal(text, cases[i].shown);
        assert_int_equal(level, cases[i].level);
    }
}

static void c_panics_with_what_was_interrupted(void **state)
{
    (void)state;
    sysrq_break();
    expect_assert_failure(sysrq_receive('c', &frame));
    assert_int_equal(times_panicked, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_character_alone_is_not_taken, set_up),
        cmocka_unit_test_setup(the_key_after_a_break_is_served_once, set_up),
        cmocka_unit_test_setup(a_break_is_good_for_five_seconds, set_up),
        cmocka_unit_test_setup(any_other_key_says_which_there_are, set_up),
        cmocka_unit_test_setup(the_answer_is_shown_whatever_the_level_was, set_up),
        cmocka_unit_test_setup(c_panics_with_what_was_interrupted, set_up),
    };
    return cmocka_run_group_tests(tests, set_up_group, NULL);
}
