/* Locks whose word names the thread that holds them. Who waits for one passes its priority on to the owner
 * (sched/inheritance.h).
 *
 * Who unlocks hands the lock to the most important of those who wait, by writing that one's ID into the word:
 * nobody can come in between. FUTEX_WAITERS is set then even if nobody else waits, as Linux has it. So does
 * an owner that ends, where it can; where it cannot, those who wait are woken, and the first one finds in the
 * word an ID of which it knows that it is nobody's any more.
 *
 * A thread that ends first says so (has_left_locks), then goes through the queues. Who waits for a lock first
 * becomes its owner's heir, then looks whether the owner has said so: one of both sees the other. */
#include "ipc/futex_lock.h"

#include "abi/errno.h"
#include "mm/addr_space.h"
#include "mm/memory_object.h"
#include "mm/user_access.h"
#include "proc/process.h"

atomic_uint futex_lock_waiters;

uint32_t futex_own_id(void)
{
    return (uint32_t)user_thread_current()->id;
}

int futex_exchange(struct futex futex, uint32_t word, uint32_t new)
{
    uint32_t expected = word;

    if (!user_try_exchange(futex.address, &expected, new))
        return -EFAULT;
    return expected == word ? 0 : -EAGAIN;
}

static const struct user_thread *user_thread_of(const struct thread *thread)
{
    return thread_owner(thread);
}

/* The owner of a lock for which somebody waits already. Only a lock that was left behind may be without an
 * owner in its word. */
static int futex_lock_queued_owner(struct futex_waiter *first, uint32_t word, struct thread **ret_owner)
{
    if (first->kind != FUTEX_WAITER_LOCK)
        return -EINVAL;
    const struct futex_lock_waiter *waiter = futex_lock_waiter_of(first);
    const uint32_t owner_id = word & FUTEX_TID_MASK;
    if (owner_id != waiter->owner_id && (owner_id != 0 || (word & FUTEX_OWNER_DIED) == 0))
        return -EINVAL;
    *ret_owner = waiter->inheritance.owner;
    return 0;
}

/* Nobody else waits. */
static int futex_lock_take(const struct futex_lock_attempt *attempt, uint32_t word)
{
    uint32_t new = attempt->id | (word & FUTEX_OWNER_DIED);

    if ((word & FUTEX_TID_MASK) != 0) /* somebody's who is no more */
        new |= FUTEX_OWNER_DIED | FUTEX_WAITERS;
    if (attempt->marks_a_free_one)
        new |= FUTEX_WAITERS;
    return futex_exchange(attempt->futex, word, new);
}

int futex_lock_attempt(const struct futex_lock_attempt *attempt, struct thread **ret_owner)
{
    struct futex_waiter *first = futex_first(attempt->bucket, attempt->key);
    uint32_t word;

    if (!user_try_load(attempt->futex.address, &word))
        return -EFAULT;
    const uint32_t owner_id = word & FUTEX_TID_MASK;
    if (owner_id == attempt->id)
        return -EDEADLK;
    if (first != NULL)
        return futex_lock_queued_owner(first, word, ret_owner);
    if (owner_id == 0 || owner_id == attempt->dead_id) {
        *ret_owner = NULL;
        return futex_lock_take(attempt, word);
    }
    int error = futex_exchange(attempt->futex, word, word | FUTEX_WAITERS);
    if (error != 0)
        return error;
    const struct user_thread *owner = user_thread_find((int)owner_id);
    if (owner == NULL)
        return -ESRCH;
    *ret_owner = owner->thread;
    return 0;
}

void futex_lock_waiter_init(struct futex_lock_waiter *waiter, enum futex_waiter_kind kind, struct futex lock)
{
    waiter->base.thread = thread_current();
    waiter->base.kind = kind;
    waiter->base.bitset = FUTEX_BITSET_MATCH_ANY;
    waiter->lock = lock;
    waiter->id = futex_own_id();
    waiter->owner_id = 0;
    waiter->has_lock = false;
}

int futex_lock_join(struct futex_lock_waiter *waiter, struct thread *owner)
{
    int error = inheritance_begin(&waiter->inheritance, waiter->base.thread, owner);

    if (error != 0)
        return error;
    if (atomic_load(&user_thread_of(owner)->has_left_locks)) {
        inheritance_end(&waiter->inheritance);
        return -ESRCH;
    }
    waiter->base.kind = FUTEX_WAITER_LOCK;
    waiter->owner_id = (uint32_t)user_thread_of(owner)->id;
    return 0;
}

/* Take the lock, or enter its queue, of which *ret_is_queued tells. */
static int futex_lock_enter(const struct futex_lock_attempt *attempt, bool only_tries,
                            struct futex_lock_waiter *waiter, struct memory_object *object,
                            bool *ret_is_queued)
{
    struct spinlock_state tree = spin_lock(&process_tree);
    struct spinlock_state state = spin_lock(&attempt->bucket->lock);
    struct thread *owner = NULL;
    int error = futex_lock_attempt(attempt, &owner);

    if (error == 0 && owner != NULL)
        error = only_tries ? -EBUSY : futex_lock_join(waiter, owner);
    *ret_is_queued = error == 0 && owner != NULL;
    if (*ret_is_queued)
        futex_enqueue(&waiter->base, attempt->bucket, attempt->key, object);
    spin_unlock(&attempt->bucket->lock, state);
    spin_unlock(&process_tree, tree);
    return error;
}

/* Returns 0 with the lock taken, or entered the queue and was woken: waiter->has_lock tells. Errors: as
 * futex_lock_attempt(), but -EBUSY for a lock that is only tried. */
static int futex_lock_once(struct futex_lock_attempt *attempt, bool only_tries,
                           struct futex_lock_waiter *waiter, uint64_t deadline_ns)
{
    struct memory_object *object;
    struct futex_key key;
    bool is_queued;
    int error = futex_get_key(attempt->futex, &key, &object);

    if (error != 0)
        return error;
    attempt->key = &key;
    attempt->bucket = futex_bucket_of(&key);
    futex_lock_waiter_init(waiter, FUTEX_WAITER_LOCK, attempt->futex);
    atomic_fetch_add(&futex_lock_waiters, 1);
    error = futex_lock_enter(attempt, only_tries, waiter, object, &is_queued);
    if (is_queued) {
        error = futex_sleep(&waiter->base, futex_lock_bucket(&waiter->base), deadline_ns);
    } else {
        waiter->has_lock = error == 0;
        if (object != NULL)
            memory_object_unref(object);
    }
    atomic_fetch_sub(&futex_lock_waiters, 1);
    return error;
}

static int futex_lock_until(struct futex_lock_attempt *attempt, bool only_tries, uint64_t deadline_ns)
{
    struct futex_lock_waiter waiter;

    for (;;) {
        int error = futex_lock_once(attempt, only_tries, &waiter, deadline_ns);
        if (error == 0 && waiter.has_lock)
            return 0;
        if (error == -EFAULT)
            error = futex_fault_in(attempt->futex, MAP_WRITE);
        else if (error == 0)
            attempt->dead_id = waiter.owner_id;
        if (error != 0 && error != -EAGAIN)
            return error == -EBUSY ? -EAGAIN : error;
    }
}

int futex_lock(struct futex futex, uint64_t deadline_ns, bool only_tries)
{
    struct futex_lock_attempt attempt = {.futex = futex, .id = futex_own_id()};

    return futex_lock_until(&attempt, only_tries, deadline_ns);
}

int futex_lock_after(struct futex futex, uint64_t deadline_ns, uint32_t dead_id)
{
    struct futex_lock_attempt attempt = {.futex = futex, .id = futex_own_id(), .dead_id = dead_id};

    return futex_lock_until(&attempt, false, deadline_ns);
}

/* Priorities may have changed since they waited: so it need not be the first one. */
static struct futex_lock_waiter *futex_lock_find_heir(const struct futex_bucket *bucket,
                                                      const struct futex_key *key)
{
    struct futex_lock_waiter *heir = NULL;
    struct futex_waiter *waiter;

    for (const struct list *next = list_first(&bucket->waiters);
         (waiter = futex_find(bucket, key, next)) != NULL; next = waiter->link.next) {
        struct futex_lock_waiter *other = futex_lock_waiter_of(waiter);
        if (heir == NULL ||
            inheritance_priority(&other->inheritance) > inheritance_priority(&heir->inheritance))
            heir = other;
    }
    return heir;
}

/* The lock is the heir's: the others are its heirs now. The calling thread's priority goes down first, so
 * that the heir may run here. */
static void futex_lock_pass(struct futex_lock_waiter *heir, const struct futex_bucket *bucket)
{
    struct thread *thread = heir->base.thread;
    struct futex_waiter *waiter;

    for (const struct list *next = list_first(&bucket->waiters);
         (waiter = futex_find(bucket, &heir->base.key, next)) != NULL; next = waiter->link.next) {
        struct futex_lock_waiter *other = futex_lock_waiter_of(waiter);
        other->owner_id = heir->id;
        if (other != heir)
            inheritance_move(&other->inheritance, thread);
    }
    heir->has_lock = true;
    inheritance_end(&heir->inheritance);
    inheritance_settle(thread);
    futex_wake_waiter(&heir->base);
}

/* What becomes of the word of a lock that is given up, beside the next owner's ID. */
struct release {
    uint32_t if_free;
    uint32_t if_passed_on;
    uint32_t kept;       /* bits that stay if it is free */
    bool may_be_nobodys; /* a C library has marked it as left behind already, and somebody waits */
};

/* Errors: -EPERM, -EINVAL, and those of futex_exchange(). Holds: the bucket's lock. */
static int futex_release_locked(struct futex futex, struct futex_bucket *bucket, const struct futex_key *key,
                                const struct release *release)
{
    struct futex_waiter *first = futex_first(bucket, key);
    uint32_t word;

    if (!user_try_load(futex.address, &word))
        return -EFAULT;
    const uint32_t owner_id = word & FUTEX_TID_MASK;
    if (owner_id != futex_own_id() && (owner_id != 0 || first == NULL || !release->may_be_nobodys))
        return -EPERM;
    if (first == NULL)
        return futex_exchange(futex, word, release->if_free | (word & release->kept));
    if (first->kind != FUTEX_WAITER_LOCK ||
        futex_lock_waiter_of(first)->inheritance.owner != thread_current())
        return -EINVAL;

    struct futex_lock_waiter *heir = futex_lock_find_heir(bucket, key);
    int error = futex_exchange(futex, word, heir->id | release->if_passed_on);
    if (error == 0)
        futex_lock_pass(heir, bucket);
    return error;
}

static int futex_release(struct futex futex, const struct release *release)
{
    struct futex_key key;
    int error;

    do {
        error = futex_get_key(futex, &key, NULL);
        if (error != 0)
            return error;
        struct futex_bucket *bucket = futex_bucket_of(&key);
        struct spinlock_state state = spin_lock(&bucket->lock);
        error = futex_release_locked(futex, bucket, &key, release);
        spin_unlock(&bucket->lock, state);
        if (error == -EFAULT)
            error = futex_fault_in(futex, MAP_WRITE) == 0 ? -EAGAIN : -EFAULT;
    } while (error == -EAGAIN);
    return error;
}

int futex_unlock(struct futex futex)
{
    return futex_release(futex, &(struct release){.if_passed_on = FUTEX_WAITERS});
}

int futex_leave_lock(struct futex futex)
{
    return futex_release(futex, &(struct release){.if_free = FUTEX_OWNER_DIED,
                                                  .if_passed_on = FUTEX_OWNER_DIED | FUTEX_WAITERS,
                                                  .kept = FUTEX_WAITERS,
                                                  .may_be_nobodys = true});
}
