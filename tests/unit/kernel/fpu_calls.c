/* The kernel's inline functions as functions, for the assembly of test_fpu.c. Compiled as the kernel is:
 * nothing but they touches vector registers. */
#include "arch/x86_64/fpu.h"

void call_fpu_save(struct fpu_state *state);
void call_fpu_restore(const struct fpu_state *state);

void call_fpu_save(struct fpu_state *state)
{
    fpu_save(state);
}

void call_fpu_restore(const struct fpu_state *state)
{
    fpu_restore(state);
}
