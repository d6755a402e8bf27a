#include "error.h"

#include "lib/format.h"
#include "lib/string.h"

int error_set(struct error *error, int code, const char *subject, const char *format, ...)
{
    va_list arguments;

    strlcpy(error->subject, subject, sizeof(error->subject));
    va_start(arguments, format);
    format_to_buffer_v(error->reason, sizeof(error->reason), format, arguments);
    va_end(arguments);
    error->hint[0] = '\0';
    return code;
}

void error_hint(struct error *error, const char *hint)
{
    strlcpy(error->hint, hint, sizeof(error->hint));
}
