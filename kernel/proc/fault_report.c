#include "proc/fault_report.h"

#include <stdbool.h>
#include <stddef.h>

#include "arch/x86_64/backtrace.h"
#include "arch/x86_64/instruction.h"
#include "arch/x86_64/trap.h"
#include "boot_info.h"
#include "core/log.h"
#include "lib/format.h"
#include "mm/addr_space.h"
#include "mm/memory_object.h"
#include "mm/user_access.h"

#define SIGILL 4
#define SIGTRAP 5
#define SIGBUS 7
#define SIGFPE 8
#define SIGSEGV 11

#define CODE_BYTES 16

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

static const char *fault_words(struct addr_space *space, const struct trap_frame *frame, uint64_t address,
                               int *ret_signal)
{
    *ret_signal = SIGSEGV;
    switch (frame->vector) {
    case TRAP_PAGE_FAULT:
        return page_fault_words(space, frame, address);
    case TRAP_GENERAL_PROTECTION:
        return protection_words(frame);
    case TRAP_STACK_FAULT:
        *ret_signal = SIGBUS;
        return "non-canonical stack address";
    case TRAP_DIVIDE_ERROR:
        *ret_signal = SIGFPE;
        return "division by zero or its result too large";
    case TRAP_X87:
    case TRAP_SIMD:
        *ret_signal = SIGFPE;
        return "floating-point exception";
    case TRAP_INVALID_OPCODE:
        *ret_signal = SIGILL;
        return "invalid instruction";
    case TRAP_DEBUG:
    case TRAP_BREAKPOINT:
        *ret_signal = SIGTRAP;
        return "breakpoint without a debugger";
    case TRAP_ALIGNMENT_CHECK:
        *ret_signal = SIGBUS;
        return "address not aligned";
    default:
        return "exception";
    }
}

static const char *signal_name(int signal)
{
    switch (signal) {
    case SIGILL:
        return "SIGILL";
    case SIGTRAP:
        return "SIGTRAP";
    case SIGBUS:
        return "SIGBUS";
    case SIGFPE:
        return "SIGFPE";
    default:
        return "SIGSEGV";
    }
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

int fault_report_log(int pid, const char *name, struct addr_space *space, const struct trap_frame *frame,
                     uint64_t fault_address)
{
    int signal;
    const char *words = fault_words(space, frame, fault_address, &signal);
    struct area_info area;
    bool is_mapped = area_lookup(space, frame->rip, &area);

    if (frame->vector == TRAP_PAGE_FAULT)
        log_error("process: pid %d (%s) ended by a fault: %s: %s 0x%lx", pid, name, words,
                  access_name(frame->error_code), fault_address);
    else
        log_error("process: pid %d (%s) ended by a fault: %s", pid, name, words);
    log_error("%s, error code 0x%lx, %s, at rip 0x%lx in %s", trap_exception_name(frame->vector),
              frame->error_code, signal_name(signal), frame->rip, is_mapped ? area.name : "no area");
    backtrace_log_registers(frame);
    log_code_bytes(frame);
    backtrace_log_user(frame);
    return signal;
}
