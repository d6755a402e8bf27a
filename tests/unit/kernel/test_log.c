/* The log: what sinks are shown, then and later. The log is one for the whole program, so each test runs in
 * a process of its own, with an empty one. */
#include "core/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "fake_cpu.h"
#include "test.h"

#define RING_SIZE 32768
#define RECORD_SIZE 16 /* of the header before each line's text */

struct recorder {
    struct log_sink sink;
    char text[64 * 1024];
    size_t length;
    enum log_level level; /* of the last piece */
};

static struct recorder serial, screen;

static void record(struct recorder *recorder, enum log_level level, const char *text, size_t length)
{
    assert_true(recorder->length + length < sizeof(recorder->text));
    memcpy(recorder->text + recorder->length, text, length);
    recorder->length += length;
    recorder->text[recorder->length] = '\0';
    recorder->level = level;
}

static void serial_write(enum log_level level, const char *text, size_t length)
{
    record(&serial, level, text, length);
}

static void screen_write(enum log_level level, const char *text, size_t length)
{
    record(&screen, level, text, length);
}

static struct recorder serial = {.sink = {.write = serial_write}};
static struct recorder screen = {.sink = {.write = screen_write, .is_for_people = true}};

static void assert_shown(struct recorder *recorder, const char *text)
{
    assert_string_equal(recorder->text, text);
    recorder->length = 0;
    recorder->text[0] = '\0';
    assert_true(fake_cpu.interrupts_are_enabled);
}

static void lines_have_time_stamps(void)
{
    log_add_sink(&serial.sink);
    log_info("before the clock runs");
    assert_shown(&serial, "[    0.000000] before the clock runs\n");

    clock_start(1000000000, 0, 0, 0);
    fake_cpu.timestamp = 1234567891;
    log_error("%s %d", "now", 42);
    assert_shown(&serial, "[    1.234567] now 42\n");
    assert_int_equal(serial.level, LOG_ERROR);

    fake_cpu.timestamp = 123456ull * 1000000000;
    log_info("%s", "");
    assert_shown(&serial, "[123456.000000] \n");
}

static void lines_above_the_level_are_kept_but_not_shown(void)
{
    log_add_sink(&serial.sink);
    log_debug("1");
    log_info("2");
    assert_shown(&serial, "[    0.000000] 2\n");
    log_set_level(LOG_WARNING);
    log_info("3");
    log_warning("4");
    log_error("5");
    assert_shown(&serial, "[    0.000000] 4\n[    0.000000] 5\n");
    log_set_level(LOG_DEBUG);
    log_debug("6");
    assert_shown(&serial, "[    0.000000] 6\n");
    log_show_before(log_position(), 4);
    assert_shown(&serial, "  [    0.000000] 3\n  [    0.000000] 4\n  [    0.000000] 5\n  [    0.000000] 6\n");
}

static void late_sinks_are_shown_what_they_missed_and_only_they(void)
{
    log_info("one");
    log_debug("two");
    log_add_sink(&serial.sink);
    assert_shown(&serial, "[    0.000000] one\n");
    log_set_level(LOG_DEBUG);
    log_warning("three");
    assert_shown(&serial, "[    0.000000] three\n");
    log_add_sink(&screen.sink);
    assert_shown(&serial, "");
    assert_shown(&screen, "[    0.000000] one\n[    0.000000] two\n[    0.000000] three\n");
    assert_int_equal(screen.level, LOG_WARNING);
    log_info("four");
    assert_shown(&serial, "[    0.000000] four\n");
    assert_shown(&screen, "[    0.000000] four\n");
}

static void script_lines_and_raw_text_do_not_enter_the_ring(void)
{
    log_add_sink(&serial.sink);
    log_add_sink(&screen.sink);
    log_set_level(LOG_ERROR);
    log_script_line("mark %s tsc=%d", "here", 7);
    assert_shown(&serial, "mark here tsc=7\n");
    assert_shown(&screen, "");
    log_write_raw("no line end", 7);
    assert_shown(&serial, "no line");
    assert_shown(&screen, "no line");
    log_show_before(log_position(), 100);
    assert_shown(&serial, "");
}

static void long_lines_are_cut(void)
{
    char text[1000], expected[1000];

    log_add_sink(&serial.sink);
    for (size_t length = LOG_LINE_MAX - 2; length < LOG_LINE_MAX + 3; length++) {
        size_t shown = length < LOG_LINE_MAX ? length : LOG_LINE_MAX;
        memset(text, 'x', length);
        text[length] = '\0';
        log_info("%s", text);
        sprintf(expected, "[    0.000000] %.*s\n", (int)shown, text);
        assert_shown(&serial, expected);
    }
    for (size_t length = 120; length < 140; length++) {
        size_t shown = length < 126 ? length : 126;
        memset(text, 'y', length);
        text[length] = '\0';
        log_script_line("%s", text);
        sprintf(expected, "%.*s\n", (int)shown, text);
        assert_shown(&serial, expected);
    }
}

static void the_longest_time_and_line_fit(void)
{
    char text[LOG_LINE_MAX + 1];

    log_add_sink(&serial.sink);
    clock_start(1000000000, 0, 0, 0);
    fake_cpu.timestamp = UINT64_MAX;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_info("%s", text);
    assert_contains(serial.text, "[18446744073.");
    assert_contains(serial.text, text);
    log_show_before(log_position(), 1);
}

/* Line number `index`, of a length that depends on it. */
static void make_line(unsigned index, char line[LOG_LINE_MAX + 1])
{
    int length = sprintf(line, "line %u ", index);
    unsigned wanted = index * 7919 % (LOG_LINE_MAX + 1);

    for (; (unsigned)length < wanted; length++)
        line[length] = (char)('a' + (index + (unsigned)length) % 26);
    line[length] = '\0';
}

/* However often the ring has wrapped, it holds as many of the newest lines as have room, unharmed. */
static void the_ring_keeps_the_newest_lines(void)
{
    char line[LOG_LINE_MAX + 1];
    static char expected[64 * 1024];

    for (unsigned count = 1; count < 3000; count++) {
        make_line(count, line);
        log_info("%s", line);
        if (count % 97 != 0)
            continue;

        size_t size = 0;
        unsigned first = count + 1;
        for (; first > 1; first--) {
            make_line(first - 1, line);
            size += RECORD_SIZE + strlen(line);
            if (size > RING_SIZE)
                break;
        }
        expected[0] = '\0';
        for (unsigned index = first; index <= count; index++) {
            make_line(index, line);
            sprintf(expected + strlen(expected), "[    0.000000] %s\n", line);
        }
        serial = (struct recorder){.sink = {.write = serial_write}};
        screen = (struct recorder){.sink = {.write = screen_write}};
        log_add_sink(count % 2 == 0 ? &serial.sink : &screen.sink);
        assert_shown(count % 2 == 0 ? &serial : &screen, expected);
        serial.sink.next = screen.sink.next = NULL; /* one sink alone stays */
    }
}

static void lines_before_a_position_are_shown_on_demand(void)
{
    log_add_sink(&serial.sink);
    log_set_level(LOG_ERROR);
    assert_int_equal(log_position(), 0);
    log_show_before(log_position(), 8);
    assert_shown(&serial, "");
    for (int i = 1; i <= 5; i++)
        log_info("%d", i);
    uint64_t position = log_position();
    log_info("6");
    log_show_before(position, 2);
    assert_shown(&serial, "  [    0.000000] 4\n  [    0.000000] 5\n");
    log_show_before(position, 0);
    assert_shown(&serial, "");
    log_show_before(position, 5);
    assert_contains(serial.text, "  [    0.000000] 1\n");
    serial.length = 0;
    serial.text[0] = '\0';
    log_show_before(position, ~0u);
    assert_contains(serial.text, "  [    0.000000] 1\n");
    serial.length = 0;
    serial.text[0] = '\0';

    for (int i = 0; i < 3000; i++) /* until the ring holds nothing from before the position */
        log_info("something else");
    log_show_before(position, 8);
    assert_shown(&serial, "");
}

static struct recorder dying;

/* A sink in whose middle the kernel panics: the lock is held. */
static void dying_write(enum log_level level, const char *text, size_t length)
{
    record(&dying, level, text, length);
    if (strstr(dying.text, "PANIC") != NULL)
        return;
    log_emergency();
    log_debug("PANIC");
}

static struct recorder dying = {.sink = {.write = dying_write}};

static void an_emergency_needs_no_lock_and_shows_all_levels(void)
{
    log_add_sink(&dying.sink);
    log_info("first");
    assert_string_equal(dying.text, "[    0.000000] first\n[    0.000000] PANIC\n");
}

/* Run a test in a process of its own. */
static void run_alone(void **state)
{
    void (*test)(void) = *state;
    pid_t child = fork();
    int status;

    if (child == 0) {
        setenv("CMOCKA_TEST_ABORT", "1", 1); /* a failure ends this process */
        alarm(20);                           /* and so does a deadlock */
        test();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

#define ALONE(test)                        \
    {                                      \
#test, run_alone, NULL, NULL, test \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(lines_have_time_stamps),
        ALONE(lines_above_the_level_are_kept_but_not_shown),
        ALONE(late_sinks_are_shown_what_they_missed_and_only_they),
        ALONE(script_lines_and_raw_text_do_not_enter_the_ring),
        ALONE(long_lines_are_cut),
        ALONE(the_longest_time_and_line_fit),
        ALONE(the_ring_keeps_the_newest_lines),
        ALONE(lines_before_a_position_are_shown_on_demand),
        ALONE(an_emergency_needs_no_lock_and_shows_all_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
