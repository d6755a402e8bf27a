#include "mm/alloc_failure.h"

#include <stddef.h>

_Atomic(uint64_t) alloc_failure_successes = UINT64_MAX;
static bool (*_Atomic meant)(void); /* NULL: all allocations are */
static atomic_bool has_happened;

void alloc_failure_set_for(bool (*is_meant)(void), uint64_t successes)
{
    atomic_store(&alloc_failure_successes, UINT64_MAX); /* no other allocation is counted in between */
    atomic_store(&has_happened, false);
    atomic_store(&meant, is_meant);
    atomic_store(&alloc_failure_successes, successes);
}

void alloc_failure_set(uint64_t successes)
{
    alloc_failure_set_for(NULL, successes);
}

uint64_t alloc_failure_successes_left(void)
{
    return atomic_load(&alloc_failure_successes);
}

bool alloc_failure_has_happened(void)
{
    return atomic_load(&has_happened);
}

bool alloc_failure_count_down(void)
{
    bool (*is_meant)(void) = atomic_load(&meant);
    uint64_t successes = atomic_load(&alloc_failure_successes);

    if (is_meant != NULL && !is_meant())
        return false;
    do {
        if (successes == UINT64_MAX)
            return false;
    } while (!atomic_compare_exchange_weak(&alloc_failure_successes, &successes, successes - 1));
    if (successes != 0) /* 0 has become UINT64_MAX: no other one fails */
        return false;
    atomic_store(&has_happened, true);
    return true;
}
