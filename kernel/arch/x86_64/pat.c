#include "arch/x86_64/pat.h"

#include <stdbool.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/regs.h"

/* PA0 WB, PA1 WT, PA2 UC-, PA3 UC (as at reset), PA4 WC, PA5 WT, PA6 UC-, PA7 UC. */
#define PAT_VALUE 0x0007040100070406ull

#define MTRRCAP_VCNT 0xffu
#define MTRR_DEF_TYPE_ENABLE (1u << 11)
#define MTRR_PHYSMASK_VALID (1u << 11)

void pat_setup(void)
{
    if (cpu_features.has_pat)
        msr_write(MSR_IA32_PAT, PAT_VALUE);
}

/* Overlapping MTRRs: UC wins, WT wins over WB, all else is undefined (SDM 12.11.4.1). */
static uint8_t mtrr_combine(uint8_t a, uint8_t b)
{
    if (a == b)
        return a;
    if (a == MTRR_TYPE_UC || b == MTRR_TYPE_UC)
        return MTRR_TYPE_UC;
    if ((a == MTRR_TYPE_WT && b == MTRR_TYPE_WB) || (a == MTRR_TYPE_WB && b == MTRR_TYPE_WT))
        return MTRR_TYPE_WT;
    return MTRR_TYPE_MIXED;
}

uint8_t mtrr_type(uint64_t base, uint64_t size)
{
    if (!cpu_features.has_mtrr)
        return MTRR_TYPE_UC;
    uint64_t def = msr_read(MSR_IA32_MTRR_DEF_TYPE);
    if ((def & MTRR_DEF_TYPE_ENABLE) == 0)
        return MTRR_TYPE_UC;

    uint64_t address_mask = ((1ull << cpu_features.physical_address_bits) - 1) & ~0xfffull;
    uint32_t count = msr_read(MSR_IA32_MTRRCAP) & MTRRCAP_VCNT;
    bool is_covered = false;
    uint8_t type = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t mask = msr_read(MSR_IA32_MTRR_PHYSMASK0 + 2 * i);
        if ((mask & MTRR_PHYSMASK_VALID) == 0)
            continue;
        uint64_t range = msr_read(MSR_IA32_MTRR_PHYSBASE0 + 2 * i);
        bool has_first = ((base ^ range) & mask & address_mask) == 0;
        bool has_last = (((base + size - 1) ^ range) & mask & address_mask) == 0;
        bool begins_inside = (range & mask & address_mask) - base < size;
        if (has_first != has_last || (begins_inside && !has_first))
            return MTRR_TYPE_MIXED;
        if (has_first) {
            type = is_covered ? mtrr_combine(type, range & 0xff) : range & 0xff;
            is_covered = true;
        }
    }
    return is_covered ? type : def & 0xff;
}
