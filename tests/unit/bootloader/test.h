/* cmocka with what it wants included before it. */
#ifndef LINTEL_TESTS_UNIT_BOOTLOADER_TEST_H
#define LINTEL_TESTS_UNIT_BOOTLOADER_TEST_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Fail unless text contains part, showing both. */
#define assert_contains(text, part)                                     \
    do {                                                                \
        if (strstr((text), (part)) == NULL)                             \
            fail_msg("\"%s\" does not contain \"%s\"", (text), (part)); \
    } while (0)

#endif
