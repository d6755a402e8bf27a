#include "core/panic.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>

#include "arch/x86_64/backtrace.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/trap.h"
#include "core/log.h"
#include "lib/format.h"

#define PANIC_LOG_LINES 8

static atomic_flag is_panicking = ATOMIC_FLAG_INIT;
static void (*panic_begin)(void);
static void (*panic_end)(void);

void panic_set_handlers(void (*begin)(void), void (*end)(void))
{
    panic_begin = begin;
    panic_end = end;
}

static _Noreturn void panic_finish(const struct trap_frame *frame, const char *format, va_list arguments)
{
    char message[LOG_LINE_MAX];
    uint64_t position = log_position();

    cpu_interrupts_disable();
    log_emergency();
    if (atomic_flag_test_and_set(&is_panicking)) {
        log_error("PANIC: again, while reporting the first one; stopped");
        cpu_stop();
    }

    if (panic_begin != NULL)
        panic_begin();
    format_to_buffer_v(message, sizeof(message), format, arguments);
    log_error("PANIC: %s", message);
    if (frame != NULL)
        backtrace_log_registers(frame);
    backtrace_log(frame);
    log_error("last log lines before the panic:");
    log_show_before(position, PANIC_LOG_LINES);
    if (panic_end != NULL)
        panic_end();
    cpu_stop();
}

void panic(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    panic_finish(NULL, format, arguments);
}

void panic_trap(const struct trap_frame *frame, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    panic_finish(frame, format, arguments);
}
