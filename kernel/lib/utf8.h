/* Decoding UTF-8 a byte at a time (The Unicode Standard 15.0, section 3.9). */
#ifndef LINTEL_LIB_UTF8_H
#define LINTEL_LIB_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT 0xfffdu

/* A sequence under way; all zero between two characters. */
struct utf8_decoder {
    uint32_t code_point; /* the bits so far */
    uint8_t missing;     /* bytes still to come */
    uint8_t lowest;      /* bounds of the next byte: they shut out overlong forms, surrogates and */
    uint8_t highest;     /* what lies beyond U+10FFFF */
};

/* Take one byte and write the code points that it completes to ret_code_points: none, one, or two if it
 * cuts a sequence short and is a character itself. Ill-formed input gives U+FFFD for each maximal part of a
 * sequence, as the standard recommends.
 * Returns the number of code points.
 * Context: any. */
size_t utf8_decode(struct utf8_decoder *decoder, uint8_t byte, uint32_t ret_code_points[2]);

#endif
