/* Kernel stacks are changed here and nowhere else but on the way in from ring 3. Mode: ring 0, interrupts
 * disabled. docs/hazards/context-switch.md tells what can go wrong. */
    .text

/* void *context_switch(uint64_t *ret_stack_pointer RDI, uint64_t stack_pointer RSI, void *token RDX)
 * All that the ABI lets a call clobber, the compiler has saved where it is needed. The pushes make a struct
 * context (context_switch.c). */
    .globl context_switch
    .type context_switch, @function
context_switch:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    mov %rdx, %rax
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
    .size context_switch, . - context_switch

/* Where the first switch to a new context returns to: RAX = token, RBX = start, RBP = 0, which ends
 * backtraces, RSP = the stack's upper end. */
    .globl context_start
    .type context_start, @function
context_start:
    mov %rax, %rdi
    call *%rbx
    ud2 /* start does not return */
    .size context_start, . - context_start
