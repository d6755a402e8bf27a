/* The screen's font: GNU Unifont's glyphs of 8x16 pixels, put in by tools/make-font at build time.
 * It has ASCII, Latin, IPA, Greek, Cyrillic, and of U+2000..U+2BFF (punctuation, arrows, mathematics, box
 * drawing, blocks, shapes, Braille) what Unifont draws 8 pixels wide. */
#ifndef LINTEL_KERNEL_DEV_FONT_H
#define LINTEL_KERNEL_DEV_FONT_H

#include <stdint.h>

#define FONT_GLYPH_WIDTH 8 /* in pixels */
#define FONT_GLYPH_ROWS 16
#define FONT_REPLACEMENT 0xfffdu /* code point of the glyph for what has none; it is always there */

/* The glyph of a code point: FONT_GLYPH_ROWS bytes, top row first, bit 7 leftmost; NULL if there is none.
 * The glyph is static.
 * Context: any. */
const uint8_t *font_glyph(uint32_t code_point);

#endif
