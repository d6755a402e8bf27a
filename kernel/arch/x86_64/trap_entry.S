/* Entry and exit of exceptions and interrupts.
 *
 * Stack on entry, as the CPU leaves it (in 64-bit mode it aligns RSP to 16 before it pushes):
 *   SS, RSP, RFLAGS, CS, RIP, and for vectors 8, 10-14, 17, 21, 29, 30 an error code.
 * The stub pushes 0 where there is no error code, then the vector; the common part pushes the
 * general registers: struct trap_frame.
 *
 * GS: in ring 0 the GS base is this CPU's block. A trap from ring 3 needs SWAPGS, one from ring 0
 * must not have it. CS in the frame tells, except for the vectors that can hit ring 0 in the few
 * instructions of SYSCALL's entry and exit where GS is still, or already, the program's: #DB, NMI,
 * #DF and #MC. These have stacks of their own and, in ring 0, look at the GS base itself. */
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "arch/x86_64/trap_frame_asm.h"

#define HAS_ERROR_CODE (1 << 8 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 17 | 1 << 21 | 1 << 29 | 1 << 30)
#define IS_PARANOID (1 << 1 | 1 << 2 | 1 << 8 | 1 << 18)

#define MSR_GS_BASE 0xc0000101

/* Interrupt gates keep RFLAGS.AC, which ring 3 controls and which switches SMAP off. */
.macro CLEAR_AC
    testb $1, cpu_has_smap_flag(%rip)
    jz 1f
    clac
1:
.endm

    .text

/* The stubs, 16 bytes apart. */
    .balign 16
    .globl trap_stubs
trap_stubs:
    .set vector, 0
    .rept TRAP_VECTOR_COUNT
    .balign 16
    .if vector >= 32 || !((HAS_ERROR_CODE >> vector) & 1)
    push $0
    .endif
    push $vector
    .if vector < 32 && ((IS_PARANOID >> vector) & 1)
    jmp trap_entry_paranoid
    .else
    jmp trap_entry
    .endif
    .set vector, vector + 1
    .endr

    .type trap_entry, @function
trap_entry:
    testb $3, (TRAP_FRAME_CS - TRAP_FRAME_VECTOR)(%rsp)
    jz trap_entry_with_kernel_gs
    swapgs
trap_entry_with_kernel_gs:
    PUSH_REGISTERS
    CLEAR_AC
    cld
    mov %rsp, %rdi
    call trap_dispatch /* the frame's size keeps RSP 16-byte aligned here */
    .globl trap_return
trap_return: /* RSP -> struct trap_frame, interrupts disabled */
    testb $3, TRAP_FRAME_CS(%rsp)
    jz 1f
    swapgs
1:  POP_REGISTERS
    add $16, %rsp /* vector and error code */
    iretq
    .size trap_entry, . - trap_entry

    .type trap_entry_paranoid, @function
trap_entry_paranoid:
    testb $3, (TRAP_FRAME_CS - TRAP_FRAME_VECTOR)(%rsp)
    jz 1f
    /* From ring 3 nothing is in doubt: go on as any trap does, on the CPU's kernel stack, so that the
     * handler may enable interrupts and the interrupt stack is free again. */
    swapgs
    push %rax
    mov %rsp, %rax
    mov %gs:PERCPU_KERNEL_STACK_TOP, %rsp
    push 56(%rax) /* SS */
    push 48(%rax) /* RSP */
    push 40(%rax) /* RFLAGS */
    push 32(%rax) /* CS */
    push 24(%rax) /* RIP */
    push 16(%rax) /* error code */
    push 8(%rax)  /* vector */
    mov (%rax), %rax
    jmp trap_entry_with_kernel_gs

1:  PUSH_REGISTERS
    CLEAR_AC
    cld
    /* Kernel addresses, and so the block's, have bit 63 set; the program's GS base never has. */
    mov $MSR_GS_BASE, %ecx
    rdmsr
    mov %edx, %ebx
    test %edx, %edx
    js 1f
    swapgs
1:  mov %rsp, %rdi
    call trap_dispatch
    test %ebx, %ebx /* callee-saved: GS goes back to what it was, whatever CS says */
    js 1f
    swapgs
1:  POP_REGISTERS
    add $16, %rsp
    iretq
    .size trap_entry_paranoid, . - trap_entry_paranoid
