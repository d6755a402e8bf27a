/* Spin locks: first come, first served, and interrupts stay off while one is held.
 *
 * The saved interrupt state travels in a value of its own type, which only spin_lock() makes and
 * spin_unlock() takes, so that it cannot be forgotten or mixed up. */
#ifndef LINTEL_CORE_SPINLOCK_H
#define LINTEL_CORE_SPINLOCK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/ipi.h"

struct spinlock {
    atomic_uint next;    /* ticket for whoever comes next */
    atomic_uint serving; /* ticket of the holder */
};

#define SPINLOCK_INITIALIZER \
    {                        \
        0, 0                 \
    }

struct spinlock_state {
    bool interrupts_were_enabled;
};

/* Disable interrupts on this CPU and take the lock. Context: any. Sleeps: no. */
static inline struct spinlock_state spin_lock(struct spinlock *lock)
{
    struct spinlock_state state = {cpu_interrupts_save()};
    unsigned ticket = atomic_fetch_add_explicit(&lock->next, 1, memory_order_relaxed);

    while (atomic_load_explicit(&lock->serving, memory_order_acquire) != ticket) {
        ipi_poll(); /* the holder may be waiting for this CPU to answer a call */
        cpu_pause();
    }
    return state;
}

/* Release the lock and put interrupts back to what they were. */
static inline void spin_unlock(struct spinlock *lock, struct spinlock_state state)
{
    unsigned serving = atomic_load_explicit(&lock->serving, memory_order_relaxed);

    atomic_store_explicit(&lock->serving, serving + 1, memory_order_release);
    cpu_interrupts_restore(state.interrupts_were_enabled);
}

#endif
