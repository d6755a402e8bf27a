/* Letters with marks: one character for a letter and the mark that follows it (The Unicode Standard, section
 * 3.11, canonical composition). */
#ifndef LINTEL_TERMINAL_COMPOSITION_H
#define LINTEL_TERMINAL_COMPOSITION_H

#include <stddef.h>
#include <stdint.h>

/* The character that looks like `base` with the combining mark `mark`; 0: there is none. */
uint32_t composition_find(uint32_t base, uint32_t mark);

/* composition_data.c's: sorted by mark, then by base. */
struct composition {
    uint16_t mark, base, composed;
};

extern const struct composition compositions[];
extern const size_t composition_count;

#endif
