/* Mutexes: locks that may be held while their holder sleeps. Who finds one held by a thread that runs spins
 * for a while, since it will soon be free, and sleeps otherwise.
 *
 * Context: thread, no spin lock held.  Sleeps: yes. */
#ifndef LINTEL_SCHED_MUTEX_H
#define LINTEL_SCHED_MUTEX_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/lock_rank.h"
#include "core/spinlock.h"
#include "sched/wait_queue.h"

struct thread;

/* Locks: a = atomic, l = mutex.lock */
struct mutex {
    _Atomic(struct thread *) owner; /* [a] NULL: free */
    atomic_uint waiter_count;       /* [a] threads that sleep or are about to; changed under lock */
    struct spinlock lock;           /* guards the queue; rank LOCK_RANK_WAIT_QUEUE */
    struct wait_queue waiters;      /* [l] */
    bool must_hand_over;            /* [l] at the next unlock to the first waiter */
    LOCK_RANK_FIELD
};

/* Initial value of the mutex `mutex`, whose rank is `rank` (core/lock_rank.h). */
#define MUTEX_INITIALIZER(mutex, rank)                                                        \
    {                                                                                         \
        .owner = NULL, .waiter_count = 0, .lock = SPINLOCK_INITIALIZER(LOCK_RANK_WAIT_QUEUE), \
        .waiters = WAIT_QUEUE_INITIALIZER((mutex).waiters), LOCK_RANK_INITIALIZER(rank)       \
    }

void mutex_init(struct mutex *mutex, enum lock_rank rank);
void mutex_lock(struct mutex *mutex);

/* Take the mutex if it is free; says whether it did. Sleeps: no. */
bool mutex_try_lock(struct mutex *mutex);

/* Context: the thread that holds it. */
void mutex_unlock(struct mutex *mutex);

#endif
