/* The line discipline. What is expected was measured on Linux, on a pseudoterminal: tests/programs/tty_*.c.
 */
#include "tty/line.h"

#include <stdlib.h>

#include "abi/signal.h"
#include "test.h"

static struct line *line;
static int raised[32];
static unsigned flushes;

static void on_signal(void *argument, int signal)
{
    assert_ptr_equal(argument, &line);
    raised[signal]++;
}

static void on_event(void *argument)
{
    assert_ptr_equal(argument, &line);
    flushes++;
}

static int setup(void **state)
{
    static const struct line_events events = {on_signal, on_event, on_event, on_event, &line};

    (void)state;
    line = calloc(1, sizeof(*line));
    memset(raised, 0, sizeof(raised));
    flushes = 0;
    line_init(line, &events);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(line);
    return 0;
}

static void type(const char *text)
{
    assert_int_equal(line_receive(line, text, strlen(text)), strlen(text));
}

static void change(uint32_t *flags, uint32_t set, uint32_t clear)
{
    struct termios settings = line->settings;
    uint32_t *member = (uint32_t *)(void *)((char *)&settings + ((char *)flags - (char *)&line->settings));

    *member = (*member & ~clear) | set;
    line_set_settings(line, &settings);
}

static void assert_echo(const char *wanted)
{
    char got[LINE_ECHO_SIZE + 1];
    const char *bytes;
    size_t length, total = 0;

    while ((length = line_echo_pending(line, &bytes)) > 0) {
        memcpy(got + total, bytes, length);
        total += length;
        line_echo_consume(line, length);
    }
    got[total] = '\0';
    assert_string_equal(got, wanted);
}

static size_t read_up_to(char *bytes, size_t size)
{
    size_t total = 0;

    for (;;) {
        const struct line_piece piece = line_next_piece(line, size - total);
        memcpy(bytes + total, piece.bytes, piece.length);
        total += piece.length;
        line_consume(line, &piece);
        if (piece.is_end)
            return total;
        if (total == size) {
            line_skip_end_of_file(line);
            return total;
        }
    }
}

static void assert_read(size_t size, const char *wanted)
{
    char got[LINE_SIZE + 1];

    assert_true(line_is_readable(line, 1));
    got[read_up_to(got, size)] = '\0';
    assert_string_equal(got, wanted);
}

static void lines_are_read_one_by_one(void **state)
{
    (void)state;
    type("one\ntwo\nthr");
    assert_int_equal(line_readable_bytes(line), 8);
    assert_read(100, "one\n");
    assert_read(2, "tw");
    assert_read(100, "o\n");
    assert_false(line_is_readable(line, 1));
    type("\4");
    assert_read(3, "thr");
    assert_false(line_is_readable(line, 1)); /* the end of file was part of it */
    type("\4");
    assert_int_equal(line_readable_bytes(line), 0);
    assert_read(100, "");
    assert_echo("one\r\ntwo\r\nthr");
}

static void lines_can_be_edited(void **state)
{
    static const struct {
        const char *typed, *read, *echo;
    } cases[] = {
        {"ab\x7f"
         "c\n",
         "ac\n", "ab\b \bc\r\n"},
        {"a b\x17\x17"
         "c\n",
         "c\n", "a b\b \b\b \b\b \bc\r\n"},
        {"abc\x15"
         "d\n",
         "d\n", "abc\b \b\b \b\b \bd\r\n"},
        {"\x01\x7f\n", "\n", "^A\b \b\b \b\r\n"},
        {"a\tb\x7f\x7f\n", "a\n", "a\tb\b \b\b\b\b\b\b\b\b\r\n"},
        {"\x16\x03\n", "\x03\n", "^\b^C\r\n"},
        {"ab\x12"
         "c\n",
         "abc\n", "ab^R\r\nabc\r\n"},
        {"\xc3\xa4\x7f\n", "\n", "\xc3\xa4\b \b\r\n"},
    };

    (void)state;
    change(&line->settings.iflag, IUTF8, 0);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        type(cases[i].typed);
        assert_read(100, cases[i].read);
        assert_echo(cases[i].echo);
    }
}

static void signals_flush_unless_they_shall_not(void **state)
{
    (void)state;
    type("line\nab\3cd\n");
    assert_int_equal(raised[SIGINT], 1);
    assert_int_equal(flushes, 2);
    assert_read(100, "cd\n");
    assert_echo("^Ccd\r\n");
    change(&line->settings.lflag, NOFLSH, 0);
    type("ab\x1c"
         "c\x1a\n");
    assert_int_equal(raised[SIGQUIT], 1);
    assert_int_equal(raised[SIGTSTP], 1);
    assert_read(100, "abc\n");
}

static void a_full_line_takes_its_end(void **state)
{
    char text[LINE_SIZE + 2];

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_int_equal(line_receive(line, text, sizeof(text)), sizeof(text));
    assert_false(line_is_readable(line, 1));
    type("\n");
    assert_int_equal(line_readable_bytes(line), LINE_SIZE);
    assert_int_equal(line_receive(line, "more", 4), 0);
    line_receive_or_lose(line, "mo\3", 3); /* but signals are raised */
    assert_int_equal(raised[SIGINT], 1);
    assert_int_equal(line_room(line), LINE_SIZE - 1);
}

static void modes_hand_over_what_was_typed(void **state)
{
    (void)state;
    type("abc");
    change(&line->settings.lflag, 0, ICANON);
    assert_true(line_is_readable(line, 3));
    assert_false(line_is_readable(line, 4));
    change(&line->settings.lflag, ICANON, 0);
    assert_read(100, "abc");
}

static void output_is_processed(void **state)
{
    char out[LINE_EXPANSION_MAX];

    (void)state;
    assert_int_equal(line_process_plain(line, "ab\x01\xff\n", 5), 4);
    assert_int_equal(line->column, 3);
    assert_int_equal(line_process_output(line, '\n', out), 2);
    assert_memory_equal(out, "\r\n", 2);
    change(&line->settings.oflag, XTABS, 0);
    assert_int_equal(line_process_plain(line, "abc", 3), 3);
    assert_int_equal(line_process_output(line, '\t', out), 5);
    assert_int_equal(line->column, 8);
    change(&line->settings.oflag, ONOCR | OLCUC, ONLCR);
    assert_int_equal(line_process_plain(line, "abc", 3), 0);
    assert_int_equal(line_process_output(line, 'a', out), 1);
    assert_int_equal(out[0], 'A');
    assert_int_equal(line_process_output(line, '\r', out), 1);
    assert_int_equal(line_process_output(line, '\r', out), 0);
}

static void breaks_and_errors_do_as_the_settings_say(void **state)
{
    char got[8];

    (void)state;
    change(&line->settings.lflag, 0, ICANON | ECHO);
    change(&line->settings.iflag, PARMRK | INPCK, 0);
    line_receive_break(line);
    line_receive_error(line, 'e');
    assert_int_equal(read_up_to(got, sizeof(got)), 6);
    assert_memory_equal(got, "\377\0\0\377\0e", 6);
    change(&line->settings.iflag, BRKINT | IGNPAR, 0);
    line_receive_break(line);
    line_receive_error(line, 'e');
    assert_int_equal(raised[SIGINT], 1);
    change(&line->settings.iflag, IGNBRK, 0);
    line_receive_break(line);
    assert_int_equal(raised[SIGINT], 1);
    assert_int_equal(line_readable_bytes(line), 0);
}

/* A million bytes of any kind, with settings that change now and then. */
static void random_bytes_leave_it_usable(void **state)
{
    uint32_t seed = 1;
    char got[512];

    (void)state;
    for (unsigned i = 0; i < 1000000; i++) {
        seed = seed * 1664525 + 1013904223;
        const char byte = (char)(seed >> 24);
        line_receive_or_lose(line, &byte, 1);
        if (i % 64 == 0) {
            line->echo_tail = line->echo_head;
            if (line_is_readable(line, 1))
                (void)read_up_to(got, sizeof(got));
        }
        if (i % 5000 == 0) {
            struct termios settings = line->settings;
            settings.iflag = seed;
            settings.lflag = seed >> 3;
            settings.oflag = seed >> 7;
            settings.cc[seed % NCCS] = (uint8_t)(seed >> 11);
            line_set_settings(line, &settings);
        }
        assert_true(line->head - line->tail <= LINE_SIZE);
    }
    line_reset(line);
    line_set_settings(line, &line_settings_default);
    type("fine\n");
    assert_read(100, "fine\n");
}

#define LINE_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LINE_TEST(lines_are_read_one_by_one),
        LINE_TEST(lines_can_be_edited),
        LINE_TEST(signals_flush_unless_they_shall_not),
        LINE_TEST(a_full_line_takes_its_end),
        LINE_TEST(modes_hand_over_what_was_typed),
        LINE_TEST(output_is_processed),
        LINE_TEST(breaks_and_errors_do_as_the_settings_say),
        LINE_TEST(random_bytes_leave_it_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
