/* Wait queues: where threads block until another one, or an interrupt, wakes them. A queue is guarded by the
 * spin lock of whatever it is that they wait for: no wake-up can come between the look at that and the sleep.
 *
 *     waiter:  state = spin_lock(&box->lock);
 *              while (box->is_empty)
 *                  wait_queue_sleep(&box->waiters, &box->lock, &state);
 *              ...
 *              spin_unlock(&box->lock, state);
 *     waker:   state = spin_lock(&box->lock);
 *              box->is_empty = false;
 *              wait_queue_wake_one(&box->waiters);
 *              spin_unlock(&box->lock, state);
 *
 * docs/hazards/wake-up-races.md tells why it is so. */
#ifndef LINTEL_SCHED_WAIT_QUEUE_H
#define LINTEL_SCHED_WAIT_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/spinlock.h"
#include "lib/list.h"

struct thread;

/* Locks: o = the owner's spin lock, which is handed to wait_queue_sleep(). */
struct wait_queue {
    struct list waiters; /* [o] first come, first woken */
};

void wait_queue_init(struct wait_queue *queue);

#define WAIT_QUEUE_INITIALIZER(queue)          \
    {                                          \
        {                                      \
            &(queue).waiters, &(queue).waiters \
        }                                      \
    }

/* Release *lock, block until woken, take *lock again. The lock must be the only spin lock held, and *state
 * must be what spin_lock() returned for it, with interrupts enabled before; it is renewed. Context: thread.
 * Holds: *lock.  Sleeps: yes. */
void wait_queue_sleep(struct wait_queue *queue, struct spinlock *lock, struct spinlock_state *state);

/* The same, but not beyond deadline_ns. Returns 0 if woken, -ETIMEDOUT if not; -ETIMEDOUT at once if the
 * deadline is past. Where the clock does not run there is no timeout. */
int wait_queue_sleep_until(struct wait_queue *queue, struct spinlock *lock, struct spinlock_state *state,
                           uint64_t deadline_ns);

/* The same for a wait that sched_wake() may cut short when is_interrupted() has turned true: -EINTR. It is
 * called with the lock held. deadline_ns: UINT64_MAX for none. */
int wait_queue_sleep_unless(struct wait_queue *queue, struct spinlock *lock, struct spinlock_state *state,
                            uint64_t deadline_ns, bool (*is_interrupted)(void));

/* The thread that has waited longest, NULL if none waits. Holds: the owner's lock. */
struct thread *wait_queue_first(const struct wait_queue *queue);

/* Wake the thread that has waited longest, or all of them. Returns how many. Context: any but NMI.
 * Holds: the owner's lock. */
unsigned wait_queue_wake_one(struct wait_queue *queue);
unsigned wait_queue_wake_all(struct wait_queue *queue);

#endif
