/* Lines in strace's form. */
#include "syscall/trace_text.h"

#include <stdio.h>

#include "abi/errno.h"
#include "test.h"

static struct trace_text text;

static struct trace_string string(const char *bytes, size_t length, bool goes_on)
{
    struct trace_string value = {.length = length, .goes_on = goes_on, .is_readable = true};

    memcpy(value.bytes, bytes, length);
    return value;
}

static void arguments_are_shown_by_kind(void **state)
{
    static const struct {
        char kind;
        uint64_t value;
        const char *words;
    } cases[] = {
        {'d', 3, "3"},
        {'d', 0xffffffff, "-1"},
        {'d', 0x1ffffffff, "-1"},
        {'u', UINT64_MAX, "18446744073709551615"},
        {'l', UINT64_MAX, "-1"},
        {'o', 0644, "0644"},
        {'o', 0, "0"},
        {'x', 0, "0"},
        {'x', 0x12, "0x12"},
        {'p', 0, "NULL"},
        {'p', 0x7fff0000, "0x7fff0000"},
        {'a', (uint64_t)-100, "AT_FDCWD"},
        {'a', 0xffffff9c, "AT_FDCWD"},
        {'a', 4, "4"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char expected[64];
        trace_text_begin(&text, "call");
        trace_text_add(&text, cases[i].kind, cases[i].value, NULL);
        trace_text_end(&text, true, 0);
        snprintf(expected, sizeof(expected), "call(%s) = 0", cases[i].words);
        assert_string_equal(text.bytes, expected);
    }
}

static void strings_are_escaped(void **state)
{
    const struct trace_string bytes = string("a\n\"\\\t\x01\xff ~", 9, true), none = {.is_readable = false};

    (void)state;
    trace_text_begin(&text, "write");
    trace_text_add(&text, 'd', 1, NULL);
    trace_text_add(&text, 'b', 0x1000, &bytes);
    trace_text_add(&text, 's', 0x1000, &none);
    trace_text_end(&text, true, -EFAULT);
    assert_string_equal(text.bytes, "write(1, \"a\\n\\\"\\\\\\t\\x01\\xff ~\"..., 0x1000) = -1 EFAULT");
}

static void results_have_names(void **state)
{
    static const struct {
        int64_t result;
        const char *words;
    } cases[] = {
        {0, "f() = 0"},
        {INT32_MAX, "f() = 2147483647"},
        {0x7f0000001000, "f() = 0x7f0000001000"},
        {-1, "f() = -1 EPERM"},
        {-ENOTRECOVERABLE, "f() = -1 ENOTRECOVERABLE"},
        {-ERESTARTSYS, "f() = -1 ERESTARTSYS"},
        {-ERESTART_RESTARTBLOCK, "f() = -1 ERESTART_RESTARTBLOCK"},
        {-4095, "f() = -1 (errno 4095)"},
        {-60, "f() = -1 (errno 60)"},
        {-4096, "f() = 0xfffffffffffff000"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        trace_text_begin(&text, "f");
        trace_text_end(&text, true, cases[i].result);
        assert_string_equal(text.bytes, cases[i].words);
    }
    trace_text_begin(&text, "exit");
    trace_text_end(&text, false, 0);
    assert_string_equal(text.bytes, "exit() = ?");
}

static void what_is_too_long_is_cut(void **state)
{
    const struct trace_string bytes = string("\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1", 24, true);

    (void)state;
    trace_text_begin(&text, "call");
    for (int i = 0; i < 6; i++)
        trace_text_add(&text, 's', 1, &bytes);
    trace_text_end(&text, true, -1);
    assert_int_equal(strlen(text.bytes), TRACE_TEXT_SIZE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_are_shown_by_kind),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(results_have_names),
        cmocka_unit_test(what_is_too_long_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
