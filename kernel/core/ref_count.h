/* Reference counts: how many hold a structure; whoever drops the last reference frees it.
 *
 * To take a reference one must have one, or a lock under which the structure cannot lose its last one. What
 * was written to the structure before a reference was dropped is seen by whoever drops the last one. Context
 * of everything here: any.  Sleeps: no. */
#ifndef LINTEL_CORE_REF_COUNT_H
#define LINTEL_CORE_REF_COUNT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/panic.h"

#define REF_COUNT_MAX 0x7fffffffu

struct ref_count {
    atomic_uint count;
};

/* Before anybody else can see the structure. count > 0. */
static inline void ref_count_init(struct ref_count *references, unsigned count)
{
    atomic_init(&references->count, count);
}

/* To take one when there is none, or too many, is a kernel bug and panics. */
static inline void ref_count_take(struct ref_count *references)
{
    unsigned before = atomic_fetch_add_explicit(&references->count, 1, memory_order_relaxed);

    if (before == 0 || before >= REF_COUNT_MAX)
        panic("ref_count: a reference is taken when there are %u", before);
}

/* The same where there may be none, as the structure stays for another reason: says whether there was none.
 */
static inline bool ref_count_take_first(struct ref_count *references)
{
    unsigned before = atomic_fetch_add_explicit(&references->count, 1, memory_order_relaxed);

    if (before >= REF_COUNT_MAX)
        panic("ref_count: a reference is taken when there are %u", before);
    return before == 0;
}

/* How many there are now. It says something to those only who keep others from taking one meanwhile. */
static inline unsigned ref_count_get(const struct ref_count *references)
{
    return atomic_load_explicit(&references->count, memory_order_acquire);
}

/* Says whether it was the last one. To drop one when there is none is a kernel bug and panics. */
static inline bool ref_count_drop(struct ref_count *references)
{
    unsigned before = atomic_fetch_sub_explicit(&references->count, 1, memory_order_release);

    if (before == 0 || before > REF_COUNT_MAX)
        panic("ref_count: a reference is dropped when there are %u", before);
    if (before != 1)
        return false;
    atomic_thread_fence(memory_order_acquire);
    return true;
}

/* Drop one that is not the last; says whether there was one: for those who drop the last one
 * under the lock by which others find the structure. */
static inline bool ref_count_drop_unless_last(struct ref_count *references)
{
    unsigned before = atomic_load_explicit(&references->count, memory_order_relaxed);

    while (before > 1) {
        if (atomic_compare_exchange_weak_explicit(&references->count, &before, before - 1,
                                                  memory_order_release, memory_order_relaxed))
            return true;
    }
    return false;
}

#endif
