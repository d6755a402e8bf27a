/* x87, SSE, AVX and AVX-512 registers of a thread: XSAVE where the CPU has it, else FXSAVE. The kernel itself
 * is compiled without them.
 *
 * State is switched eagerly: with lazy switching by CR0.TS a program could read another one's registers
 * speculatively (CVE-2018-3665).
 * Source: Intel SDM volume 1, chapter 13 (XSAVE), section 10.5 (FXSAVE). */
#ifndef LINTEL_ARCH_FPU_H
#define LINTEL_ARCH_FPU_H

#include <stdbool.h>
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

/* The bits that MXCSR has. */
uint32_t fpu_mxcsr_mask(void);

/* Make *state that of a new program: x87 control word 0x37f, MXCSR 0x1f80, all else 0. */
void fpu_state_init(struct fpu_state *state);

enum fpu_method { FPU_FXSAVE, FPU_XSAVE, FPU_XSAVEOPT };

/* How registers are copied; set by fpu_setup(). */
extern struct fpu_copying {
    uint32_t components_low, components_high; /* XCR0 */
    enum fpu_method method;
    bool keeps_pointers; /* a restore may leave the last program's x87 pointers */
    size_t size_bytes;
} fpu_copying;

/* Size of a save area in bytes, for the components that are on. */
static inline size_t fpu_state_size(void)
{
    return fpu_copying.size_bytes;
}

/* The components that are on, as in XCR0; x87 and SSE (3) where there is no XSAVE. */
static inline uint64_t fpu_components(void)
{
    return (uint64_t)fpu_copying.components_high << 32 | fpu_copying.components_low;
}

/* Copy the registers to *state. Context: interrupts disabled. */
static inline void fpu_save(struct fpu_state *state)
{
    uint32_t low = fpu_copying.components_low, high = fpu_copying.components_high;

    if (__builtin_expect(fpu_copying.method == FPU_XSAVEOPT, 1))
        __asm__ volatile("xsaveopt64 (%0)" : : "r"(state), "a"(low), "d"(high) : "memory");
    else if (fpu_copying.method == FPU_XSAVE)
        __asm__ volatile("xsave64 (%0)" : : "r"(state), "a"(low), "d"(high) : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" : : "r"(state) : "memory");
}

/* Before anything is loaded: AMD's CPUs before Zen save and load the addresses of the last x87 instruction
 * and its operand only while an exception is pending; otherwise a program would see its predecessor's
 * (CVE-2006-1056). */
static inline void fpu_forget_pointers(void)
{
    if (fpu_copying.keeps_pointers)
        __asm__ volatile("fninit");
}

/* Copy *state to the registers, which are the calling thread's. Context: interrupts disabled, if it is a
 * thread's save area. From anywhere else the area need not follow: the next save writes all of it, since
 * XSAVEOPT knows where the registers were loaded from. */
static inline void fpu_restore(const struct fpu_state *state)
{
    uint32_t low = fpu_copying.components_low, high = fpu_copying.components_high;

    fpu_forget_pointers();
    if (fpu_copying.method != FPU_FXSAVE)
        __asm__ volatile("xrstor64 (%0)" : : "r"(state), "a"(low), "d"(high) : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" : : "r"(state) : "memory");
}

#endif
