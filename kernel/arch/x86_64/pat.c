#include "arch/x86_64/pat.h"

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/regs.h"

/* PA0 WB, PA1 WT, PA2 UC-, PA3 UC (as at reset), PA4 WC, PA5 WT, PA6 UC-, PA7 UC. */
#define PAT_VALUE 0x0007040100070406ull

void pat_setup(void)
{
    if (cpu_features.has_pat)
        msr_write(MSR_IA32_PAT, PAT_VALUE);
}
