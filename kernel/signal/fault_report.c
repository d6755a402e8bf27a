#include "signal/fault_report.h"

#include <stdbool.h>
#include <stddef.h>

#include "abi/signal.h"
#include "arch/x86_64/backtrace.h"
#include "arch/x86_64/instruction.h"
#include "arch/x86_64/trap.h"
#include "boot_info.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/log_rate.h"
#include "lib/format.h"
#include "mm/addr_space.h"
#include "mm/memory_object.h"
#include "mm/user_access.h"
#include "signal/signal.h"

#define CODE_BYTES 16

/* As on Linux: whoever lets programs crash on end shall not drown the log, nor keep the serial line busy. */
#define REPORTS_A_PERIOD 10
#define PERIOD_NS 5000000000ull

static struct log_rate report_rate;

static const char *access_name(uint64_t error_code)
{
    if (error_code & PAGE_FAULT_EXECUTE)
        return "jump to";
    return error_code & PAGE_FAULT_WRITE ? "write to" : "read from";
}

/* The area that holds the address; false if there is none. */
static bool area_lookup(struct addr_space *space, vaddr_t address, struct area_info *ret_area)
{
    struct area_info area;

    if (!addr_space_query(space, address, &area))
        return false;
    if (area.object != NULL)
        memory_object_unref(area.object);
    if (area.start > address)
        return false;
    *ret_area = area;
    return true;
}

static const char *page_fault_words(struct addr_space *space, const struct trap_frame *frame,
                                    uint64_t address)
{
    struct area_info area;
    bool is_mapped = area_lookup(space, address, &area);
    const vaddr_t stack_end = USER_STACK_TOP - USER_STACK_PAGES * PAGE_SIZE;

    if (address < PAGE_SIZE)
        return "null pointer";
    if (address >= USER_END)
        return "kernel address";
    if (!is_mapped && address < stack_end && address >= stack_end - PAGE_SIZE)
        return "stack overflow";
    if (!is_mapped)
        return "address not mapped";
    if (frame->error_code & PAGE_FAULT_EXECUTE)
        return "execution of data";
    if (frame->error_code & PAGE_FAULT_WRITE)
        return area.protection & MAP_EXECUTE ? "write to code" : "write to read-only data";
    return "not permitted";
}

static bool is_canonical(uint64_t address)
{
    return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

/* #GP says little: the instruction at RIP tells what was tried. */
static const char *protection_words(const struct trap_frame *frame)
{
    uint8_t code[INSTRUCTION_MAX] = {0};
    size_t length;

    if (!is_canonical(frame->rip))
        return "jump to a non-canonical address";
    (void)user_copy_in(code, (user_ptr_t){frame->rip}, sizeof(code), &length);
    switch (instruction_classify(code, length)) {
    case INSTRUCTION_PRIVILEGED:
        return "privileged instruction";
    case INSTRUCTION_JUMP:
        return frame->error_code == 0 ? "jump to a non-canonical address" : "bad segment selector";
    case INSTRUCTION_OTHER:
        break;
    }
    return "non-canonical address or protection violation";
}

static const char *fault_words(struct addr_space *space, const struct trap_frame *frame, uint64_t address)
{
    switch (frame->vector) {
    case TRAP_PAGE_FAULT:
        return page_fault_words(space, frame, address);
    case TRAP_GENERAL_PROTECTION:
        return protection_words(frame);
    case TRAP_STACK_FAULT:
        return "non-canonical stack address";
    case TRAP_DIVIDE_ERROR:
        return "division by zero or its result too large";
    case TRAP_X87:
    case TRAP_SIMD:
        return "floating-point exception";
    case TRAP_INVALID_OPCODE:
        return "invalid instruction";
    case TRAP_DEBUG:
    case TRAP_BREAKPOINT:
        return "breakpoint without a debugger";
    case TRAP_ALIGNMENT_CHECK:
        return "address not aligned";
    default:
        return "exception";
    }
}

static const char *signal_name(int signal)
{
    static const char *const names[] = {
        [SIGQUIT] = "SIGQUIT", [SIGILL] = "SIGILL", [SIGTRAP] = "SIGTRAP", [SIGABRT] = "SIGABRT",
        [SIGBUS] = "SIGBUS",   [SIGFPE] = "SIGFPE", [SIGSEGV] = "SIGSEGV", [SIGXCPU] = "SIGXCPU",
        [SIGXFSZ] = "SIGXFSZ", [SIGSYS] = "SIGSYS",
    };

    return (size_t)signal < sizeof(names) / sizeof(names[0]) && names[signal] != NULL ? names[signal]
                                                                                      : "signal";
}

static void log_code_bytes(const struct trap_frame *frame)
{
    uint8_t code[CODE_BYTES];
    char text[CODE_BYTES * 3 + 1] = "";
    size_t length;

    (void)user_copy_in(code, (user_ptr_t){frame->rip}, sizeof(code), &length);
    for (size_t i = 0; i < length; i++)
        format_to_buffer(text + 3 * i, sizeof(text) - 3 * i, " %02x", code[i]);
    log_error("code at rip:%s", length > 0 ? text : " not readable");
}

static void log_fault(int pid, const char *name, struct addr_space *space, const struct trap_frame *frame,
                      int signal, uint64_t address)
{
    const char *words = fault_words(space, frame, address);
    struct area_info area;
    bool is_mapped = area_lookup(space, frame->rip, &area);

    if (frame->vector == TRAP_PAGE_FAULT)
        log_error("process: pid %d (%s) ended by a fault: %s: %s 0x%lx", pid, name, words,
                  access_name(frame->error_code), address);
    else
        log_error("process: pid %d (%s) ended by a fault: %s", pid, name, words);
    log_error("%s, error code 0x%lx, %s, at rip 0x%lx in %s", trap_exception_name(frame->vector),
              frame->error_code, signal_name(signal), frame->rip,
              !is_mapped             ? "no area"
              : area.name[0] != '\0' ? area.name
                                     : "an area without a name");
}

static bool may_report(void)
{
    unsigned left_out;
    const bool may =
        log_rate_take(&report_rate, clock_monotonic_ns(), PERIOD_NS, REPORTS_A_PERIOD, &left_out);

    if (left_out > 0)
        log_error("process: %u more programs were ended like this, without a report", left_out);
    return may;
}

void fault_report_log(int pid, const char *name, struct addr_space *space, const struct trap_frame *frame,
                      int signal, const struct signal_trap *trap)
{
    if (!may_report())
        return;
    if (trap != NULL && frame->vector < TRAP_EXCEPTION_COUNT)
        log_fault(pid, name, space, frame, signal, trap->address);
    else
        log_error("process: pid %d (%s) ended by %s at rip 0x%lx", pid, name, signal_name(signal),
                  frame->rip);
    backtrace_log_registers(frame);
    log_code_bytes(frame);
    backtrace_log_user(frame);
}
