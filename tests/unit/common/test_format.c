/* common/lib/format.c against the host's snprintf: what it offers of printf, it does as ISO C says. */
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/format.h"

#define ROOM 5000

/* Format as we do and as libc does, into a buffer of each of some sizes, and compare. */
#define CHECK(...)                                                                  \
    do {                                                                            \
        static const size_t sizes[] = {ROOM, 0, 1, 2, 7, 20};                       \
        for (size_t size = 0; size < sizeof(sizes) / sizeof(sizes[0]); size++) {    \
            char *actual = malloc(sizes[size]), expected[ROOM];                     \
            size_t length = format_to_buffer(actual, sizes[size], __VA_ARGS__);     \
            assert_int_equal(length, snprintf(expected, sizes[size], __VA_ARGS__)); \
            if (sizes[size] > 0)                                                    \
                assert_string_equal(actual, expected);                              \
            free(actual);                                                           \
        }                                                                           \
    } while (0)

/* What is not printf's, or not the same there. */
#define CHECK_TEXT(wanted, ...)                                                                  \
    do {                                                                                         \
        char actual[ROOM];                                                                       \
        assert_int_equal(format_to_buffer(actual, sizeof(actual), __VA_ARGS__), strlen(wanted)); \
        assert_string_equal(actual, wanted);                                                     \
    } while (0)

static void plain_text(void **state)
{
    (void)state;
    CHECK("%s", "");
    CHECK("a longer line of plain text");
    CHECK("100%% of %d%%", 42);
    CHECK("%%");
    CHECK("\xc3\xa4\t\n%c", 'x');
}

static void integers(void **state)
{
    (void)state;
    CHECK("%d %i %u %x %X %o", 0, 0, 0u, 0u, 0u, 0u);
    CHECK("%d %d %d", INT32_MAX, INT32_MIN, -1);
    CHECK("%u %x %X %o", UINT32_MAX, UINT32_MAX, 0xabcdef01u, UINT32_MAX);
    CHECK("%hhd %hhd %hhu %hhx", (signed char)-128, (signed char)127, (unsigned char)255,
          (unsigned char)0xfe);
    CHECK("%hd %hd %hu %hx", (short)INT16_MIN, (short)INT16_MAX, (unsigned short)UINT16_MAX,
          (unsigned short)0xbeef);
    CHECK("%ld %ld %lu %lx", LONG_MAX, LONG_MIN, ULONG_MAX, 0xfeedul);
    CHECK("%lld %lld %llu %llx %llo", INT64_MAX + 0ll, INT64_MIN + 0ll, UINT64_MAX + 0ull, UINT64_MAX + 0ull,
          UINT64_MAX + 0ull);
    CHECK("%zu %zx %zd", SIZE_MAX, (size_t)4096, (ssize_t)-5);
    CHECK("%jd %ju", INTMAX_MIN, UINTMAX_MAX);
    CHECK("%" PRIu64 " %" PRId64 " %" PRIx64, UINT64_MAX, INT64_MIN, UINT64_C(0xffffffff80000000));
}

static void widths_and_precisions(void **state)
{
    (void)state;
    CHECK("[%5d][%-5d][%05d][%5d]", 42, 42, 42, -42);
    CHECK("[%2d][%-2d][%02d]", 12345, 12345, 12345);
    CHECK("[%05d][%-8d][%08x][%-8x]", -42, -42, 0xbeefu, 0xbeefu);
    CHECK("[%.3d][%8.3d][%-8.3d]", 7, 7, 7);
    CHECK("[%.3d][%8.3d][%.10x]", -7, -7, 0xffu);
    CHECK("[%*d][%*d][%-*d]", 6, 1, -6, 2, 6, 3);
    CHECK("[%.*d][%.*s]", 4, 5, 2, "abc");
    CHECK("[%.*d][%.*s]", -1, 5, -1, "abc");
    CHECK("[%016" PRIx64 "][%20" PRIu64 "]", UINT64_C(0xffff800000000000), UINT64_MAX);
    CHECK("[%.0d][%.d][%5.0u][%.0x][%.*d]", 0, 0, 0u, 0u, 0, 0);
    CHECK("[%.0d][%.0x]", 1, 0xfu);
    CHECK("[%300d]", 1);
    CHECK("[%.100u]", 1u);
}

static void strings_and_characters(void **state)
{
    (void)state;
    CHECK("[%s][%10s][%-10s]", "text", "text", "text");
    CHECK("[%.2s][%10.2s][%-10.2s][%.0s]", "text", "text", "text", "text");
    CHECK("[%.9s][%2s]", "text", "text");
    CHECK("[%c][%5c][%-5c]", 'a', 'b', 'c');
    CHECK_TEXT("[(null)]", "[%s]", (const char *)NULL);

    const char unterminated[3] = {'a', 'b', 'c'};
    CHECK("[%.3s]", unterminated);
}

static void characters_may_be_nul(void **state)
{
    char actual[8];

    (void)state;
    assert_int_equal(format_to_buffer(actual, sizeof(actual), "a%cb", '\0'), 3);
    assert_memory_equal(actual, "a\0b", 4);
}

static void pointers(void **state)
{
    (void)state;
    CHECK("%p", (void *)(uintptr_t)0xdeadbeef);
    CHECK("[%20p][%-20p]", (void *)&pointers, (void *)1);
    CHECK_TEXT("0x0", "%p", NULL); /* libc says "(nil)" */
}

/* The compiler would refuse these as formats. */
static void mistakes_are_printed_as_they_stand(void **state)
{
    static const char *const formats[] = {"%", "50% of", "%y", "%5", "%-", "%08.3", "%l", "%q", "a%", "% d"};

    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        const char *volatile format = formats[i];
        char actual[64];
        format_to_buffer(actual, sizeof(actual), format, 1, 2, 3);
        assert_string_equal(actual, formats[i]);
    }
}

static void a_huge_width_is_cut(void **state)
{
    static char actual[ROOM];

    (void)state;
    for (int round = 0; round < 3; round++) {
        static const char *const formats[] = {"%999999999999d", "%*d", "%-*d"};
        const char *volatile format = formats[round];
        size_t length = round == 0 ? format_to_buffer(actual, sizeof(actual), format, 1)
                                   : format_to_buffer(actual, sizeof(actual), format, INT32_MIN, 1);
        assert_in_range(length, 1, 4096);
    }
}

static uint64_t random_state = 1;

/* xorshift64*: the same sequence in every run */
static uint64_t random_number(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 0x2545f4914f6cdd1dull;
}

/* Values of every magnitude, as often small as large. */
static uint64_t random_value(void)
{
    return random_number() >> random_number() % 64;
}

/* A random conversion of one integer, written to `format`; its length modifier is `length`. */
static void random_format(char *format, const char *length)
{
    static const char *const flags[] = {"", "-", "0", "-0", "0-"};
    uint64_t choice = random_number();
    char *end = format + sprintf(format, "<%%%s", flags[choice % 5]);

    if (choice >> 8 & 1)
        end += sprintf(end, "%u", (unsigned)(choice >> 16 & 31));
    if (choice >> 9 & 1)
        end += sprintf(end, ".%u", (unsigned)(choice >> 24 & 31));
    sprintf(end, "%s%c>", length, "diuxXo"[(choice >> 32) % 6]);
}

#define CHECK_RANDOM(modifier, type)                                                    \
    do {                                                                                \
        char format[32], actual[128], expected[128];                                    \
        type value = (type)(random_number() & 1 ? random_value() : 0 - random_value()); \
        random_format(format, modifier);                                                \
        size_t length = format_to_buffer(actual, sizeof(actual), format, value);        \
        assert_int_equal(length, snprintf(expected, sizeof(expected), format, value));  \
        assert_string_equal(actual, expected);                                          \
    } while (0)

static void random_integers(void **state)
{
    (void)state;
    for (int round = 0; round < 20000; round++) {
        CHECK_RANDOM("", int);
        CHECK_RANDOM("hh", signed char);
        CHECK_RANDOM("h", short);
        CHECK_RANDOM("l", long);
        CHECK_RANDOM("ll", long long);
        CHECK_RANDOM("z", size_t);
        CHECK_RANDOM("j", intmax_t);
    }
}

static void random_strings(void **state)
{
    (void)state;
    for (int round = 0; round < 20000; round++) {
        char text[40], format[32], actual[128], expected[128];
        size_t length = random_number() % sizeof(text);

        memset(text, 'a' + round % 26, length);
        text[length == sizeof(text) ? length - 1 : length] = '\0';
        sprintf(format, "<%%%s%u.%us>", random_number() & 1 ? "-" : "", (unsigned)(random_number() % 50) + 1,
                (unsigned)(random_number() % 50));
        assert_int_equal(format_to_buffer(actual, sizeof(actual), format, text),
                         snprintf(expected, sizeof(expected), format, text));
        assert_string_equal(actual, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text),
        cmocka_unit_test(integers),
        cmocka_unit_test(widths_and_precisions),
        cmocka_unit_test(strings_and_characters),
        cmocka_unit_test(characters_may_be_nul),
        cmocka_unit_test(pointers),
        cmocka_unit_test(mistakes_are_printed_as_they_stand),
        cmocka_unit_test(a_huge_width_is_cut),
        cmocka_unit_test(random_integers),
        cmocka_unit_test(random_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
