/* SYSCALL and SYSRET, and the first entry into ring 3.
 *
 * SYSCALL (Intel SDM volume 2) loads RIP from IA32_LSTAR, CS and SS from IA32_STAR, RFLAGS masked by
 * IA32_FMASK; the program's RIP is in RCX, its RFLAGS in R11; RSP and GS are still the program's.
 * docs/hazards/sysret.md tells what can go wrong here. */
#include "arch/x86_64/descriptors.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"

    .text

    .globl syscall_entry
    .type syscall_entry, @function
syscall_entry:
    swapgs
    mov %rsp, %gs:PERCPU_USER_STACK_POINTER
    mov %gs:PERCPU_KERNEL_STACK_TOP, %rsp
    push $SELECTOR_USER_DATA
    push %gs:PERCPU_USER_STACK_POINTER
    push %r11
    push $SELECTOR_USER_CODE
    push %rcx
    push $0
    push $TRAP_VECTOR_SYSCALL
    push %rdi
    push %rsi
    push %rdx
    push %rcx
    push %rax
    push %r8
    push %r9
    push %r10
    push %r11
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, %rdi
    sti
    call *syscall_handler(%rip) /* (struct trap_frame *) -> result */
    cli
    mov %rax, TRAP_FRAME_RAX(%rsp)

    /* SYSRET to a non-canonical RIP faults in ring 0 on Intel's CPUs, with the program's RSP: only
     * a RIP in the user half (bits 63-47 clear) may take it. */
    mov TRAP_FRAME_RIP(%rsp), %rcx
    mov %rcx, %r11
    shr $47, %r11
    jnz trap_return
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rax
    add $8, %rsp /* RCX is overwritten by the ABI */
    pop %rdx
    pop %rsi
    pop %rdi
    mov 32(%rsp), %r11 /* behind vector, error code, RIP, CS: RFLAGS */
    mov 40(%rsp), %rsp
    swapgs
    sysretq
    .size syscall_entry, . - syscall_entry

/* _Noreturn void user_entry_first(const struct trap_frame *frame)
 * Load all registers from the frame and go to ring 3. Called with interrupts enabled or not; GS is
 * the kernel's. The frame is copied to no other place: RSP simply becomes its address. */
    .globl user_entry_first
    .type user_entry_first, @function
user_entry_first:
    cli
    mov %rdi, %rsp
    jmp trap_return
    .size user_entry_first, . - user_entry_first
