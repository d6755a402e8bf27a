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

/* Wake all who wait for a lock of the calling thread, and are not its heirs any more then. */
static void futex_wake_heirs(struct futex_bucket *bucket)
{
    const struct thread *self = thread_current();
    struct spinlock_state state = spin_lock(&bucket->lock);
    struct list *next;

    for (struct list *link = list_first(&bucket->waiters); link != &bucket->waiters; link = next) {
        struct futex_waiter *waiter = list_entry(link, struct futex_waiter, link);
        next = link->next;
        if (waiter->kind != FUTEX_WAITER_LOCK)
            continue;
        struct inheritance *inheritance = &futex_lock_waiter_of(waiter)->inheritance;
        if (inheritance->owner != self)
            continue;
        inheritance_end(inheritance);
        futex_wake_waiter(waiter);
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
        futex_wake_heirs(&futex_buckets[i]);
}
