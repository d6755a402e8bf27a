/* Allocations that fail on purpose, so that tests see what their callers make of it. */
#ifndef LINTEL_MM_ALLOC_FAILURE_H
#define LINTEL_MM_ALLOC_FAILURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Let the allocation that comes after `successes` more ones fail, and only that one; UINT64_MAX: none fails,
 * which is how the kernel starts. Counted are the calls to object_cache_alloc(), kernel_stack_create(),
 * kernel_map_alloc(), frames_alloc() and frames_alloc_zeroed() of this CPU's running code and of all others.
 * Context: any; tests only. */
void alloc_failure_set(uint64_t successes);

/* The same for allocations during which is_meant() is true only: it may be asked in any context, with locks
 * of any rank held. */
void alloc_failure_set_for(bool (*is_meant)(void), uint64_t successes);

/* How many more allocations succeed before the one that is to fail; UINT64_MAX if none is to. */
uint64_t alloc_failure_successes_left(void);

/* Whether the allocation that alloc_failure_set() chose has been made to fail since then. */
bool alloc_failure_has_happened(void);

/* For alloc_failure_is_due() only: the successes left, UINT64_MAX if none is to fail; and the count down. */
extern _Atomic(uint64_t) alloc_failure_successes;
bool alloc_failure_count_down(void);

/* Asked by each allocator first: true when this allocation must fail. */
static inline bool alloc_failure_is_due(void)
{
    return atomic_load_explicit(&alloc_failure_successes, memory_order_relaxed) != UINT64_MAX &&
           alloc_failure_count_down();
}

#endif
