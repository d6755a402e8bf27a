/* x87, SSE, AVX and AVX-512 registers of a thread: XSAVE where the CPU has it, else FXSAVE. The kernel itself
 * is compiled without them.
 *
 * State is switched eagerly: with lazy switching by CR0.TS a program could read another one's registers
 * speculatively (CVE-2018-3665).
 * Source: Intel SDM volume 1, chapter 13 (XSAVE), section 10.5 (FXSAVE). */
#ifndef LINTEL_ARCH_FPU_H
#define LINTEL_ARCH_FPU_H

#include <stddef.h>
#include <stdint.h>

#define FPU_STATE_ALIGNMENT 64

/* A save area of fpu_state_size() bytes at a multiple of FPU_STATE_ALIGNMENT. */
struct fpu_state;

/* Find out what the CPU has, and set this CPU up as fpu_setup_cpu() does. Context: early boot, once, after
 * cpu_setup(). */
void fpu_setup(void);

/* Switch on all state components that fpu_setup() chose (CR4.OSXSAVE, XCR0). Context: once on each further
 * CPU, interrupts disabled, after cpu_setup(). */
void fpu_setup_cpu(void);

/* Size of a save area in bytes, for the components that are on. */
size_t fpu_state_size(void);

/* The components that are on, as in XCR0; x87 and SSE (3) where there is no XSAVE. */
uint64_t fpu_components(void);

/* Make *state that of a new program: x87 control word 0x37f, MXCSR 0x1f80, all else 0. */
void fpu_state_init(struct fpu_state *state);

/* Copy the registers to *state, and *state to the registers. Context: interrupts disabled. */
void fpu_save(struct fpu_state *state);
void fpu_restore(const struct fpu_state *state);

#endif
