/* What a signal handler finds on its stack, and what rt_sigreturn() takes from there: struct signal_frame
 * (abi/signal.h), and above it the vector registers.
 *
 *      the program's RSP ->  +------------------------+
 *                            | 128 bytes, the red zone|  not touched: its functions may have data there
 *                            +------------------------+
 *                            | vector registers       |  at a multiple of 64: fpu_state.h, magic2 behind it
 *                            +------------------------+
 *                            | siginfo                |
 *                            | ucontext               |  at a multiple of 16
 *      the handler's RSP ->  | return address         |  the action's restorer
 *                            +------------------------+
 * Context: thread, with the program's address space loaded. */
#ifndef LINTEL_ARCH_SIGNAL_FRAME_H
#define LINTEL_ARCH_SIGNAL_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/signal.h"

struct trap_frame;

/* What a thread's last fault was, for handlers that look at their ucontext. */
struct signal_trap {
    uint64_t number, error_code, address;
};

/* A handler that is to run. */
struct signal_delivery {
    const struct siginfo *info;
    const struct signal_action *action;
    const struct signal_trap *trap;
    uint64_t blocked;          /* what is blocked again after the handler */
    struct signal_stack stack; /* the alternate one */
};

/* Write a frame and have *frame begin with the handler. Errors: -EFAULT (it cannot be written, or there is no
 * such address as the handler's, or no restorer); *frame is as it was. */
int signal_frame_push(struct trap_frame *frame, const struct signal_delivery *delivery);

/* What a frame says beside the registers. */
struct signal_return {
    uint64_t blocked;
    struct signal_stack stack;
    bool has_fpu; /* vector registers have been loaded; else they are to be those of a new program */
};

/* Read the frame at RSP, load its vector registers and have *frame go on as it says; never with more rights
 * than ring 3 has. Errors: -EFAULT (not readable, not a state that the CPU takes, RIP is not canonical);
 * *frame is as it was, but the vector registers may have changed. */
int signal_frame_pop(struct trap_frame *frame, struct signal_return *ret_return);

/* Whether RSP lies in the alternate stack, as far as a program that asks is told. */
static inline bool signal_stack_has(const struct signal_stack *stack, uint64_t rsp)
{
    return (stack->flags & SS_AUTODISARM) == 0 && rsp > stack->start && rsp - stack->start <= stack->size;
}

#endif
