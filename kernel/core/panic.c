#include "core/panic.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86_64/backtrace.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "core/lock_rank.h"
#include "core/log.h"
#include "lib/format.h"

#define PANIC_LOG_LINES 8

#define PANIC_NOBODY UINT32_MAX

static atomic_uint panicking_cpu = PANIC_NOBODY;
static void (*panic_begins)(void);
static void (*panic_end)(void);
static const struct panic_cpus *panic_cpus;

void panic_set_handlers(void (*begin)(void), void (*end)(void))
{
    panic_begins = begin;
    panic_end = end;
}

void panic_set_cpus(const struct panic_cpus *operations)
{
    panic_cpus = operations;
}

/* Become the one CPU that reports. Another one that panics at the same time stops and is listed in the
 * report. */
static void panic_begin(uint64_t rip)
{
    cpu_interrupts_disable();
    unsigned self = percpu_get()->cpu_index, first = PANIC_NOBODY;

    if (atomic_compare_exchange_strong(&panicking_cpu, &first, self)) {
        if (panic_cpus != NULL)
            panic_cpus->stop_others();
        log_emergency();
        return;
    }
    if (first != self && panic_cpus != NULL)
        panic_cpus->stop_this(rip);
    log_emergency();
    log_error("PANIC: again, while reporting the first one; stopped");
    cpu_stop();
}

static _Noreturn void panic_finish(const struct trap_frame *frame, uint64_t rip, const char *format,
                                   va_list arguments)
{
    char message[LOG_LINE_MAX];

    panic_begin(rip);
    uint64_t position = log_position();

    if (panic_begins != NULL)
        panic_begins();
    format_to_buffer_v(message, sizeof(message), format, arguments);
    log_error("PANIC: %s", message);
    if (frame != NULL)
        backtrace_log_registers(frame);
    backtrace_log(frame);
    lock_rank_log_held();
    if (panic_cpus != NULL)
        panic_cpus->log_cpus();
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
    /* The call is the instruction before the return address: it may be the caller's last. */
    panic_finish(NULL, (uint64_t)__builtin_return_address(0) - 1, format, arguments);
}

void panic_trap(const struct trap_frame *frame, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    panic_finish(frame, frame->rip, format, arguments);
}
