/* How many cells a character takes (The Unicode Standard: general categories, East Asian width). */
#ifndef LINTEL_TERMINAL_CHARACTER_WIDTH_H
#define LINTEL_TERMINAL_CHARACTER_WIDTH_H

#include <stddef.h>
#include <stdint.h>

/* 0: combines with the character before it, or shows nothing (categories Mn, Me, Cf but the soft hyphen, and
 * the vowels and finals of Hangul that join what precedes); 2: width W or F; else 1. Control characters are
 * the caller's. */
unsigned character_width(uint32_t code_point);

/* character_width_data.c's: sorted, neither touching nor overlapping. */
struct character_range {
    uint32_t first, last;
};

extern const struct character_range character_zero_width[], character_double_width[];
extern const size_t character_zero_width_count, character_double_width_count;

#endif
