/* Vector registers as a signal frame says they are: whatever fpu_state_adopt() takes, the CPU takes. XRSTOR
 * is the host's own; for what is not to be taken it would end the fuzzer. */
#include <cpuid.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "arch/x86_64/fpu_state.h"

#define X87_SSE_AVX 7u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static union {
    struct fpu_state state;
    uint8_t bytes[16384];
} adopted __attribute__((aligned(64))), saved __attribute__((aligned(64)));

static uint32_t mxcsr_mask(void)
{
    __asm__ volatile("fxsave64 %0" : "+m"(saved));
    return saved.state.mxcsr_mask != 0 ? saved.state.mxcsr_mask : 0xffbf;
}

static void xrstor(const void *state)
{
    __asm__ volatile("xrstor64 (%0)" : : "r"(state), "a"(X87_SSE_AVX), "d"(0) : "memory");
}

/* This program's own registers come back at once: it is compiled with vector registers. */
static void restore(void)
{
    __asm__ volatile("xsave64 (%0)" : : "r"(&saved), "a"(X87_SSE_AVX), "d"(0) : "memory");
    xrstor(&adopted);
    xrstor(&saved);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t wanted = 0;

    if (size < sizeof(wanted) || !__builtin_cpu_supports("avx"))
        return 0;
    memcpy(&wanted, data, sizeof(wanted));
    memset(&adopted, 0, sizeof(adopted));
    memset(&saved, 0, sizeof(saved));
    size -= sizeof(wanted);
    memcpy(&adopted, data + sizeof(wanted),
           size < sizeof(struct fpu_state) ? size : sizeof(struct fpu_state));
    if (wanted % 16 == 15)
        fpu_state_adopt_legacy(&adopted.state, sizeof(struct fpu_state), mxcsr_mask());
    else if (fpu_state_adopt(&adopted.state, X87_SSE_AVX, wanted, mxcsr_mask()) != 0)
        return 0;
    restore();
    return 0;
}
