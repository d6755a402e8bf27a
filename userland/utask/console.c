#include "utask/console.h"

#include "lib/format.h"
#include "utask/syscall.h"

#define STDOUT 1

void print(const char *format, ...)
{
    char text[256];
    va_list arguments;

    va_start(arguments, format);
    uint64_t length = format_to_buffer_v(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (length >= sizeof(text))
        length = sizeof(text) - 1;
    for (uint64_t written = 0; written < length;) {
        int64_t result = syscall4(SYS_write, STDOUT, (uint64_t)text + written, length - written, 0);
        if (result <= 0)
            break;
        written += (uint64_t)result;
    }
}
