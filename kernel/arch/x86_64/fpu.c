/* A save area has XSAVE's standard format, in which each component has a fixed place: what signal frames
 * hold, too. FXSAVE's is its first 512 bytes.
 *
 * XSAVEOPT leaves out what has not changed since the last XRSTOR from the same area on this CPU:
 * docs/hazards/context-switch.md tells what follows from that. */
#include "arch/x86_64/fpu.h"

#include <stdbool.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/fpu_state.h"
#include "arch/x86_64/regs.h"
#include "core/log.h"
#include "lib/string.h"

#define CPUID_XSAVE 0xdu
#define CPUID_1_ECX_XSAVE (1u << 26)
#define CPUID_XSAVE_1_EAX_XSAVEOPT (1u << 0)
#define CPUID_80000008_EBX_POINTERS (1u << 2) /* AMD: "RstrFpErrPtrs" */

#define X87_CONTROL_INITIAL 0x37f
#define MXCSR_INITIAL 0x1f80
#define MXCSR_MASK_DEFAULT 0xffbfu /* SDM volume 1, section 11.6.6 */

struct fpu_copying fpu_copying;

static uint32_t mxcsr_mask;

static bool fpu_has_xsave(void)
{
    return cpuid(0, 0).eax >= CPUID_XSAVE && (cpuid(1, 0).ecx & CPUID_1_ECX_XSAVE) != 0;
}

/* The components that programs may use; all others stay off, and their registers out of reach. */
static uint64_t fpu_choose_components(void)
{
    struct cpuid_result r = cpuid(CPUID_XSAVE, 0);
    uint64_t there = (uint64_t)r.edx << 32 | r.eax, chosen = XCR0_X87 | XCR0_SSE;

    if ((there & XCR0_AVX) == 0)
        return chosen;
    chosen |= XCR0_AVX;
    if ((there & XCR0_AVX512) == XCR0_AVX512)
        chosen |= XCR0_AVX512;
    return chosen;
}

/* AMD's CPUs before Zen. Others that do not say so get the FNINIT for nothing. */
static bool fpu_keeps_pointers(void)
{
    return memcmp(cpu_features.vendor, "GenuineIntel", 12) != 0 &&
           (cpuid(0x80000000, 0).eax < 0x80000008 ||
            (cpuid(0x80000008, 0).ebx & CPUID_80000008_EBX_POINTERS) == 0);
}

static void fpu_set_components(uint64_t components)
{
    fpu_copying.components_low = (uint32_t)components;
    fpu_copying.components_high = (uint32_t)(components >> 32);
}

static void fpu_find_mxcsr_mask(void)
{
    _Alignas(FPU_STATE_ALIGNMENT) struct fpu_state state;

    state.mxcsr_mask = 0;
    __asm__ volatile("fxsave64 %0" : "+m"(state));
    mxcsr_mask = state.mxcsr_mask != 0 ? state.mxcsr_mask : MXCSR_MASK_DEFAULT;
}

uint32_t fpu_mxcsr_mask(void)
{
    return mxcsr_mask;
}

void fpu_setup(void)
{
    static const char *const names[] = {"fxsave", "xsave", "xsaveopt"};

    fpu_find_mxcsr_mask();

    fpu_copying.method = FPU_FXSAVE;
    fpu_copying.keeps_pointers = fpu_keeps_pointers();
    fpu_set_components(XCR0_X87 | XCR0_SSE);
    fpu_copying.size_bytes = FPU_STATE_LEGACY_SIZE;
    if (fpu_has_xsave()) {
        bool has_xsaveopt = cpuid(CPUID_XSAVE, 1).eax & CPUID_XSAVE_1_EAX_XSAVEOPT;
        fpu_copying.method = has_xsaveopt ? FPU_XSAVEOPT : FPU_XSAVE;
        fpu_set_components(fpu_choose_components());
        fpu_setup_cpu();
        fpu_copying.size_bytes =
            cpuid(CPUID_XSAVE, 0).ebx; /* for the components in XCR0: not before it is set */
    }
    log_debug("fpu: %s, components 0x%lx, %lu bytes a thread", names[fpu_copying.method], fpu_components(),
              fpu_copying.size_bytes);
}

void fpu_setup_cpu(void)
{
    if (fpu_copying.method == FPU_FXSAVE)
        return;
    cr4_write(cr4_read() | CR4_OSXSAVE); /* first: XSETBV is #UD without it */
    xcr0_write(fpu_components());
}

/* Where XSTATE_BV is 0, XRSTOR gives every component its initial value and reads no more than MXCSR; FXRSTOR
 * reads the fields. */
void fpu_state_init(struct fpu_state *state)
{
    memset(state, 0, fpu_copying.size_bytes);
    state->x87_control = X87_CONTROL_INITIAL;
    state->mxcsr = MXCSR_INITIAL;
}
