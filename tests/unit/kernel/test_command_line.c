/* The kernel's command line, as a table of lines and questions. */
#include "core/command_line.h"

#include "test.h"

static void words_are_found_whole_and_before_the_dashes(void **state)
{
    static const struct {
        const char *line, *name;
        bool is_there;
    } cases[] = {
        {"", "debug", false},
        {"   ", "debug", false},
        {"debug", "debug", true},
        {"\t debug \t", "debug", true},
        {"quiet debug", "debug", true},
        {"debugging", "debug", false},
        {"nodebug", "debug", false},
        {"debug=1", "debug", false},
        {"debug=", "debug", false},
        {"deb ug", "debug", false},
        {"Debug", "debug", false},
        {"-- debug", "debug", false},
        {"debug -- quiet", "debug", true},
        {"--debug", "debug", false},
        {"--debug debug", "debug", true},
        {"--x -- debug", "debug", false},
        {"debug", "", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        command_line_init(cases[i].line);
        if (command_line_has(cases[i].name) != cases[i].is_there)
            fail_msg("\"%s\" in \"%s\"", cases[i].name, cases[i].line);
    }
}

static void numbers_are_decimal_and_below_2_to_the_32(void **state)
{
    static const struct {
        const char *line;
        bool is_there;
        uint32_t number;
    } cases[] = {
        {"", false, 0},
        {"maxcpus", false, 0},
        {"maxcpus=", false, 0},
        {"maxcpus=0", true, 0},
        {"maxcpus=4", true, 4},
        {"maxcpus=007", true, 7},
        {"maxcpus=4 maxcpus=2", true, 2},
        {"maxcpus=4294967295", true, 4294967295},
        {"maxcpus=4294967296", false, 0},
        {"maxcpus=99999999999999999999", false, 0},
        {"maxcpus=-1", false, 0},
        {"maxcpus=4x", false, 0},
        {"maxcpus=0x4", false, 0},
        {"-- maxcpus=4", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint32_t number = 77;
        command_line_init(cases[i].line);
        bool is_there = command_line_number("maxcpus", &number);
        if (is_there != cases[i].is_there || number != (is_there ? cases[i].number : 77))
            fail_msg("\"%s\": %d, %u", cases[i].line, is_there, number);
    }
}

static void the_last_value_counts(void **state)
{
    static const struct {
        const char *line, *value; /* of "panic"; NULL: none */
    } cases[] = {
        {"", NULL},
        {"panic", NULL},
        {"panic=halt", "halt"},
        {"panic=", ""},
        {"panic= halt", ""},
        {"panic=a=b", "a=b"},
        {"panic==", "="},
        {"panic=halt panic=restart", "restart"},
        {"panic=halt panic", "halt"},
        {"panic=halt panic=", ""},
        {"panicking=halt", NULL},
        {"xpanic=halt", NULL},
        {"panic=halt -- panic=restart", "halt"},
        {"-- panic=restart", NULL},
        {"quiet panic=\xc3\xa4\t-x", "\xc3\xa4"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char value[16] = "unchanged";
        command_line_init(cases[i].line);
        if (command_line_value("panic", value, sizeof(value)) != (cases[i].value != NULL))
            fail_msg("panic= in \"%s\"", cases[i].line);
        assert_string_equal(value, cases[i].value == NULL ? "unchanged" : cases[i].value);
        if (cases[i].value != NULL)
            assert_true(command_line_is("panic", cases[i].value));
        assert_false(command_line_is("panic", "hal"));
        assert_false(command_line_is("panic", "halted"));
    }
}

static void long_values_are_cut(void **state)
{
    char value[5] = "####";

    (void)state;
    command_line_init("name=abcdefgh");
    assert_true(command_line_value("name", value, sizeof(value)));
    assert_string_equal(value, "abcd");
    assert_true(command_line_value("name", value, 1));
    assert_string_equal(value, "");
    assert_true(command_line_value("name", value, 3));
    assert_string_equal(value, "ab");
}

static void the_programs_words_follow_the_first_dashes(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"debug quiet", ""},
        {"debug --", ""},
        {"debug --  ", ""},
        {"--", ""},
        {"-- one", "one"},
        {"debug -- one  two ", "one  two "},
        {"-- one -- two", "one -- two"},
        {"-- --", "--"},
        {"a--b --c", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        command_line_init(cases[i][0]);
        assert_string_equal(command_line_program_arguments(), cases[i][1]);
    }
}

static char visited[100];

static void visit(const char *word, size_t length)
{
    strncat(visited, word, length);
    strcat(visited, "|");
}

static void each_word_before_the_dashes_is_visited_once(void **state)
{
    (void)state;
    command_line_init("  debug\tpanic=halt  -x -- more words");
    command_line_for_each(visit);
    assert_string_equal(visited, "debug|panic=halt|-x|");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_found_whole_and_before_the_dashes),
        cmocka_unit_test(numbers_are_decimal_and_below_2_to_the_32),
        cmocka_unit_test(the_last_value_counts),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(the_programs_words_follow_the_first_dashes),
        cmocka_unit_test(each_word_before_the_dashes_is_visited_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
