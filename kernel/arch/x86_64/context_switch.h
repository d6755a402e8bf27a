/* The switch from one kernel stack to another. docs/hazards/context-switch.md tells what can go wrong. */
#ifndef LINTEL_ARCH_CONTEXT_SWITCH_H
#define LINTEL_ARCH_CONTEXT_SWITCH_H

#include <stdint.h>

/* What lies at the stack pointer of a context that does not run: context_switch.S pushes and pops it. */
struct context {
    uint64_t r15, r14, r13, r12;
    uint64_t rbx;
    uint64_t rbp;
    uint64_t return_address;
};

/* Save the callee-saved registers on this stack and its pointer in *ret_stack_pointer, and go on where the
 * context of stack_pointer called this function, or at the start of a new one. `token` is handed over: it is
 * what that call returns. Context: interrupts disabled. */
void *context_switch(uint64_t *ret_stack_pointer, uint64_t stack_pointer, void *token);

/* Prepare a stack, whose upper end is `top` (16-byte aligned), so that the first switch to the returned stack
 * pointer calls start(token), which must not return, with interrupts disabled. */
uint64_t context_create(uint64_t top, void (*start)(void *token));

#endif
