#include "dev/font.h"

#include <stddef.h>

#include "dev/font_data.h"

const uint8_t *font_glyph(uint32_t code_point)
{
    /* Most text is ASCII, which the first range holds. */
    const struct font_range *range = font_ranges;
    uint32_t count = font_range_count;

    if (code_point > range->last) {
        /* The last range that does not begin above code_point is one of range[0 .. count - 1]. */
        while (count > 1) {
            uint32_t half = count / 2;
            range += range[half].first <= code_point ? half : 0;
            count -= half;
        }
    }
    if (code_point < range->first || code_point > range->last)
        return NULL;
    return font_glyphs[range->glyph + (code_point - range->first)];
}
