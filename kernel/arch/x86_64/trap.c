/* Sorting of traps: a fault of ring 3 goes to the process layer, a fault of ring 0 at an instruction
 * that is allowed to fault (user_copy.S, a firmware call) is resumed at its fix-up, any other fault
 * of ring 0 is a bug in the kernel and ends in a panic. */
#include "arch/x86_64/trap.h"

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/cpu_where.h"
#include "arch/x86_64/descriptors.h"
#include "arch/x86_64/firmware_call.h"
#include "arch/x86_64/ipi.h"
#include "arch/x86_64/lapic.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/regs.h"
#include "arch/x86_64/user_copy.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/preempt.h"
#include "mm/kernel_map.h"

#define TRAP_STUB_SIZE 16

extern const char trap_stubs[];

static trap_user_fault_handler user_fault_handler;
static trap_page_fault_handler page_fault_handler;
static void (*return_work)(struct trap_frame *frame);
static trap_interrupt_handler interrupt_handlers[TRAP_VECTOR_COUNT];
static const char *interrupt_names[TRAP_VECTOR_COUNT];

static const char *const exception_names[TRAP_EXCEPTION_COUNT] = {
    [TRAP_DIVIDE_ERROR] = "#DE divide error",
    [TRAP_DEBUG] = "#DB debug exception",
    [TRAP_NMI] = "NMI non-maskable interrupt",
    [TRAP_BREAKPOINT] = "#BP breakpoint",
    [TRAP_OVERFLOW] = "#OF overflow",
    [TRAP_BOUND_RANGE] = "#BR bound range exceeded",
    [TRAP_INVALID_OPCODE] = "#UD invalid opcode",
    [TRAP_DEVICE_NOT_AVAILABLE] = "#NM device not available",
    [TRAP_DOUBLE_FAULT] = "#DF double fault",
    [TRAP_COPROCESSOR_OVERRUN] = "coprocessor segment overrun (vector 9)",
    [TRAP_INVALID_TSS] = "#TS invalid TSS",
    [TRAP_SEGMENT_NOT_PRESENT] = "#NP segment not present",
    [TRAP_STACK_FAULT] = "#SS stack-segment fault",
    [TRAP_GENERAL_PROTECTION] = "#GP general protection",
    [TRAP_PAGE_FAULT] = "#PF page fault",
    [15] = "reserved exception 15",
    [TRAP_X87] = "#MF x87 floating-point error",
    [TRAP_ALIGNMENT_CHECK] = "#AC alignment check",
    [TRAP_MACHINE_CHECK] = "#MC machine check",
    [TRAP_SIMD] = "#XM SIMD floating-point exception",
    [TRAP_VIRTUALIZATION] = "#VE virtualization exception",
    [TRAP_CONTROL_PROTECTION] = "#CP control protection",
    [22] = "reserved exception 22",
    [23] = "reserved exception 23",
    [24] = "reserved exception 24",
    [25] = "reserved exception 25",
    [26] = "reserved exception 26",
    [27] = "reserved exception 27",
    [TRAP_HYPERVISOR_INJECTION] = "#HV hypervisor injection",
    [TRAP_VMM_COMMUNICATION] = "#VC VMM communication",
    [TRAP_SECURITY] = "#SX security exception",
    [31] = "reserved exception 31",
};

const char *trap_exception_name(uint64_t vector)
{
    return vector < TRAP_EXCEPTION_COUNT ? exception_names[vector] : "interrupt";
}

uint64_t trap_stub_address(unsigned vector)
{
    return (uint64_t)trap_stubs + vector * TRAP_STUB_SIZE;
}

void trap_set_user_fault_handler(trap_user_fault_handler handler)
{
    user_fault_handler = handler;
}

void trap_set_page_fault_handler(trap_page_fault_handler handler)
{
    page_fault_handler = handler;
}

void trap_set_return_work(void (*work)(struct trap_frame *frame))
{
    return_work = work;
}

void trap_set_interrupt_handler(unsigned vector, trap_interrupt_handler handler)
{
    interrupt_handlers[vector] = handler;
}

void trap_set_interrupt_name(unsigned vector, const char *name)
{
    interrupt_names[vector] = name;
}

const char *trap_interrupt_name(unsigned vector)
{
    return interrupt_names[vector];
}

uint32_t trap_interrupt_count(unsigned cpu, unsigned vector)
{
    return __atomic_load_n(&percpu_of(cpu)->interrupt_counts[vector], __ATOMIC_RELAXED);
}

/* NMI, double fault and machine check are of the machine, not of the program they interrupt. */
static bool trap_is_of_program(const struct trap_frame *frame)
{
    return trap_frame_is_user(frame) && frame->vector != TRAP_NMI && frame->vector != TRAP_DOUBLE_FAULT &&
           frame->vector != TRAP_MACHINE_CHECK;
}

static _Noreturn void trap_panic(struct trap_frame *frame, uint64_t fault_address)
{
    const char *name = trap_exception_name(frame->vector);

    if (frame->vector == TRAP_PAGE_FAULT) {
        const char *access = frame->error_code & PAGE_FAULT_EXECUTE ? "execution"
                             : frame->error_code & PAGE_FAULT_WRITE ? "write"
                                                                    : "read";
        const char *reason = frame->error_code & PAGE_FAULT_RESERVED  ? "reserved bit set in a page table"
                             : frame->error_code & PAGE_FAULT_PRESENT ? "not permitted"
                                                                      : "not mapped";
        panic_trap(frame, "%s in ring 0: %s at 0x%lx, %s%s", name, access, fault_address, reason,
                   kernel_map_is_guard(fault_address) ? ": kernel stack overflow" : "");
    }
    /* A stack that ran into its guard page leaves no room for a page-fault frame: a double fault. */
    if (frame->vector == TRAP_DOUBLE_FAULT)
        panic_trap(frame, "%s%s", name,
                   kernel_map_is_guard(frame->rsp - 1) || kernel_map_is_guard(fault_address)
                       ? ": kernel stack overflow"
                       : "");
    panic_trap(frame, "%s in ring %u, error code 0x%lx", name, trap_frame_is_user(frame) ? 3 : 0,
               frame->error_code);
}

/* Who copies with interrupts disabled, or holds a spin lock, has no time for a page that is not there. */
static int trap_resolve_page_fault(const struct trap_frame *frame, uint64_t fault_address)
{
    if (page_fault_handler == NULL || (frame->rflags & RFLAGS_IF) == 0 ||
        !(trap_frame_is_user(frame) || user_copy_is_at(frame->rip)))
        return -EFAULT;
    cpu_interrupts_enable();
    int error = page_fault_handler(fault_address, frame->error_code);
    cpu_interrupts_disable();
    return error;
}

/* What the handler of a program's fault is told beside the frame. */
static uint64_t trap_fault_detail(uint64_t vector, uint64_t fault_address)
{
    return vector == TRAP_DEBUG ? dr6_take() : vector == TRAP_PAGE_FAULT ? fault_address : 0;
}

static void trap_exception(struct trap_frame *frame)
{
    bool has_address = frame->vector == TRAP_PAGE_FAULT || frame->vector == TRAP_DOUBLE_FAULT;
    uint64_t fault_address = has_address ? cr2_read() : 0;

    if (frame->vector == TRAP_NMI) {
        ipi_stop_if_asked(frame);
        if (cpu_where_answer_nmi(frame))
            return;
    }
    int error = 0;
    if (frame->vector == TRAP_PAGE_FAULT) {
        error = trap_resolve_page_fault(frame, fault_address);
        if (error == 0)
            return;
    }
    if (trap_is_of_program(frame) && user_fault_handler != NULL) {
        uint64_t detail = trap_fault_detail(frame->vector, fault_address);
        cpu_interrupts_enable();
        user_fault_handler(frame, detail, error);
        cpu_interrupts_disable();
        return;
    }
    if (user_copy_fixup(frame) || firmware_call_fixup(frame))
        return;
    trap_panic(frame, fault_address);
}

/* A device that firmware left running, say. It is acknowledged, or all interrupts of lower priority
 * would wait for ever, and named once. */
static void trap_unexpected(uint64_t vector)
{
    static bool is_known[TRAP_VECTOR_COUNT];

    if (!is_known[vector])
        log_warning("trap: unexpected interrupt, vector 0x%lx", vector);
    is_known[vector] = true;
    if (lapic_is_in_service((unsigned)vector))
        lapic_end_of_interrupt();
}

void trap_return_work(struct trap_frame *frame)
{
    return_work(frame);
}

/* Before the return to where interrupts are enabled: to another thread first, if that was asked for. A trap
 * from ring 3 runs on the thread's own stack, whatever its vector; so does an interrupt of ring 0. */
static void trap_leave(struct trap_frame *frame)
{
    if (frame->vector >= TRAP_EXCEPTION_COUNT && (frame->rflags & RFLAGS_IF) != 0)
        preempt_now();
    if (frame->vector == TRAP_NMI) /* NMIs stay blocked until its IRETQ: nothing may keep this CPU from it */
        return;
    while (trap_frame_is_user(frame) && atomic_load(&percpu_get()->has_return_work)) {
        cpu_interrupts_enable();
        trap_return_work(frame);
        cpu_interrupts_disable();
        preempt_now();
    }
}

static void trap_interrupt(struct trap_frame *frame)
{
    percpu_get()->interrupt_counts[frame->vector]++;
    if (interrupt_handlers[frame->vector] != NULL)
        interrupt_handlers[frame->vector](frame);
    else
        trap_unexpected(frame->vector);
}

void trap_dispatch(struct trap_frame *frame)
{
    if (frame->vector < TRAP_EXCEPTION_COUNT)
        trap_exception(frame);
    else
        trap_interrupt(frame);
    trap_leave(frame);
}
