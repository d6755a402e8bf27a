#include "arch/x86_64/fpu_state.h"

#include "abi/errno.h"
#include "arch/x86_64/regs.h"
#include "lib/string.h"

int fpu_state_adopt(struct fpu_state *state, uint64_t components, uint64_t wanted, uint32_t mxcsr_mask)
{
    if ((state->components & ~components) != 0 || state->compaction != 0)
        return -EINVAL;
    state->components &= wanted;
    memset(state->header_reserved, 0, sizeof(state->header_reserved));
    state->mxcsr &= mxcsr_mask;
    return 0;
}

void fpu_state_adopt_legacy(struct fpu_state *state, size_t size_bytes, uint32_t mxcsr_mask)
{
    state->mxcsr &= mxcsr_mask;
    if (size_bytes == FPU_STATE_LEGACY_SIZE)
        return;
    memset((char *)state + FPU_STATE_LEGACY_SIZE, 0, size_bytes - FPU_STATE_LEGACY_SIZE);
    state->components = XCR0_X87 | XCR0_SSE;
}
