/* Exceptions of ring 3 as signals, with Linux's codes (arch/x86/kernel/traps.c, mm/fault.c). */
#include "abi/errno.h"
#include "arch/x86_64/fpu_state.h"
#include "arch/x86_64/regs.h"
#include "arch/x86_64/trap.h"
#include "boot_info.h"
#include "proc/process.h"
#include "sched/thread.h"
#include "signal/signal.h"
#include "signal/signal_internal.h"

#define MXCSR_MASKS_SHIFT 7

/* Exceptions of x87 and SSE: bits of the status word, and of MXCSR. */
#define FLOAT_INVALID 0x01u
#define FLOAT_DENORMAL 0x02u
#define FLOAT_DIVIDE 0x04u
#define FLOAT_OVERFLOW 0x08u
#define FLOAT_UNDERFLOW 0x10u
#define FLOAT_PRECISION 0x20u

static void signal_of_page_fault(uint64_t address, int error)
{
    switch (-error) {
    case EACCES:
        signal_raise_fault(SIGSEGV, SEGV_ACCERR, address);
        break;
    case ENXIO:
    case EIO:
    case ENOSPC: /* the file system is full, and the page was a hole */
        signal_raise_fault(SIGBUS, BUS_ADRERR, address);
        break;
    case ENOMEM: /* it must end already: proc/memory_shortage.h */
        process_exit(WAIT_STATUS_SIGNALED(SIGKILL, false));
    default:
        signal_raise_fault(SIGSEGV, SEGV_MAPERR, address);
    }
}

static void signal_of_float(uint64_t vector, uint64_t rip)
{
    const struct fpu_state *fpu = thread_sync_fpu();
    uint32_t raised = vector == TRAP_X87 ? fpu->x87_status & ~(uint32_t)fpu->x87_control
                                         : fpu->mxcsr & ~(fpu->mxcsr >> MXCSR_MASKS_SHIFT);

    if (raised & FLOAT_INVALID)
        signal_raise_fault(SIGFPE, FPE_FLTINV, rip);
    else if (raised & FLOAT_DIVIDE)
        signal_raise_fault(SIGFPE, FPE_FLTDIV, rip);
    else if (raised & FLOAT_OVERFLOW)
        signal_raise_fault(SIGFPE, FPE_FLTOVF, rip);
    else if (raised & (FLOAT_DENORMAL | FLOAT_UNDERFLOW))
        signal_raise_fault(SIGFPE, FPE_FLTUND, rip);
    else if (raised & FLOAT_PRECISION)
        signal_raise_fault(SIGFPE, FPE_FLTRES, rip);
    /* else it is gone already: as on Linux, the program goes on */
}

static int signal_debug_code(uint64_t dr6)
{
    return (dr6 & DR6_SINGLE_STEP) != 0   ? TRAP_TRACE
           : (dr6 & DR6_BREAKPOINTS) != 0 ? TRAP_HWBKPT
                                          : TRAP_BRKPT;
}

/* CR2 stays what it was at the last page fault. Of the kernel's half a program is not told what is there. */
static void signal_note_trap(struct signal_trap *trap, const struct trap_frame *frame, uint64_t detail)
{
    trap->number = frame->vector;
    trap->error_code = frame->error_code;
    if (frame->vector != TRAP_PAGE_FAULT)
        return;
    trap->address = detail;
    if (detail >= USER_END)
        trap->error_code |= PAGE_FAULT_PRESENT;
}

static void signal_of_fault(struct trap_frame *frame, uint64_t detail, int error)
{
    signal_note_trap(&user_thread_current()->signals.trap, frame, detail);
    switch (frame->vector) {
    case TRAP_PAGE_FAULT:
        signal_of_page_fault(detail, error);
        break;
    case TRAP_DIVIDE_ERROR:
        signal_raise_fault(SIGFPE, FPE_INTDIV, frame->rip);
        break;
    case TRAP_DEBUG:
        signal_raise_fault(SIGTRAP, signal_debug_code(detail), frame->rip);
        break;
    case TRAP_BREAKPOINT:
        signal_raise_fault(SIGTRAP, SI_KERNEL, 0);
        break;
    case TRAP_INVALID_OPCODE:
        signal_raise_fault(SIGILL, ILL_ILLOPN, frame->rip);
        break;
    case TRAP_X87:
    case TRAP_SIMD:
        signal_of_float(frame->vector, frame->rip);
        break;
    case TRAP_ALIGNMENT_CHECK:
        signal_raise_fault(SIGBUS, BUS_ADRALN, 0);
        break;
    case TRAP_STACK_FAULT:
    case TRAP_SEGMENT_NOT_PRESENT:
        signal_raise_fault(SIGBUS, SI_KERNEL, 0);
        break;
    default:
        signal_raise_fault(SIGSEGV, SI_KERNEL, 0);
    }
}

void signal_fault_setup(void)
{
    trap_set_user_fault_handler(signal_of_fault);
}
