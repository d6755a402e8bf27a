#include "syscall/trace_text.h"

#include "abi/errno.h"
#include "abi/fs.h"
#include "lib/format.h"

#define ERRNO_MAX 4095
#define ERROR_NAME(name) [name] = #name

static const char *const error_names[] = {
    ERROR_NAME(EPERM),           ERROR_NAME(ENOENT),       ERROR_NAME(ESRCH),
    ERROR_NAME(EINTR),           ERROR_NAME(EIO),          ERROR_NAME(ENXIO),
    ERROR_NAME(E2BIG),           ERROR_NAME(ENOEXEC),      ERROR_NAME(EBADF),
    ERROR_NAME(ECHILD),          ERROR_NAME(EAGAIN),       ERROR_NAME(ENOMEM),
    ERROR_NAME(EACCES),          ERROR_NAME(EFAULT),       ERROR_NAME(ENOTBLK),
    ERROR_NAME(EBUSY),           ERROR_NAME(EEXIST),       ERROR_NAME(EXDEV),
    ERROR_NAME(ENODEV),          ERROR_NAME(ENOTDIR),      ERROR_NAME(EISDIR),
    ERROR_NAME(EINVAL),          ERROR_NAME(ENFILE),       ERROR_NAME(EMFILE),
    ERROR_NAME(ENOTTY),          ERROR_NAME(ETXTBSY),      ERROR_NAME(EFBIG),
    ERROR_NAME(ENOSPC),          ERROR_NAME(ESPIPE),       ERROR_NAME(EROFS),
    ERROR_NAME(EMLINK),          ERROR_NAME(EPIPE),        ERROR_NAME(EDOM),
    ERROR_NAME(ERANGE),          ERROR_NAME(EDEADLK),      ERROR_NAME(ENAMETOOLONG),
    ERROR_NAME(ENOLCK),          ERROR_NAME(ENOSYS),       ERROR_NAME(ENOTEMPTY),
    ERROR_NAME(ELOOP),           ERROR_NAME(ENODATA),      ERROR_NAME(EPROTO),
    ERROR_NAME(EBADMSG),         ERROR_NAME(EOVERFLOW),    ERROR_NAME(ELIBBAD),
    ERROR_NAME(ENOTSOCK),        ERROR_NAME(EDESTADDRREQ), ERROR_NAME(EMSGSIZE),
    ERROR_NAME(EPROTOTYPE),      ERROR_NAME(ENOPROTOOPT),  ERROR_NAME(EPROTONOSUPPORT),
    ERROR_NAME(ESOCKTNOSUPPORT), ERROR_NAME(EOPNOTSUPP),   ERROR_NAME(EPFNOSUPPORT),
    ERROR_NAME(EAFNOSUPPORT),    ERROR_NAME(EADDRINUSE),   ERROR_NAME(EADDRNOTAVAIL),
    ERROR_NAME(ENETUNREACH),     ERROR_NAME(ECONNABORTED), ERROR_NAME(ECONNRESET),
    ERROR_NAME(ENOBUFS),         ERROR_NAME(EISCONN),      ERROR_NAME(ENOTCONN),
    ERROR_NAME(ESHUTDOWN),       ERROR_NAME(ETOOMANYREFS), ERROR_NAME(ETIMEDOUT),
    ERROR_NAME(ECONNREFUSED),    ERROR_NAME(EALREADY),     ERROR_NAME(EINPROGRESS),
    ERROR_NAME(ECANCELED),       ERROR_NAME(EOWNERDEAD),   ERROR_NAME(ENOTRECOVERABLE),
};

/* What a program does not see, but for its effect. */
static const struct {
    int error;
    const char *name;
} restart_names[] = {
    {ERESTARTSYS, "ERESTARTSYS"},
    {ERESTARTNOINTR, "ERESTARTNOINTR"},
    {ERESTARTNOHAND, "ERESTARTNOHAND"},
    {ERESTART_RESTARTBLOCK, "ERESTART_RESTARTBLOCK"},
};

__attribute__((format(printf, 2, 3))) static void text_add(struct trace_text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text->length +=
        format_to_buffer_v(text->bytes + text->length, sizeof(text->bytes) - text->length, format, arguments);
    va_end(arguments);
    if (text->length > sizeof(text->bytes) - 1)
        text->length = sizeof(text->bytes) - 1;
}

void trace_text_begin(struct trace_text *text, const char *name)
{
    text->length = 0;
    text->has_arguments = false;
    text_add(text, "%s(", name);
}

static void text_add_byte(struct trace_text *text, unsigned char byte)
{
    static const char escaped[] = "\n\t\r\v\f\"\\", letters[] = "ntrvf\"\\";

    for (size_t i = 0; i < sizeof(escaped) - 1; i++) {
        if (byte == (unsigned char)escaped[i]) {
            text_add(text, "\\%c", letters[i]);
            return;
        }
    }
    if (byte >= ' ' && byte <= '~')
        text_add(text, "%c", byte);
    else
        text_add(text, "\\x%02x", byte);
}

static void text_add_string(struct trace_text *text, const struct trace_string *string)
{
    text_add(text, "\"");
    for (size_t i = 0; i < string->length; i++)
        text_add_byte(text, (unsigned char)string->bytes[i]);
    text_add(text, string->goes_on ? "\"..." : "\"");
}

static void text_add_pointer(struct trace_text *text, uint64_t value)
{
    if (value == 0)
        text_add(text, "NULL");
    else
        text_add(text, "0x%lx", value);
}

void trace_text_add(struct trace_text *text, char kind, uint64_t value, const struct trace_string *string)
{
    if (text->has_arguments)
        text_add(text, ", ");
    text->has_arguments = true;
    if (kind == 'a' && (int)value == AT_FDCWD)
        text_add(text, "AT_FDCWD");
    else if (kind == 'a' || kind == 'd')
        text_add(text, "%d", (int)value);
    else if (kind == 'l')
        text_add(text, "%ld", (int64_t)value);
    else if (kind == 'u')
        text_add(text, "%lu", value);
    else if (kind == 'o')
        text_add(text, (uint32_t)value == 0 ? "0" : "0%o", (uint32_t)value);
    else if (kind == 'x')
        text_add(text, value == 0 ? "0" : "0x%lx", value);
    else if ((kind == 's' || kind == 'b') && string->is_readable)
        text_add_string(text, string);
    else
        text_add_pointer(text, value);
}

/* NULL: it has none. */
static const char *error_name(int error)
{
    if ((size_t)error < sizeof(error_names) / sizeof(error_names[0]))
        return error_names[error];
    for (size_t i = 0; i < sizeof(restart_names) / sizeof(restart_names[0]); i++) {
        if (restart_names[i].error == error)
            return restart_names[i].name;
    }
    return NULL;
}

void trace_text_end(struct trace_text *text, bool has_result, int64_t result)
{
    if (!has_result) {
        text_add(text, ") = ?");
        return;
    }
    if (result >= 0 || result < -ERRNO_MAX) {
        text_add(text, result > INT32_MAX || result < 0 ? ") = 0x%lx" : ") = %ld", (uint64_t)result);
        return;
    }
    const char *name = error_name((int)-result);
    if (name != NULL)
        text_add(text, ") = -1 %s", name);
    else
        text_add(text, ") = -1 (errno %d)", (int)-result);
}
