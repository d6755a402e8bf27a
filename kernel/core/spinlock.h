/* Spin locks: first come, first served, and interrupts stay off while one is held.
 *
 * The saved interrupt state travels in a value of its own type, which only spin_lock() makes and
 * spin_unlock() takes, so that it cannot be forgotten or mixed up.
 *
 * A lock is held by a CPU, not by a thread: interrupts are disabled until it is released, so that the thread
 * cannot leave the CPU, but by a switch which the scheduler does itself.
 *
 * Each lock has a rank (core/lock_rank.h), which only the debug build looks at. There the functions must be
 * inlined: the place where a lock was taken is the place of the call in them. */
#ifndef LINTEL_CORE_SPINLOCK_H
#define LINTEL_CORE_SPINLOCK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/ipi.h"
#include "core/lock_rank.h"
#include "core/preempt.h"

#define SPINLOCK_INLINE static inline __attribute__((always_inline))

struct spinlock {
    atomic_uint next;    /* ticket for whoever comes next */
    atomic_uint serving; /* ticket of the holder */
    LOCK_RANK_FIELD
};

#define SPINLOCK_INITIALIZER(rank)        \
    {                                     \
        0, 0, LOCK_RANK_INITIALIZER(rank) \
    }

struct spinlock_state {
    bool interrupts_were_enabled;
};

/* Make a lock, held by nobody. */
static inline void spinlock_init(struct spinlock *lock, enum lock_rank rank)
{
    (void)rank;
    *lock = (struct spinlock)SPINLOCK_INITIALIZER(rank);
}

/* Take the lock. For the scheduler, which switches threads with a lock held, and for code that always runs
 * with interrupts disabled. Context: interrupts disabled. Sleeps: no. */
SPINLOCK_INLINE void spin_lock_raw(struct spinlock *lock)
{
    lock_rank_want(&lock->lock_rank);
    unsigned ticket = atomic_fetch_add_explicit(&lock->next, 1, memory_order_relaxed);

    while (__builtin_expect(atomic_load_explicit(&lock->serving, memory_order_acquire) != ticket, 0)) {
        ipi_poll(); /* the holder may be waiting for this CPU to answer a call */
        cpu_pause();
        lock_rank_wait(&lock->lock_rank);
    }
    lock_rank_take(&lock->lock_rank);
}

/* Release the lock; interrupts stay disabled. */
SPINLOCK_INLINE void spin_unlock_raw(struct spinlock *lock)
{
    unsigned serving = atomic_load_explicit(&lock->serving, memory_order_relaxed);

    lock_rank_release(&lock->lock_rank);
    atomic_store_explicit(&lock->serving, serving + 1, memory_order_release);
}

/* Disable interrupts on this CPU and take the lock. Context: any. Sleeps: no. */
SPINLOCK_INLINE struct spinlock_state spin_lock(struct spinlock *lock)
{
    struct spinlock_state state = {cpu_interrupts_save()};

    spin_lock_raw(lock);
    return state;
}

/* The same if the lock is free: says whether it was. Not bound to the order of ranks. */
SPINLOCK_INLINE bool spin_try_lock(struct spinlock *lock, struct spinlock_state *ret_state)
{
    struct spinlock_state state = {cpu_interrupts_save()};
    unsigned serving = atomic_load_explicit(&lock->serving, memory_order_acquire), next = serving;

    /* The lock is free while both are equal, and nobody can take it without changing `next`. */
    if (!atomic_compare_exchange_strong_explicit(&lock->next, &next, serving + 1, memory_order_acquire,
                                                 memory_order_relaxed)) {
        cpu_interrupts_restore(state.interrupts_were_enabled);
        return false;
    }
    lock_rank_take(&lock->lock_rank);
    *ret_state = state;
    return true;
}

/* Release the lock and put interrupts back to what they were; where that enables them, the CPU may switch to
 * another thread before this returns. */
SPINLOCK_INLINE void spin_unlock(struct spinlock *lock, struct spinlock_state state)
{
    spin_unlock_raw(lock);
    if (state.interrupts_were_enabled) {
        cpu_interrupts_enable();
        preempt_point();
    }
}

#endif
