#include "time/time_split.h"

#define SHARE_SHIFT 32

/* part / whole, in 2^-SHARE_SHIFT; both are counts of samples, which a century does not bring to 2^43. */
static uint64_t time_share(uint64_t part, uint64_t whole)
{
    while (whole >> (64 - SHARE_SHIFT) != 0) {
        part >>= 1;
        whole >>= 1;
    }
    return (part << SHARE_SHIFT) / whole;
}

void time_split(uint64_t run_ns, uint64_t user_samples, uint64_t system_samples, struct time_split *told)
{
    uint64_t samples = user_samples + system_samples, system_ns = 0;

    if (run_ns <= told->user_ns + told->system_ns)
        return;
    if (samples != 0)
        system_ns =
            (uint64_t)((unsigned __int128)run_ns * time_share(system_samples, samples) >> SHARE_SHIFT);
    if (system_ns < told->system_ns)
        system_ns = told->system_ns;
    if (run_ns - system_ns < told->user_ns) /* what is new is less than both would get */
        system_ns = run_ns - told->user_ns;
    *told = (struct time_split){run_ns - system_ns, system_ns};
}
