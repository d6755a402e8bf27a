/* Copying and filling use the string instructions: eight bytes a step, then the rest. They need no
 * vector registers, which belong to ring 3. */
#include "lib/string.h"

#include <stdint.h>

void *memcpy(void *restrict destination, const void *restrict source, size_t size)
{
    void *to = destination;
    size_t words = size / 8, rest = size % 8;

    __asm__ volatile("rep movsq\n\t"
                     "mov %3, %%rcx\n\t"
                     "rep movsb"
                     : "+D"(to), "+S"(source), "+c"(words)
                     : "r"(rest)
                     : "memory");
    return destination;
}

void *memmove(void *destination, const void *source, size_t size)
{
    if ((uintptr_t)destination - (uintptr_t)source >= size)
        return memcpy(destination, source, size);

    /* The destination begins inside the source: copy from the end. */
    unsigned char *to = destination;
    const unsigned char *from = source;
    while (size-- > 0)
        ((volatile unsigned char *)to)[size] = from[size];
    return destination;
}

void *memset(void *destination, int byte, size_t size)
{
    void *to = destination;
    size_t words = size / 8, rest = size % 8;
    uint64_t pattern = (uint8_t)byte * 0x0101010101010101ull;

    __asm__ volatile("rep stosq\n\t"
                     "mov %2, %%rcx\n\t"
                     "rep stosb"
                     : "+D"(to), "+c"(words)
                     : "r"(rest), "a"(pattern)
                     : "memory");
    return destination;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *left = a, *right = b;

    for (size_t i = 0; i < size; i++) {
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    }
    return 0;
}

size_t strlen(const char *string)
{
    size_t length = 0;

    while (string[length] != '\0')
        length++;
    return length;
}

size_t strnlen(const char *string, size_t limit)
{
    size_t length = 0;

    while (length < limit && string[length] != '\0')
        length++;
    return length;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t limit)
{
    for (size_t i = 0; i < limit; i++) {
        unsigned char left = (unsigned char)a[i], right = (unsigned char)b[i];
        if (left != right)
            return left < right ? -1 : 1;
        if (left == '\0')
            break;
    }
    return 0;
}

size_t strlcpy(char *restrict destination, const char *restrict source, size_t size)
{
    size_t length = strlen(source);

    if (size > 0) {
        size_t copied = length < size ? length : size - 1;
        memcpy(destination, source, copied);
        destination[copied] = '\0';
    }
    return length;
}
