/* Formatted text, a subset of ISO C's printf (C11, section 7.21.6.1).
 *
 * Conversions: %d %i %u %x %X %o %c %s %p %%; flags '-' and '0'; field width and precision as a number or
 * '*'; length modifiers hh, h, l, ll, z, j. %s of NULL prints "(null)". Anything else is printed as
 * it stands, so that a mistake is seen and never read past.
 * Context: any.  Sleeps: no. */
#ifndef LINTEL_COMMON_LIB_FORMAT_H
#define LINTEL_COMMON_LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Length modifiers of 64-bit values: long is 4 bytes on the bootloader's target, 8 on the others.
 * (The names are those of inttypes.h, which freestanding code does not have.) */
#ifndef PRIu64
#define PRIu64 __UINT64_FMTu__
#define PRId64 __INT64_FMTd__
#define PRIx64 __UINT64_FMTx__
#endif

/* Where formatted text goes: `write` is called with each piece, in order; `text` is not terminated
 * and valid during the call only. Embed the structure to carry state. */
struct format_sink {
    void (*write)(struct format_sink *sink, const char *text, size_t length);
};

void format_to_sink(struct format_sink *sink, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* snprintf: at most size - 1 characters and a terminator (none if size is 0).
 * Returns the length that the whole text has. */
size_t format_to_buffer(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

size_t format_to_buffer_v(char *buffer, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

#endif
