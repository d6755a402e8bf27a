/* Futexes: futex(2). A thread waits at an address of its program until another one wakes it; the word there
 * is compared, and the thread enqueued, in one step.
 *
 * Terms:  a key names the word that is meant: for private futexes by address space and address, else by the
 *         object that is shared and the place in it, or as before where no object is shared.
 *
 * Context of all functions: thread, with the program's address space loaded, no lock held.  Takes: the
 * space's lock, futex locks.  Sleeps: yes.
 * Errors of all: -EINVAL (an address is no multiple of 4), -EFAULT (nothing is there). */
#ifndef LINTEL_IPC_FUTEX_H
#define LINTEL_IPC_FUTEX_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/futex.h"
#include "mm/types.h"

struct user_thread;

/* Set up the queues. Context: early boot, once. */
void futex_setup(void);

/* One word, as a call names it. */
struct futex {
    user_ptr_t address;
    bool is_private;
};

/* Wait for a wake-up by one whose bits have one of `bitset` in common, if the word is `value`. deadline_ns of
 * clock_monotonic_ns(), UINT64_MAX: none. Errors: -EAGAIN (another value), -ETIMEDOUT, -EINTR (a signal is to
 * be handled). */
int futex_wait(struct futex futex, uint32_t value, uint32_t bitset, uint64_t deadline_ns);

/* Wake up to `count` threads, at least one: the highest real-time priority first, then the longest wait.
 * Returns how many. Errors: -EINVAL (threads wait there for a lock). */
int futex_wake(struct futex futex, int count, uint32_t bitset);

/* Wake up to wake_count, and let up to requeue_count others wait at `to` from now on; if `compare` is not
 * NULL, only if the word is *compare. Returns how many. Errors: -EAGAIN, -EINVAL as futex_wake(). */
int futex_requeue(struct futex from, struct futex to, int wake_count, int requeue_count,
                  const uint32_t *compare);

/* Change the word of `second` as `operation` says (FUTEX_OP_*); wake up to first_count at `first` and, if the
 * old word compares as it says, up to second_count at `second`. Returns how many. Errors: -ENOSYS (no such
 * operation). */
int futex_wake_op(struct futex first, struct futex second, int first_count, int second_count,
                  uint32_t operation);

/* Locks whose word is the ID of the thread that holds it, and which inherits the priorities of who waits for
 * it (sched/inheritance.h). Wait until it is free, and take it. Errors: -EDEADLK (it is the caller's, or its
 * owner waits for the caller), -ESRCH (its owner does not exist), -EINVAL (threads wait there for something
 * else; the word is not that of the owner), -ETIMEDOUT, -EINTR; with `only_tries` -EAGAIN (it is somebody
 * else's). */
int futex_lock(struct futex futex, uint64_t deadline_ns, bool only_tries);

/* Give it to the highest real-time priority that waits, then to the longest wait. Errors: -EPERM (it is not
 * the caller's), -EINVAL as futex_lock(). */
int futex_unlock(struct futex futex);

/* Wait as futex_wait() does until moved to the queue of `lock`, another futex, and there as futex_lock().
 * Returns 0 with the lock taken. Errors: -EAGAIN (another value; a signal came after it was moved), -EINTR (a
 * signal came before); -EINVAL (the two are one). */
int futex_wait_for_lock(struct futex futex, uint32_t value, struct futex lock, uint64_t deadline_ns);

/* If the word at `from` is `compare`, take the lock at `to` for the first that waits so at `from`, and let it
 * go on; up to requeue_count others, or one more if the lock is somebody's, wait for it from now on. Returns
 * how many in all. Errors: -EAGAIN; -EINVAL (threads wait there for something else or for another lock; the
 * two are one; wake_count is not 1); of the lock: as futex_lock(). */
int futex_requeue_to_lock(struct futex from, struct futex to, int wake_count, int requeue_count,
                          uint32_t compare);

/* The word at `address` was cleared at a thread's end: wake one that waits for it. */
void futex_wake_cleared(user_ptr_t address);

/* The calling thread ends: the locks of its robust list, and those that others wait for, are marked as left
 * behind (FUTEX_OWNER_DIED) and given on. */
void futex_exit_robust(struct user_thread *thread);

#endif
