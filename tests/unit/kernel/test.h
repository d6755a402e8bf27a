/* cmocka with what it wants included before it, and a few words of our own. */
#ifndef LINTEL_TESTS_UNIT_KERNEL_TEST_H
#define LINTEL_TESTS_UNIT_KERNEL_TEST_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Fail unless text contains part, showing both. */
#define assert_contains(text, part)                                     \
    do {                                                                \
        if (strstr((text), (part)) == NULL)                             \
            fail_msg("\"%s\" does not contain \"%s\"", (text), (part)); \
    } while (0)

/* xorshift64*: the same sequence in every run. Returns a number below limit. */
static inline uint64_t random_below(uint64_t limit)
{
    static uint64_t state = 1;

    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (state * 0x2545f4914f6cdd1dull >> 16) % limit;
}

#endif
