/* What tools/make-font writes: glyphs in the order of their code points, and which code points they are. */
#ifndef LINTEL_KERNEL_DEV_FONT_DATA_H
#define LINTEL_KERNEL_DEV_FONT_DATA_H

#include <stdint.h>

#include "dev/font.h"

/* A run of code points that all have a glyph. Ranges are sorted and neither touch nor overlap; the first
 * one begins at U+0020 and holds ASCII. */
struct font_range {
    uint16_t first;
    uint16_t last;  /* inclusive */
    uint16_t glyph; /* index into font_glyphs of the first one's glyph */
};

extern const uint32_t font_range_count;
extern const struct font_range font_ranges[];
extern const uint8_t font_glyphs[][FONT_GLYPH_ROWS];

#endif
