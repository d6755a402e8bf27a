/* GNU Unifont's .hex file, read by the tests themselves: what tools/make-font makes is checked against it. */
#ifndef LINTEL_TESTS_UNIFONT_H
#define LINTEL_TESTS_UNIFONT_H

#include <stdbool.h>
#include <stdint.h>

struct unifont_glyph {
    bool is_narrow; /* 8 pixels wide: `rows` holds it */
    uint8_t rows[16];
};

/* The glyph of a code point of the basic plane; the file is read at the first call. Never NULL. */
const struct unifont_glyph *unifont_glyph(uint32_t code_point);

#endif
