#include "terminal/character_width.h"

#include <stdbool.h>

static bool is_in(const struct character_range *ranges, size_t count, uint32_t code_point)
{
    /* The last range that does not begin above code_point is one of ranges[0 .. count - 1]. */
    while (count > 1) {
        size_t half = count / 2;
        ranges += ranges[half].first <= code_point ? half : 0;
        count -= half;
    }
    return code_point >= ranges->first && code_point <= ranges->last;
}

unsigned character_width(uint32_t code_point)
{
    if (code_point < character_zero_width[0].first)
        return 1;
    if (is_in(character_zero_width, character_zero_width_count, code_point))
        return 0;
    return is_in(character_double_width, character_double_width_count, code_point) ? 2 : 1;
}
