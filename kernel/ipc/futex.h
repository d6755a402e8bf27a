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

/* Wake up to `count` threads, at least one, longest waits first. Returns how many. Errors: -EINVAL (threads
 * wait there for a lock). */
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

/* Locks whose word is the ID of the thread that holds it. Wait until it is free, and take it. Errors:
 * -EDEADLK (it is the caller's), -ESRCH (its owner does not exist), -ETIMEDOUT, -EINTR; with `only_tries`
 * -EAGAIN (it is somebody else's). Priorities are not inherited. */
int futex_lock(struct futex futex, uint64_t deadline_ns, bool only_tries);

/* Give it to who has waited longest. Errors: -EPERM (it is not the caller's). */
int futex_unlock(struct futex futex);

/* The word at `address` was cleared at a thread's end: wake one that waits for it. */
void futex_wake_cleared(user_ptr_t address);

/* The calling thread ends: the locks of its robust list, and those that others wait for, are marked as left
 * behind (FUTEX_OWNER_DIED) and given on. */
void futex_exit_robust(struct user_thread *thread);

#endif
