/* The font that tools/make-font builds, against Unifont itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dev/font.h"
#include "unifont.h"

struct range {
    uint32_t first, last;
};

static bool in_ranges(uint32_t code_point, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (code_point >= ranges[i].first && code_point <= ranges[i].last)
            return true;
    }
    return false;
}

static bool is_wanted(uint32_t code_point)
{
    static const struct range wanted[] = {{0x20, 0x7e}, {0xa0, 0x52f}, {0x1e00, 0x1fff}, {0x2000, 0x2bff}};
    static const struct range combining[] = {{0x300, 0x36f}, {0x483, 0x489}, {0x20d0, 0x20f0}};

    return in_ranges(code_point, wanted, 4) && !in_ranges(code_point, combining, 3);
}

static void every_wanted_glyph_is_unifonts(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point < 0x10000; code_point++) {
        const struct unifont_glyph *expected = unifont_glyph(code_point);
        const uint8_t *glyph = font_glyph(code_point);

        if (code_point == 0xad || code_point == FONT_REPLACEMENT)
            continue;
        if (is_wanted(code_point) && expected->is_narrow) {
            assert_non_null(glyph);
            assert_memory_equal(glyph, expected->rows, FONT_GLYPH_ROWS);
        } else {
            assert_null(glyph);
        }
    }
}

static void soft_hyphen_looks_like_a_hyphen(void **state)
{
    (void)state;
    assert_memory_equal(font_glyph(0xad), font_glyph('-'), FONT_GLYPH_ROWS);
}

static void replacement_is_a_glyph_of_its_own(void **state)
{
    const uint8_t *replacement = font_glyph(FONT_REPLACEMENT);

    (void)state;
    assert_non_null(replacement);
    for (uint32_t code_point = 0; code_point < FONT_REPLACEMENT; code_point++) {
        const uint8_t *glyph = font_glyph(code_point);
        assert_true(glyph == NULL || memcmp(glyph, replacement, FONT_GLYPH_ROWS) != 0);
    }
}

static void nothing_lies_beyond_the_basic_plane(void **state)
{
    static const uint32_t code_points[] = {0x10000, 0x10020, 0x1f600, 0x10ffff, 0x110000, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(code_points) / sizeof(code_points[0]); i++)
        assert_null(font_glyph(code_points[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_wanted_glyph_is_unifonts),
        cmocka_unit_test(soft_hyphen_looks_like_a_hyphen),
        cmocka_unit_test(replacement_is_a_glyph_of_its_own),
        cmocka_unit_test(nothing_lies_beyond_the_basic_plane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
