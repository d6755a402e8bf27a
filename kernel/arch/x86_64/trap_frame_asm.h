/* Assembly: the general registers' part of struct trap_frame (trap.h), pushed below vector and error code. */
#ifndef LINTEL_ARCH_TRAP_FRAME_ASM_H
#define LINTEL_ARCH_TRAP_FRAME_ASM_H

.macro PUSH_REGISTERS
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
.endm

.macro POP_REGISTERS
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
    pop %rcx
    pop %rdx
    pop %rsi
    pop %rdi
.endm

#endif
