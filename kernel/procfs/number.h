/* Numbers as programs write them to files of /proc. Pure. Context: any. */
#ifndef LINTEL_PROCFS_NUMBER_H
#define LINTEL_PROCFS_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* One whole number with blanks around it: decimal, with 0x hexadecimal, with 0 octal. Errors: -EINVAL (it is
 * none, or something follows), -ERANGE. */
int number_parse(const char *text, size_t length, int64_t *ret_value);

/* The next number of several, from *text on, which moves behind it; at most `length` bytes, which shrinks.
 * Errors: the same, but anything may follow behind a blank. */
int number_parse_next(const char **text, size_t *length, int64_t *ret_value);

#endif
