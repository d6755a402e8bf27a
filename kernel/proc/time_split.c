#include "proc/time_split.h"

void time_split(uint64_t run_ns, uint64_t user_samples, uint64_t system_samples, struct time_split *told)
{
    uint64_t samples = user_samples + system_samples, system_ns = 0;

    if (run_ns <= told->user_ns + told->system_ns)
        return;
    if (samples != 0)
        system_ns = (uint64_t)((unsigned __int128)run_ns * system_samples / samples);
    if (system_ns < told->system_ns)
        system_ns = told->system_ns;
    if (run_ns - system_ns < told->user_ns) /* what is new is less than both would get */
        system_ns = run_ns - told->user_ns;
    *told = (struct time_split){run_ns - system_ns, system_ns};
}
