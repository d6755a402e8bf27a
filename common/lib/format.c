#include "lib/format.h"

#include <stdbool.h>
#include <stdint.h>

#include "lib/string.h"

#define FORMAT_WIDTH_MAX 4096 /* a wider field is cut to this: no width can keep a CPU busy */

struct format_spec {
    bool left;
    bool zero;
    int width;
    int precision; /* -1: not given */
    int length;    /* bytes of an integer argument */
};

static void format_repeat(struct format_sink *sink, char character, int count)
{
    char chunk[16];

    memset(chunk, character, sizeof(chunk));
    while (count > 0) {
        int part = count < (int)sizeof(chunk) ? count : (int)sizeof(chunk);
        sink->write(sink, chunk, (size_t)part);
        count -= part;
    }
}

static void format_text(struct format_sink *sink, const struct format_spec *spec, const char *text,
                        size_t length)
{
    int padding = spec->width > (int)length ? spec->width - (int)length : 0;

    if (!spec->left)
        format_repeat(sink, ' ', padding);
    sink->write(sink, text, length);
    if (spec->left)
        format_repeat(sink, ' ', padding);
}

static void format_integer(struct format_sink *sink, const struct format_spec *spec, uint64_t value,
                           unsigned base, const char *prefix, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char buffer[24];
    int count = 0, prefix_length = (int)strlen(prefix);

    /* A zero has one digit, and none if the precision is 0. */
    while (value != 0 || (count == 0 && spec->precision != 0)) {
        buffer[sizeof(buffer) - (size_t)++count] = digits[value % base];
        value /= base;
    }

    int zeros = spec->precision > count ? spec->precision - count : 0;
    if (spec->zero && !spec->left && spec->precision < 0 && spec->width > count + prefix_length)
        zeros = spec->width - count - prefix_length;
    int padding = spec->width - prefix_length - zeros - count;

    if (!spec->left)
        format_repeat(sink, ' ', padding);
    sink->write(sink, prefix, (size_t)prefix_length);
    format_repeat(sink, '0', zeros);
    sink->write(sink, buffer + sizeof(buffer) - count, (size_t)count);
    if (spec->left)
        format_repeat(sink, ' ', padding);
}

/* va_list may be an array type, so it travels inside a structure. */
struct format_arguments {
    va_list list;
};

static int64_t format_signed_argument(struct format_arguments *arguments, int length)
{
    if (length == 8)
        return va_arg(arguments->list, int64_t);
    int value = va_arg(arguments->list, int);
    return length == 1 ? (signed char)value : length == 2 ? (short)value : value;
}

static uint64_t format_unsigned_argument(struct format_arguments *arguments, int length)
{
    if (length == 8)
        return va_arg(arguments->list, uint64_t);
    unsigned value = va_arg(arguments->list, unsigned);
    return length == 1 ? (unsigned char)value : length == 2 ? (unsigned short)value : value;
}

static int format_number(const char **cursor, struct format_arguments *arguments)
{
    int value = 0;

    if (**cursor == '*') {
        (*cursor)++;
        value = va_arg(arguments->list, int);
        return value < FORMAT_WIDTH_MAX ? value : FORMAT_WIDTH_MAX;
    }
    while (**cursor >= '0' && **cursor <= '9') {
        value = value * 10 + (*(*cursor)++ - '0');
        if (value > FORMAT_WIDTH_MAX)
            value = FORMAT_WIDTH_MAX;
    }
    return value;
}

static const char *format_parse_spec(const char *cursor, struct format_spec *spec,
                                     struct format_arguments *arguments)
{
    *spec = (struct format_spec){.precision = -1, .length = 4};
    for (; *cursor == '-' || *cursor == '0'; cursor++) {
        spec->left |= *cursor == '-';
        spec->zero |= *cursor == '0';
    }
    spec->width = format_number(&cursor, arguments);
    if (spec->width < 0) { /* only '*' gives one: C says that it means '-' and the width */
        spec->left = true;
        spec->width = spec->width > -FORMAT_WIDTH_MAX ? -spec->width : FORMAT_WIDTH_MAX;
    }
    if (*cursor == '.') {
        cursor++;
        spec->precision = format_number(&cursor, arguments);
    }
    if (cursor[0] == 'h') {
        spec->length = cursor[1] == 'h' ? 1 : 2;
        cursor += cursor[1] == 'h' ? 2 : 1;
    } else if (cursor[0] == 'l' && cursor[1] == 'l') {
        spec->length = 8;
        cursor += 2;
    } else if (cursor[0] == 'l') {
        spec->length = sizeof(long);
        cursor++;
    } else if (cursor[0] == 'z' || cursor[0] == 'j') {
        spec->length = 8;
        cursor++;
    }
    return cursor;
}

/* Print one conversion; false if it is none that we know. */
static bool format_convert(struct format_sink *sink, char conversion, const struct format_spec *spec,
                           struct format_arguments *arguments)
{
    switch (conversion) {
    case 'd':
    case 'i': {
        int64_t value = format_signed_argument(arguments, spec->length);
        uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
        format_integer(sink, spec, magnitude, 10, value < 0 ? "-" : "", false);
        return true;
    }
    case 'u':
        format_integer(sink, spec, format_unsigned_argument(arguments, spec->length), 10, "", false);
        return true;
    case 'o':
        format_integer(sink, spec, format_unsigned_argument(arguments, spec->length), 8, "", false);
        return true;
    case 'x':
    case 'X':
        format_integer(sink, spec, format_unsigned_argument(arguments, spec->length), 16, "",
                       conversion == 'X');
        return true;
    case 'p':
        format_integer(sink, spec, (uintptr_t)va_arg(arguments->list, void *), 16, "0x", false);
        return true;
    case 'c': {
        char character = (char)va_arg(arguments->list, int);
        format_text(sink, spec, &character, 1);
        return true;
    }
    case 's': {
        const char *text = va_arg(arguments->list, const char *);
        if (text == NULL)
            text = "(null)";
        format_text(sink, spec, text,
                    spec->precision < 0 ? strlen(text) : strnlen(text, (size_t)spec->precision));
        return true;
    }
    case '%':
        sink->write(sink, "%", 1);
        return true;
    default:
        return false;
    }
}

void format_to_sink(struct format_sink *sink, const char *format, va_list list)
{
    struct format_arguments arguments;
    const char *cursor = format;

    va_copy(arguments.list, list);
    while (*cursor != '\0') {
        size_t plain = 0;
        while (cursor[plain] != '\0' && cursor[plain] != '%')
            plain++;
        if (plain > 0)
            sink->write(sink, cursor, plain);
        cursor += plain;
        if (*cursor == '\0')
            break;

        struct format_spec spec;
        const char *start = cursor;
        cursor = format_parse_spec(cursor + 1, &spec, &arguments);
        if (*cursor != '\0' && format_convert(sink, *cursor, &spec, &arguments))
            cursor++;
        else
            sink->write(sink, start, (size_t)(cursor - start));
    }
    va_end(arguments.list);
}

struct format_buffer_sink {
    struct format_sink sink;
    char *buffer;
    size_t size;
    size_t length;
};

static void format_buffer_write(struct format_sink *sink, const char *text, size_t length)
{
    struct format_buffer_sink *target = (struct format_buffer_sink *)sink;

    for (size_t i = 0; i < length; i++, target->length++) {
        if (target->length + 1 < target->size)
            target->buffer[target->length] = text[i];
    }
}

size_t format_to_buffer_v(char *buffer, size_t size, const char *format, va_list arguments)
{
    struct format_buffer_sink target = {{format_buffer_write}, buffer, size, 0};

    format_to_sink(&target.sink, format, arguments);
    if (size > 0)
        buffer[target.length < size ? target.length : size - 1] = '\0';
    return target.length;
}

size_t format_to_buffer(char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    size_t length = format_to_buffer_v(buffer, size, format, arguments);
    va_end(arguments);
    return length;
}
