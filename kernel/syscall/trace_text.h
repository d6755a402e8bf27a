/* One line of strace's form: name(argument, ...) = result. Pure. */
#ifndef LINTEL_SYSCALL_TRACE_TEXT_H
#define LINTEL_SYSCALL_TRACE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_TEXT_SIZE 224
#define TRACE_STRING_MAX 32 /* bytes of a string that are shown, as strace does */

struct trace_text {
    char bytes[TRACE_TEXT_SIZE]; /* terminated; what is too long is cut */
    size_t length;
    bool has_arguments;
};

/* What a program's string begins with. */
struct trace_string {
    char bytes[TRACE_STRING_MAX];
    size_t length;
    bool goes_on;     /* behind what is shown */
    bool is_readable; /* else its address is shown */
};

/* Begin with the name and the bracket. */
void trace_text_begin(struct trace_text *text, const char *name);

/* Add an argument; kind: a letter of syscall/table.h. `string` is that of kinds `s` and `b`. */
void trace_text_add(struct trace_text *text, char kind, uint64_t value, const struct trace_string *string);

/* End it; has_result: the call has returned. */
void trace_text_end(struct trace_text *text, bool has_result, int64_t result);

#endif
