/* Locks whose word names the thread that holds them, and what becomes of locks whose holder ends.
 *
 * Who unlocks hands the lock to who has waited longest, by writing that one's ID into the word: nobody can
 * come in between. Where the holder has ended instead, those who wait are woken, and the first one finds in
 * the word an ID of which it knows that it is nobody's any more.
 *
 * A thread that ends first says so (has_left_locks), then goes through the queues. Who waits for a lock first
 * enters the queue, then looks whether the holder has said so: one of both sees the other. */
#include "abi/errno.h"
#include "ipc/futex_queue.h"
#include "mm/addr_space.h"
#include "mm/memory_object.h"
#include "mm/user_access.h"
#include "proc/process.h"
#include "sched/sched.h"

#define ROBUST_INHERITS 1u /* bit 0 of a pointer in a robust list */

/* How many wait for locks: while there are none, the end of a thread need not look for them. */
static atomic_uint lock_waiters;

static uint32_t own_id(void)
{
    return (uint32_t)user_thread_current()->id;
}

/* Enter the queue: the word tells its holder that somebody waits. Holds: the bucket's lock. */
static int futex_lock_enqueue(struct futex futex, struct futex_waiter *waiter, uint32_t word,
                              struct futex_bucket *bucket, const struct futex_key *key,
                              struct memory_object *object)
{
    uint32_t expected = word;

    if (!user_try_exchange(futex.address, &expected, word | FUTEX_WAITERS))
        return -EFAULT;
    if (expected != word)
        return -EAGAIN;
    waiter->lock_id = own_id();
    waiter->owner_id = word & FUTEX_TID_MASK;
    waiter->has_lock = false;
    waiter->bitset = FUTEX_BITSET_MATCH_ANY;
    futex_enqueue(waiter, bucket, key, object);
    return 0;
}

/* Take a lock that is nobody's. Holds: the bucket's lock. */
static int futex_take(struct futex futex, uint32_t word, bool has_waiters)
{
    uint32_t expected = word, new = own_id() | (word & FUTEX_OWNER_DIED);

    if ((word & FUTEX_TID_MASK) != 0) /* somebody's who is no more */
        new |= FUTEX_OWNER_DIED;
    if (has_waiters)
        new |= FUTEX_WAITERS;
    if (!user_try_exchange(futex.address, &expected, new))
        return -EFAULT;
    return expected == word ? 0 : -EAGAIN;
}

/* One attempt at a lock. */
struct attempt {
    struct futex futex;
    struct futex_key key;
    struct memory_object *object; /* with a reference, which goes to the waiter */
    struct futex_bucket *bucket;
    uint32_t dead_id; /* of a thread that held the lock and has ended; 0: none */
    bool only_tries;
    bool is_queued; /* the result: the lock was not taken, but the queue entered */
};

/* Errors: those of futex_lock(), but -EBUSY for a lock that is only tried; -EFAULT for a word that is not there
 * now, -EAGAIN for one that has just changed. Holds: the bucket's lock. */
static int futex_attempt_locked(struct attempt *attempt, struct futex_waiter *waiter)
{
    const struct futex_waiter *first = futex_first(attempt->bucket, &attempt->key);
    uint32_t word;

    if (!user_try_load(attempt->futex.address, &word))
        return -EFAULT;
    if (first != NULL && first->lock_id == 0)
        return -EINVAL;
    uint32_t owner_id = word & FUTEX_TID_MASK;
    if (owner_id == own_id())
        return -EDEADLK;
    if (owner_id == 0 || owner_id == attempt->dead_id)
        return futex_take(attempt->futex, word, first != NULL);
    if (attempt->only_tries)
        return -EBUSY;
    attempt->is_queued = true;
    return futex_lock_enqueue(attempt->futex, waiter, word, attempt->bucket, &attempt->key, attempt->object);
}

/* Whether a thread exists that has not yet gone through the locks that it holds. */
static bool thread_may_unlock(uint32_t id)
{
    struct spinlock_state state = spin_lock(&process_tree);
    struct user_thread *thread = user_thread_find((int)id);
    bool may_unlock = thread != NULL && !atomic_load(&thread->has_left_locks);

    spin_unlock(&process_tree, state);
    return may_unlock;
}

/* Wait in the queue that was entered. */
static int futex_lock_wait(struct futex_waiter *waiter, uint64_t deadline_ns)
{
    bool can_end = thread_may_unlock(waiter->owner_id);
    /* A deadline that is over takes the waiter out, unless the lock is its own by now. */
    int error = futex_sleep(waiter, futex_lock_bucket(waiter), can_end ? deadline_ns : 0);

    atomic_fetch_sub(&lock_waiters, 1);
    return error != 0 && !can_end ? -ESRCH : error;
}

/* Returns 0 with the lock taken, or entered the queue and was woken: waiter->has_lock tells. */
static int futex_lock_once(struct attempt *attempt, struct futex_waiter *waiter, uint64_t deadline_ns)
{
    int error = futex_get_key(attempt->futex, &attempt->key, &attempt->object);

    if (error != 0)
        return error;
    attempt->bucket = futex_bucket_of(&attempt->key);
    attempt->is_queued = false;
    atomic_fetch_add(&lock_waiters, 1);
    struct spinlock_state state = spin_lock(&attempt->bucket->lock);
    error = futex_attempt_locked(attempt, waiter);
    spin_unlock(&attempt->bucket->lock, state);
    if (error == 0 && attempt->is_queued)
        return futex_lock_wait(waiter, deadline_ns);
    atomic_fetch_sub(&lock_waiters, 1);
    waiter->has_lock = error == 0;
    if (attempt->object != NULL)
        memory_object_unref(attempt->object);
    return error;
}

int futex_lock(struct futex futex, uint64_t deadline_ns, bool only_tries)
{
    struct attempt attempt = {.futex = futex, .only_tries = only_tries};
    struct futex_waiter waiter;

    for (;;) {
        int error = futex_lock_once(&attempt, &waiter, deadline_ns);
        if (error == 0 && waiter.has_lock)
            return 0;
        if (error == -EFAULT)
            error = futex_fault_in(futex, MAP_WRITE);
        else if (error == 0)
            attempt.dead_id = waiter.owner_id;
        if (error != 0 && error != -EAGAIN)
            return error == -EBUSY ? -EAGAIN : error;
    }
}

/* Hand the lock on to its first waiter; the others are told. Holds: the bucket's lock. */
static int futex_unlock_locked(struct futex futex, struct futex_bucket *bucket, const struct futex_key *key)
{
    struct futex_waiter *first = futex_first(bucket, key), *other;
    uint32_t word, new = 0;

    if (!user_try_load(futex.address, &word))
        return -EFAULT;
    if ((word & FUTEX_TID_MASK) != own_id())
        return -EPERM;
    if (first != NULL && first->lock_id == 0)
        return -EINVAL;
    if (first != NULL)
        new = first->lock_id | (futex_find(bucket, key, first->link.next) != NULL ? FUTEX_WAITERS : 0);
    uint32_t expected = word;
    if (!user_try_exchange(futex.address, &expected, new))
        return -EFAULT;
    if (expected != word)
        return -EAGAIN;
    if (first == NULL)
        return 0;
    for (const struct list *next = first->link.next; (other = futex_find(bucket, key, next)) != NULL;
         next = other->link.next)
        other->owner_id = first->lock_id;
    first->has_lock = true;
    futex_wake_waiter(first);
    return 0;
}

int futex_unlock(struct futex futex)
{
    struct futex_key key;
    int error;

    do {
        error = futex_get_key(futex, &key, NULL);
        if (error != 0)
            return error;
        struct futex_bucket *bucket = futex_bucket_of(&key);
        struct spinlock_state state = spin_lock(&bucket->lock);
        error = futex_unlock_locked(futex, bucket, &key);
        spin_unlock(&bucket->lock, state);
        if (error == -EFAULT)
            error = futex_fault_in(futex, MAP_WRITE) == 0 ? -EAGAIN : -EFAULT;
    } while (error == -EAGAIN);
    return error;
}

/* Mark the lock whose word lies at `address`, if it is the calling thread's. is_pending: it may have been
 * unlocked just now, and who waits not yet woken. Returns false if nothing can be made of the address. */
static bool robust_leave(uint64_t address, bool inherits, bool is_pending)
{
    struct futex futex = {.address = {address}};
    uint32_t word;

    if (address % sizeof(uint32_t) != 0)
        return false;
    for (;;) {
        if (user_copy_in(&word, futex.address, sizeof(word), NULL) != 0)
            return false;
        if (is_pending && !inherits && word == 0) {
            (void)futex_wake(futex, 1, FUTEX_BITSET_MATCH_ANY);
            return true;
        }
        if ((word & FUTEX_TID_MASK) != own_id())
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

/* Wake all who wait for a lock of the calling thread. */
static void futex_wake_heirs(struct futex_bucket *bucket, uint32_t id)
{
    struct spinlock_state state = spin_lock(&bucket->lock);
    struct list *next;

    for (struct list *link = list_first(&bucket->waiters); link != &bucket->waiters; link = next) {
        struct futex_waiter *waiter = list_entry(link, struct futex_waiter, link);
        next = link->next;
        if (waiter->lock_id != 0 && waiter->owner_id == id)
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
    if (atomic_load(&lock_waiters) == 0)
        return;
    for (unsigned i = 0; i < FUTEX_BUCKETS; i++)
        futex_wake_heirs(&futex_buckets[i], (uint32_t)thread->id);
}
