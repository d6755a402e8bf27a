/* common/lib/string.c against plain loops. The build renames its functions (memcpy to lintel_memcpy and so
 * on) here and there, so that libc's stay what they are; the string instructions inside are invisible to
 * AddressSanitizer, so guard bytes watch both sides of each buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/string.h"

#define ROOM 192
#define OFFSETS 17
#define SIZES 80

static void fill(uint8_t *bytes, uint32_t seed)
{
    for (size_t i = 0; i < ROOM; i++)
        bytes[i] = (uint8_t)(seed + i * 37 + (i >> 3));
}

static void copy_plainly(uint8_t *to, const uint8_t *from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        to[i] = from[i];
}

static void check_equal(const uint8_t *actual, const uint8_t *expected)
{
    for (size_t i = 0; i < ROOM; i++)
        assert_int_equal(actual[i], expected[i]);
}

static void memcpy_at_every_alignment(void **state)
{
    uint8_t source[ROOM], actual[ROOM], expected[ROOM];

    (void)state;
    fill(source, 1);
    for (size_t to = 0; to < OFFSETS; to++) {
        for (size_t from = 0; from < OFFSETS; from++) {
            for (size_t size = 0; size < SIZES; size++) {
                fill(actual, 2);
                fill(expected, 2);
                copy_plainly(expected + to, source + from, size);
                assert_ptr_equal(memcpy(actual + to, source + from, size), actual + to);
                check_equal(actual, expected);
            }
        }
    }
}

static void memmove_at_every_overlap(void **state)
{
    uint8_t actual[ROOM], before[ROOM], expected[ROOM];

    (void)state;
    fill(before, 3);
    for (size_t to = 0; to < ROOM - SIZES; to++) {
        for (size_t from = 0; from < ROOM - SIZES; from += 3) {
            for (size_t size = 0; size < SIZES; size += 1 + size / 12) {
                fill(actual, 3);
                fill(expected, 3);
                copy_plainly(expected + to, before + from, size);
                assert_ptr_equal(memmove(actual + to, actual + from, size), actual + to);
                check_equal(actual, expected);
            }
        }
    }
}

static void memset_at_every_alignment(void **state)
{
    static const int values[] = {0, 1, 0x5a, 0x80, 0xff, -1, 0x1234};
    uint8_t actual[ROOM], expected[ROOM];

    (void)state;
    for (size_t value = 0; value < sizeof(values) / sizeof(values[0]); value++) {
        for (size_t to = 0; to < OFFSETS; to++) {
            for (size_t size = 0; size < SIZES; size++) {
                fill(actual, 4);
                fill(expected, 4);
                for (size_t i = 0; i < size; i++)
                    expected[to + i] = (uint8_t)values[value];
                assert_ptr_equal(memset(actual + to, values[value], size), actual + to);
                check_equal(actual, expected);
            }
        }
    }
}

static void memcmp_finds_the_first_difference(void **state)
{
    uint8_t left[ROOM], right[ROOM];

    (void)state;
    for (size_t size = 0; size < SIZES; size++) {
        fill(left, 5);
        fill(right, 5);
        left[size] = 1; /* beyond the end: does not matter */
        right[size] = 2;
        assert_int_equal(memcmp(left, right, size), 0);
        for (size_t at = 0; at < size; at++) {
            uint8_t kept = right[at];
            right[at] = (uint8_t)(left[at] ^ 0x80);
            assert_true(left[at] < right[at] ? memcmp(left, right, size) < 0 : memcmp(left, right, size) > 0);
            assert_true(left[at] < right[at] ? memcmp(right, left, size) > 0 : memcmp(right, left, size) < 0);
            right[at] = kept;
        }
    }
}

static void lengths(void **state)
{
    char text[SIZES + 1];

    (void)state;
    for (size_t length = 0; length < SIZES; length++) {
        for (size_t i = 0; i <= SIZES; i++)
            text[i] = i == length ? '\0' : 'x';
        assert_int_equal(strlen(text), length);
        for (size_t limit = 0; limit <= SIZES; limit++)
            assert_int_equal(strnlen(text, limit), limit < length ? limit : length);
    }
    assert_int_equal(strnlen("unterminated", 0), 0);
}

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static void comparisons(void **state)
{
    static const struct {
        const char *left, *right;
        size_t limit;
        int expected;
    } cases[] = {
        {"", "", SIZE_MAX, 0},        {"a", "", SIZE_MAX, 1},     {"abc", "abc", SIZE_MAX, 0},
        {"abc", "abd", SIZE_MAX, -1}, {"abc", "ab", SIZE_MAX, 1}, {"\x80", "\x7f", SIZE_MAX, 1},
        {"\xff", "", SIZE_MAX, 1},    {"abc", "abd", 2, 0},       {"abc", "abd", 3, -1},
        {"abc", "xyz", 0, 0},         {"ab\0c", "ab\0d", 4, 0},   {"a", "a", 100, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(sign(strncmp(cases[i].left, cases[i].right, cases[i].limit)), cases[i].expected);
        assert_int_equal(sign(strncmp(cases[i].right, cases[i].left, cases[i].limit)), -cases[i].expected);
        if (cases[i].limit == SIZE_MAX)
            assert_int_equal(sign(strcmp(cases[i].left, cases[i].right)), cases[i].expected);
    }
}

static void strlcpy_cuts_and_terminates(void **state)
{
    static const char source[] = "0123456789";

    (void)state;
    for (size_t size = 0; size < 16; size++) {
        char target[20];
        size_t copied = size == 0 ? 0 : size <= 10 ? size - 1 : 10;

        memset(target, '#', sizeof(target));
        assert_int_equal(strlcpy(target, source, size), 10);
        for (size_t i = 0; i < sizeof(target); i++) {
            char expected = i < copied ? source[i] : i == copied && size > 0 ? '\0' : '#';
            assert_int_equal(target[i], expected);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memcpy_at_every_alignment),
        cmocka_unit_test(memmove_at_every_overlap),
        cmocka_unit_test(memset_at_every_alignment),
        cmocka_unit_test(memcmp_finds_the_first_difference),
        cmocka_unit_test(lengths),
        cmocka_unit_test(comparisons),
        cmocka_unit_test(strlcpy_cuts_and_terminates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
