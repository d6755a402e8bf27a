#include "procfs/number.h"

#include <stdbool.h>

#include "abi/errno.h"

static bool is_blank(char character)
{
    return character == ' ' || (character >= '\t' && character <= '\r');
}

static void skip_blanks(const char **text, size_t *length)
{
    while (*length > 0 && is_blank(**text)) {
        (*text)++;
        (*length)--;
    }
}

/* The value of a digit; at least 16 if it is none. */
static unsigned digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return (unsigned)(digit - '0');
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? (unsigned)(digit - 'a') + 10 : 16;
}

static bool take_character(const char **text, size_t *length, char character)
{
    if (*length == 0 || **text != character)
        return false;
    (*text)++;
    (*length)--;
    return true;
}

/* Which base the digits are in; goes behind what says so, but for a 0, which is a digit as well. */
static unsigned take_base(const char **text, size_t *length)
{
    if (*length == 0 || **text != '0')
        return 10;
    if (*length >= 3 && ((*text)[1] | 0x20) == 'x' && digit_value((*text)[2]) < 16) {
        *text += 2;
        *length -= 2;
        return 16;
    }
    return 8;
}

static int take_digits(const char **text, size_t *length, unsigned base, uint64_t *ret_value)
{
    const size_t before = *length;
    uint64_t value = 0;

    for (; *length > 0 && digit_value(**text) < base; (*text)++, (*length)--) {
        if (__builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit_value(**text), &value))
            return -ERANGE;
    }
    *ret_value = value;
    return *length == before ? -EINVAL : 0;
}

int number_parse_next(const char **text, size_t *length, int64_t *ret_value)
{
    uint64_t value;

    skip_blanks(text, length);
    const bool is_negative = take_character(text, length, '-');
    if (!is_negative)
        (void)take_character(text, length, '+');
    int error = take_digits(text, length, take_base(text, length), &value);
    if (error != 0)
        return error;
    if (*length > 0 && !is_blank(**text) && **text != '\0')
        return -EINVAL;
    if (value > (uint64_t)INT64_MAX)
        return -ERANGE;
    *ret_value = is_negative ? -(int64_t)value : (int64_t)value;
    return 0;
}

int number_parse(const char *text, size_t length, int64_t *ret_value)
{
    int64_t value;
    int error = number_parse_next(&text, &length, &value);

    if (error != 0)
        return error;
    skip_blanks(&text, &length);
    if (length > 0 && *text != '\0')
        return -EINVAL;
    *ret_value = value;
    return 0;
}
