/* SYSCALL and SYSRET, and the first entry into ring 3.
 *
 * SYSCALL (Intel SDM volume 2) loads RIP from IA32_LSTAR, CS and SS from IA32_STAR, RFLAGS masked by
 * IA32_FMASK; the program's RIP is in RCX, its RFLAGS in R11; RSP and GS are still the program's.
 * docs/hazards/sysret.md tells what can go wrong here. */
#include "abi/errno.h"
#include "arch/x86_64/descriptors.h"
#include "arch/x86_64/percpu.h"
#include "arch/x86_64/trap.h"
#include "arch/x86_64/trap_frame_asm.h"

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
    push %rax /* error_code: the number, for a call that is restarted */
    push $TRAP_VECTOR_SYSCALL
    PUSH_REGISTERS
    mov %rsp, %rdi
    sti
    call *syscall_handler(%rip) /* (struct trap_frame *) -> result */
    mov %rax, TRAP_FRAME_RAX(%rsp)
syscall_leave:
    cli /* from here on nobody can give this thread more work without an interrupt in ring 3 */
    cmpb $0, %gs:PERCPU_HAS_RETURN_WORK
    jne syscall_return_work

    /* SYSRET to a non-canonical RIP faults in ring 0 on Intel's CPUs, with the program's RSP: only
     * a RIP in the user half (bits 63-47 clear) may take it. */
    mov TRAP_FRAME_RIP(%rsp), %rcx
    shr $47, %rcx
    jnz trap_return
    POP_REGISTERS
    mov 16(%rsp), %rcx /* behind vector and error code: RIP ... */
    mov 32(%rsp), %r11 /* ... and behind CS: RFLAGS */
    mov 40(%rsp), %rsp
    swapgs
    sysretq

syscall_return_work:
    sti
    mov %rsp, %rdi
    call trap_return_work
    jmp syscall_leave
    .size syscall_entry, . - syscall_entry

/* SYSCALL from compatibility mode, which AMD's CPUs have: it touches neither stack nor GS, which are the program's,
 * and goes straight back. */
    .globl syscall_entry_compat
    .type syscall_entry_compat, @function
syscall_entry_compat:
    mov $-ENOSYS, %eax
    sysretl
    .size syscall_entry_compat, . - syscall_entry_compat

/* _Noreturn void user_entry_first(const struct trap_frame *frame)
 * Do the return work that there is, load all registers from the frame and go to ring 3. Called with interrupts
 * enabled or not; GS is the kernel's. The frame, 16-byte aligned, is copied to no other place: RSP simply becomes
 * its address. */
    .globl user_entry_first
    .type user_entry_first, @function
user_entry_first:
    mov %rdi, %rsp
1:  cli
    cmpb $0, %gs:PERCPU_HAS_RETURN_WORK
    je trap_return
    sti
    mov %rsp, %rdi
    call trap_return_work
    jmp 1b
    .size user_entry_first, . - user_entry_first
