/* What a save area of vector registers looks like, for who looks into it: signal frames. Pure functions over
 * memory. Source: Intel SDM volume 1, section 10.5.1 (FXSAVE's part), 13.4 (the rest). */
#ifndef LINTEL_ARCH_FPU_STATE_H
#define LINTEL_ARCH_FPU_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "abi/signal.h"

#define FPU_STATE_LEGACY_SIZE 512
#define FPU_STATE_SIZE_MAX 2752 /* with all components of fpu.c, a multiple of FPU_STATE_ALIGNMENT */

/* The first 512 bytes are FXSAVE's. What follows exists only where there is XSAVE. */
struct fpu_state {
    uint16_t x87_control, x87_status;
    uint8_t x87_rest[20];
    uint32_t mxcsr;
    uint32_t mxcsr_mask;
    uint8_t x87_registers[128];
    uint8_t xmm[256];
    uint8_t reserved[48];
    struct signal_fpu_software software; /* of no meaning to the CPU, which leaves it alone */

    uint64_t components; /* XSTATE_BV: those that are not in their initial state */
    uint64_t compaction; /* XCOMP_BV: 0, the standard format */
    uint64_t header_reserved[6];
    uint8_t ymm[256]; /* upper halves */
};

_Static_assert(offsetof(struct fpu_state, mxcsr) == 24, "FXSAVE's format");
_Static_assert(offsetof(struct fpu_state, xmm) == 160, "FXSAVE's format");
_Static_assert(offsetof(struct fpu_state, software) == 464, "FXSAVE's format");
_Static_assert(offsetof(struct fpu_state, components) == FPU_STATE_LEGACY_SIZE, "XSAVE's format");
_Static_assert(offsetof(struct fpu_state, ymm) == 576, "XSAVE's format");

/* Make a state that a program has written one that the CPU takes: of `components`, what is not in `wanted`
 * gets its initial value; bits of MXCSR that the CPU, whose mask is mxcsr_mask, does not have are cleared.
 * Errors: -EINVAL (components that are not on; a format that is not the standard one). */
int fpu_state_adopt(struct fpu_state *state, uint64_t components, uint64_t wanted, uint32_t mxcsr_mask);

/* The same for one of which only FXSAVE's part was written; size_bytes: of the whole. */
void fpu_state_adopt_legacy(struct fpu_state *state, size_t size_bytes, uint32_t mxcsr_mask);

#endif
