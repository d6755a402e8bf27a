/* What becomes of locks whose holder ends: those of its robust list, and those that others wait for. */
#include "abi/errno.h"
#include "ipc/futex_lock.h"
#include "mm/addr_space.h"
#include "mm/user_access.h"
#include "proc/process.h"

#define ROBUST_INHERITS 1u /* bit 0 of a pointer in a robust list */

/* Mark the lock whose word lies at `address`, if it is the calling thread's. is_pending: it may have been
 * unlocked just now, and who waits not yet woken. Returns false if nothing can be made of the address. */
static bool robust_leave(uint64_t address, bool inherits, bool is_pending)
{
    struct futex futex = {.address = {address}};
    uint32_t word;

    if (address % sizeof(uint32_t) != 0)
        return false;
    if (inherits) {
        int error = futex_leave_lock(futex);
        if (error != -EINVAL)
            return error != -EFAULT;
    }
    for (;;) {
        if (user_copy_in(&word, futex.address, sizeof(word), NULL) != 0)
            return false;
        if (is_pending && !inherits && word == 0) {
            (void)futex_wake(futex, 1, FUTEX_BITSET_MATCH_ANY);
            return true;
        }
        if ((word & FUTEX_TID_MASK) != futex_own_id())
            return true;
        uint32_t expected = word;
        if (!user_try_exchange(futex.address, &expected, (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED)) {
            if (futex_fault_in(futex, MAP_WRITE) != 0)
                return false;
        } else if (expected == word) {
            break;
        }
    }
    if (!inherits && (word & FUTEX_WAITERS) != 0)
        (void)futex_wake(futex, 1, FUTEX_BITSET_MATCH_ANY);
    return true;
}

/* A pointer in a robust list. */
static bool robust_leave_entry(uint64_t entry, const struct robust_list_head *head, bool is_pending)
{
    uint64_t address = (entry & ~(uint64_t)ROBUST_INHERITS) + (uint64_t)head->futex_offset;

    return robust_leave(address, (entry & ROBUST_INHERITS) != 0, is_pending);
}

static void robust_walk(user_ptr_t list)
{
    struct robust_list_head head;

    if (user_copy_in(&head, list, sizeof(head), NULL) != 0)
        return;
    uint64_t entry = head.next, pending = head.pending & ~(uint64_t)ROBUST_INHERITS;
    for (unsigned i = 0; i < ROBUST_LIST_LIMIT; i++) {
        uint64_t place = entry & ~(uint64_t)ROBUST_INHERITS, next;
        if (place == list.address)
            break;
        bool has_next = user_copy_in(&next, (user_ptr_t){place}, sizeof(next), NULL) == 0;
        if (place != pending && !robust_leave_entry(entry, &head, false))
            return;
        if (!has_next)
            return;
        entry = next;
    }
    if (pending != 0)
        (void)robust_leave_entry(head.pending, &head, true);
}

/* The first in the bucket that waits for a lock of the calling thread. Holds: the bucket's lock. */
static struct futex_lock_waiter *futex_find_heir(const struct futex_bucket *bucket)
{
    for (struct list *link = bucket->waiters.next; link != &bucket->waiters; link = link->next) {
        struct futex_waiter *waiter = list_entry(link, struct futex_waiter, link);
        if (waiter->kind == FUTEX_WAITER_LOCK &&
            futex_lock_waiter_of(waiter)->inheritance.owner == thread_current())
            return futex_lock_waiter_of(waiter);
    }
    return NULL;
}

/* One of the locks that are waited for in the bucket, as the calling thread's program names it. */
static bool futex_find_lock(struct futex_bucket *bucket, struct futex *ret_lock)
{
    struct spinlock_state state = spin_lock(&bucket->lock);
    const struct futex_lock_waiter *heir = futex_find_heir(bucket);
    bool is_known = heir != NULL && thread_space(heir->base.thread) == thread_space(thread_current());

    if (is_known)
        *ret_lock = heir->lock;
    spin_unlock(&bucket->lock, state);
    return is_known;
}

/* Hand on all that can be, and wake those who wait for the rest: they see to it themselves. A lock that is
 * found again was not handed on, since another word lies at its address now. */
static void futex_leave_heirs(struct futex_bucket *bucket)
{
    struct futex_lock_waiter *heir;
    struct futex lock;
    uint64_t last = 0;

    while (futex_find_lock(bucket, &lock) && lock.address.address != last && futex_leave_lock(lock) == 0)
        last = lock.address.address;
    struct spinlock_state state = spin_lock(&bucket->lock);
    while ((heir = futex_find_heir(bucket)) != NULL) {
        inheritance_end(&heir->inheritance);
        futex_wake_waiter(&heir->base);
    }
    spin_unlock(&bucket->lock, state);
}

void futex_exit_robust(struct user_thread *thread)
{
    if (thread->robust_list.address != 0)
        robust_walk(thread->robust_list);
    thread->robust_list = (user_ptr_t){0};
    atomic_store(&thread->has_left_locks, true);
    if (atomic_load(&futex_lock_waiters) == 0 || !inheritance_has_heirs(thread->thread))
        return;
    for (unsigned i = 0; i < FUTEX_BUCKETS; i++)
        futex_leave_heirs(&futex_buckets[i]);
}
