#include "syscall/trace.h"

#include <stddef.h>

#include "core/command_line.h"
#include "core/log.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/user_access.h"
#include "proc/process.h"
#include "syscall/dispatch.h"
#include "syscall/trace_text.h"

#define SYSCALL_EXIT 60
#define SYSCALL_EXIT_GROUP 231
#define SYSCALL_RT_SIGRETURN 15
#define ARGUMENTS_MAX 6

/* How a call is shown. */
struct call_form {
    const char *name;
    const char *kinds; /* letters of syscall/table.h */
};

#define SYSCALL(number, name, arguments) [number] = {#name, arguments},
static const struct call_form forms[] = {
#include "syscall/table.h"
};
#undef SYSCALL

static char traced_name[THREAD_NAME_SIZE];

static bool trace_is_wanted(void)
{
    return strcmp(traced_name, "*") == 0 || strcmp(thread_name(thread_current()), traced_name) == 0;
}

/* What the program's string, or its `size` bytes, begins with. */
static void trace_read_string(user_ptr_t address, uint64_t size, bool is_terminated,
                              struct trace_string *string)
{
    char bytes[TRACE_STRING_MAX + 1];
    size_t wanted = size < sizeof(bytes) ? size : sizeof(bytes), copied;

    string->is_readable = user_copy_in(bytes, address, wanted, &copied) == 0 || copied > 0;
    size_t length = is_terminated ? strnlen(bytes, copied) : copied;
    string->goes_on = length > TRACE_STRING_MAX;
    string->length = length > TRACE_STRING_MAX ? TRACE_STRING_MAX : length;
    memcpy(string->bytes, bytes, string->length);
}

static void trace_arguments(struct trace_text *text, const struct trap_frame *frame, const char *kinds)
{
    for (unsigned i = 0; i < ARGUMENTS_MAX && kinds[i] != '\0'; i++) {
        struct trace_string string;
        if (kinds[i] == 's')
            trace_read_string(syscall_pointer(frame, i), UINT64_MAX, true, &string);
        else if (kinds[i] == 'b')
            trace_read_string(syscall_pointer(frame, i), syscall_argument(frame, i + 1), false, &string);
        trace_text_add(text, kinds[i], syscall_argument(frame, i), &string);
    }
}

static void trace_begin(struct trace_text *text, const struct trap_frame *frame, uint64_t number)
{
    static const struct call_form unknown = {NULL, "xxxxxx"};
    const struct call_form *form = number < sizeof(forms) / sizeof(forms[0]) ? &forms[number] : &unknown;

    if (form->name != NULL) {
        trace_text_begin(text, form->name);
        trace_arguments(text, frame, form->kinds);
        return;
    }
    char name[sizeof("syscall_4294967295")];
    format_to_buffer(name, sizeof(name), "syscall_%u", (uint32_t)number);
    trace_text_begin(text, name);
    trace_arguments(text, frame, unknown.kinds);
}

static void trace_log(const struct trace_text *text, int id)
{
    log_info("[pid %d] %s", id, text->bytes);
}

static int64_t trace_dispatch(struct trap_frame *frame)
{
    const uint64_t number = (uint32_t)syscall_number(frame);
    const int id = user_thread_current()->id;
    struct trace_text text;

    if (!trace_is_wanted())
        return syscall_dispatch(frame);
    trace_begin(&text, frame, number);
    if (number == SYSCALL_EXIT || number == SYSCALL_EXIT_GROUP || number == SYSCALL_RT_SIGRETURN) {
        trace_text_end(&text, false, 0); /* it does not come back, or with registers of another time */
        trace_log(&text, id);
        return syscall_dispatch(frame);
    }
    int64_t result = syscall_dispatch(frame);
    trace_text_end(&text, true, result);
    trace_log(&text, id);
    return result;
}

syscall_function trace_choose_handler(void)
{
    if (!command_line_value("strace", traced_name, sizeof(traced_name)))
        return syscall_dispatch;
    return trace_dispatch;
}
