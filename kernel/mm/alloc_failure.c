#include "mm/alloc_failure.h"

_Atomic(uint64_t) alloc_failure_successes = UINT64_MAX;
static atomic_bool has_happened;

void alloc_failure_set(uint64_t successes)
{
    atomic_store(&has_happened, false);
    atomic_store(&alloc_failure_successes, successes);
}

bool alloc_failure_has_happened(void)
{
    return atomic_load(&has_happened);
}

bool alloc_failure_count_down(void)
{
    uint64_t successes = atomic_load(&alloc_failure_successes);

    do {
        if (successes == UINT64_MAX)
            return false;
    } while (!atomic_compare_exchange_weak(&alloc_failure_successes, &successes, successes - 1));
    if (successes != 0) /* 0 has become UINT64_MAX: no other one fails */
        return false;
    atomic_store(&has_happened, true);
    return true;
}
