/* The ways into and out of ring 3 by SYSCALL, SYSRET and IRETQ. */
#ifndef LINTEL_ARCH_USER_ENTRY_H
#define LINTEL_ARCH_USER_ENTRY_H

#include <stdint.h>

#include "arch/x86_64/trap.h"

/* Handles one system call: number and arguments are in the frame's registers, the return value is
 * the program's RAX. Runs on the kernel stack with interrupts enabled. */
typedef int64_t (*syscall_function)(struct trap_frame *frame);

/* The number of the system call in the frame, as the program gave it. */
static inline uint64_t syscall_number(const struct trap_frame *frame)
{
    return frame->rax;
}

/* Argument `index` (0..5) of the system call in the frame. */
static inline uint64_t syscall_argument(const struct trap_frame *frame, unsigned index)
{
    switch (index) {
    case 0:
        return frame->rdi;
    case 1:
        return frame->rsi;
    case 2:
        return frame->rdx;
    case 3:
        return frame->r10;
    case 4:
        return frame->r8;
    default:
        return frame->r9;
    }
}

/* Lead system calls of all CPUs to `handler`, and set this CPU up as user_entry_setup_cpu() does.
 * Context: early boot, once; percpu is set up. */
void user_entry_setup(syscall_function handler);

/* Enable SYSCALL on this CPU. Context: once on each further CPU; percpu is set up. */
void user_entry_setup_cpu(void);

/* Fill `frame` for the first entry of a program: user selectors, IF set, all other registers 0. */
void user_entry_make_frame(struct trap_frame *frame, uint64_t entry, uint64_t stack_pointer);

/* Set where ring 3's FS segment starts on this CPU; `base` lies in the user half. Context: interrupts
 * disabled. */
static inline void user_entry_set_fs_base(uint64_t base)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(0xc0000100 /* IA32_FS_BASE */), "a"((uint32_t)base), "d"((uint32_t)(base >> 32)));
}

/* Enter ring 3 by IRETQ with the registers of `frame`, after the return work that there is (trap.h); the
 * frame must lie on the current kernel stack or in memory that stays, at a multiple of 16. Does not return:
 * the program comes back by trap and system call on the CPU's kernel stack (percpu_set_kernel_stack). */
_Noreturn void user_entry_first(const struct trap_frame *frame);

#endif
