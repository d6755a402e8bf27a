/* Memory and string routines of the C standard library that freestanding code needs; the compiler
 * itself emits calls to the first four. Effects are those of ISO C11, section 7.24.
 * Context: any. */
#ifndef LINTEL_COMMON_LIB_STRING_H
#define LINTEL_COMMON_LIB_STRING_H

#include <stddef.h>

void *memcpy(void *restrict destination, const void *restrict source, size_t size);
void *memmove(void *destination, const void *source, size_t size);
void *memset(void *destination, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *string);
size_t strnlen(const char *string, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);

/* Copy source to destination, cut to size - 1 characters, always terminated (unless size is 0).
 * Returns strlen(source): a result >= size says that it was cut. */
size_t strlcpy(char *restrict destination, const char *restrict source, size_t size);

#endif
