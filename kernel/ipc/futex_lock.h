/* What the parts of futexes that know locks share. */
#ifndef LINTEL_IPC_FUTEX_LOCK_H
#define LINTEL_IPC_FUTEX_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "ipc/futex_queue.h"

/* How many wait for locks, or may begin to: while there are none, the end of a thread need not look for them.
 */
extern atomic_uint futex_lock_waiters;

/* A lock, and a thread that wants it. */
struct futex_lock_attempt {
    struct futex futex;
    const struct futex_key *key;
    struct futex_bucket *bucket;
    uint32_t id;           /* the thread's */
    uint32_t dead_id;      /* of a thread that had the lock and has ended; 0: none */
    bool marks_a_free_one; /* others are going to wait for it: FUTEX_WAITERS from the beginning */
};

/* Take the lock for the thread if it is nobody's: *ret_owner is NULL then. If it is somebody's, the word says
 * from now on that it is waited for. Errors: -EFAULT (the word is not there now), -EAGAIN (it has just
 * changed), -EDEADLK (it is the thread's), -EINVAL, -ESRCH as futex_lock().
 * Holds: process_tree, the bucket's lock. */
int futex_lock_attempt(const struct futex_lock_attempt *attempt, struct thread **ret_owner);

/* Make the calling thread's waiter, which is in no queue yet. */
void futex_lock_waiter_init(struct futex_lock_waiter *waiter, enum futex_waiter_kind kind, struct futex lock);

/* A waiter begins to wait for the lock that `owner` has: its thread's priority is passed on. Its caller puts
 * it into the queue. Errors: -EDEADLK; -ESRCH (the owner has ended). Holds: as above. */
int futex_lock_join(struct futex_lock_waiter *waiter, struct thread *owner);

/* futex_lock() for who has waited already, when the owner ended. dead_id: that owner's; 0: nobody's. */
int futex_lock_after(struct futex futex, uint64_t deadline_ns, uint32_t dead_id);

/* The calling thread ends with a lock: hand it on as futex_unlock() does, but marked as left behind. */
int futex_leave_lock(struct futex futex);

/* Change the word, which was `word`. Errors: -EFAULT (not there now), -EAGAIN (it is another one). */
int futex_exchange(struct futex futex, uint32_t word, uint32_t new);

/* The ID of the calling thread. */
uint32_t futex_own_id(void);

#endif
