/* The UTF-8 decoder: the standard's own examples, every code point, every pair of bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/utf8.h"

#define BAD UTF8_REPLACEMENT

static size_t encode(uint32_t code_point, uint8_t bytes[4])
{
    if (code_point < 0x80) {
        bytes[0] = (uint8_t)code_point;
        return 1;
    }
    size_t length = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, code_point >>= 6)
        bytes[i] = (uint8_t)(0x80 | (code_point & 0x3f));
    bytes[0] = (uint8_t)((0xf00u >> length) | code_point);
    return length;
}

static void examples(void **state)
{
    static const struct {
        const char *bytes;
        uint32_t expected[12]; /* ends at 0 */
    } cases[] = {
        {"plain", {'p', 'l', 'a', 'i', 'n'}},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", {0xe4, 0x20ac, 0x1f600}},
        /* The Unicode Standard 15.0, tables 3-8 to 3-11 */
        {"\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", {BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, 'A'}},
        {"\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", {BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, 'A'}},
        {"\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", {BAD, BAD, BAD, BAD, BAD, 'A', BAD, BAD, 'B'}},
        {"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", {BAD, BAD, BAD, BAD, 'A'}},
        /* A sequence cut short by the next one, and by ASCII */
        {"\xe2\x82\xc3\xa4", {BAD, 0xe4}},
        {"\xf0\x9f\x98\n", {BAD, '\n'}},
        {"\xf8\x88\x80\x80\x80", {BAD, BAD, BAD, BAD, BAD}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct utf8_decoder decoder = {0};
        const uint32_t *expected = cases[i].expected;
        for (const char *byte = cases[i].bytes; *byte != '\0'; byte++) {
            uint32_t code_points[2];
            size_t count = utf8_decode(&decoder, (uint8_t)*byte, code_points);
            for (size_t j = 0; j < count; j++)
                assert_int_equal(code_points[j], *expected++);
        }
        assert_int_equal(*expected, 0);
    }
}

static void every_code_point(void **state)
{
    struct utf8_decoder decoder = {0};

    (void)state;
    for (uint32_t code_point = 0; code_point < 0x110000; code_point++) {
        uint8_t bytes[4];
        uint32_t code_points[2];
        size_t length = encode(code_point, bytes);

        if (code_point >= 0xd800 && code_point < 0xe000)
            continue;
        for (size_t i = 0; i + 1 < length; i++)
            assert_int_equal(utf8_decode(&decoder, bytes[i], code_points), 0);
        assert_int_equal(utf8_decode(&decoder, bytes[length - 1], code_points), 1);
        assert_int_equal(code_points[0], code_point);
    }
}

/* Whatever came before, a line feed is seen, and the decoder never gives what is no character. */
static void every_pair_of_bytes(void **state)
{
    (void)state;
    for (uint32_t pair = 0; pair < 0x10000; pair++) {
        const uint8_t bytes[] = {(uint8_t)(pair >> 8), (uint8_t)pair, '\n'};
        struct utf8_decoder decoder = {0};
        uint32_t code_points[2];
        size_t count = 0;

        for (size_t i = 0; i < sizeof(bytes); i++) {
            count = utf8_decode(&decoder, bytes[i], code_points);
            assert_in_range(count, 0, 2);
            for (size_t j = 0; j < count; j++) {
                assert_in_range(code_points[j], 0, 0x10ffff);
                assert_false(code_points[j] >= 0xd800 && code_points[j] < 0xe000);
            }
        }
        assert_int_equal(code_points[count - 1], '\n');
        assert_int_equal(decoder.missing, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples),
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(every_pair_of_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
