/* Moving those who wait at one word to another one: to wait there as before, or for the lock that it is. The
 * second is for condition variables: at a broadcast one thread gets the lock that all will want, or waits for
 * it together with the others, and the owner inherits from them all. */
#include "abi/errno.h"
#include "ipc/futex_lock.h"
#include "mm/addr_space.h"
#include "mm/memory_object.h"
#include "mm/user_access.h"
#include "proc/process.h"

/* Holds: both locks. */
static int futex_requeue_locked(struct futex_pair *pair, int wake_count, int requeue_count)
{
    const struct list *next = list_first(&pair->from->waiters);
    struct futex_waiter *waiter;
    bool is_same = futex_key_equals(&pair->from_key, &pair->to_key);
    int done = 0;

    for (; done - wake_count < requeue_count; done++) {
        waiter = futex_find(pair->from, &pair->from_key, next);
        if (waiter == NULL)
            break;
        next = waiter->link.next;
        if (waiter->kind != FUTEX_WAITER_PLAIN)
            return -EINVAL;
        if (done < wake_count)
            futex_wake_waiter(waiter);
        else if (!is_same && !futex_move_waiter(waiter, pair->to, &pair->to_key, pair->to_object))
            futex_wake_waiter(waiter);
    }
    return done;
}

int futex_requeue(struct futex from, struct futex to, int wake_count, int requeue_count,
                  const uint32_t *compare)
{
    struct futex_pair pair;
    uint32_t now = 0;
    int result;

    if (wake_count < 0 || requeue_count < 0)
        return -EINVAL;
    do {
        result = futex_pair_make(from, to, &pair);
        if (result != 0)
            return result;
        struct spinlock_state state = futex_lock_two(pair.from, pair.to);
        if (compare != NULL && !user_try_load(from.address, &now))
            result = -EFAULT;
        else if (compare != NULL && now != *compare)
            result = -EAGAIN;
        else
            result = futex_requeue_locked(&pair, wake_count, requeue_count);
        futex_unlock_two(pair.from, pair.to, state);
        futex_pair_release(&pair);
    } while (result == -EFAULT && futex_fault_in(from, MAP_READ) == 0);
    return result;
}

/* Enter the queue, if the word is `value`. Errors: -EBUSY (it is not there now), -EAGAIN, -EINVAL. */
static int futex_enter_for_lock(struct futex futex, uint32_t value, const struct futex_key *key,
                                struct futex_lock_waiter *waiter, struct memory_object *objects[2])
{
    struct futex_bucket *bucket = futex_bucket_of(key);
    struct spinlock_state state = spin_lock(&bucket->lock);
    uint32_t now;
    int error = 0;

    if (!user_try_load(futex.address, &now))
        error = -EBUSY;
    else if (now != value)
        error = -EAGAIN;
    else if (futex_key_equals(key, &waiter->lock_key))
        error = -EINVAL;
    if (error == 0) {
        futex_enqueue(&waiter->base, bucket, key, objects[0]);
        waiter->base.objects[1] = objects[1]; /* the lock's stays until it is moved there, too */
    }
    spin_unlock(&bucket->lock, state);
    return error;
}

/* One round. Errors: -EBUSY (the word is not there now), those of futex_sleep(). */
static int futex_wait_for_lock_once(struct futex futex, uint32_t value, struct futex lock,
                                    struct futex_lock_waiter *waiter, uint64_t deadline_ns)
{
    struct memory_object *objects[2] = {NULL, NULL};
    struct futex_key key;
    int error = futex_get_key(lock, &waiter->lock_key, &objects[1]);

    if (error == 0)
        error = futex_get_key(futex, &key, &objects[0]);
    if (error == 0)
        error = futex_enter_for_lock(futex, value, &key, waiter, objects);
    if (error == 0)
        return futex_sleep(&waiter->base, futex_lock_bucket(&waiter->base), deadline_ns);
    for (unsigned i = 0; i < 2; i++) {
        if (objects[i] != NULL)
            memory_object_unref(objects[i]);
    }
    return error;
}

int futex_wait_for_lock(struct futex futex, uint32_t value, struct futex lock, uint64_t deadline_ns)
{
    struct futex_lock_waiter waiter;
    int error;

    if (futex.address.address == lock.address.address)
        return -EINVAL;
    futex_lock_waiter_init(&waiter, FUTEX_WAITER_REQUEUE, lock);
    atomic_fetch_add(&futex_lock_waiters, 1);
    do {
        error = futex_wait_for_lock_once(futex, value, lock, &waiter, deadline_ns);
        if (error == -EBUSY && futex_fault_in(futex, MAP_READ) != 0)
            error = -EFAULT;
    } while (error == -EBUSY);
    atomic_fetch_sub(&futex_lock_waiters, 1);
    if (error == 0 && !waiter.has_lock) /* moved, and then the lock's owner ended */
        error = futex_lock_after(lock, deadline_ns, waiter.owner_id);
    /* Begun anew after it was moved, it would find the word changed. */
    return error == -EINTR && waiter.base.kind == FUTEX_WAITER_LOCK ? -EAGAIN : error;
}

static bool futex_waits_for_lock(struct futex_waiter *waiter, const struct futex_key *lock)
{
    return waiter->kind == FUTEX_WAITER_REQUEUE &&
           futex_key_equals(&futex_lock_waiter_of(waiter)->lock_key, lock);
}

/* Let up to `count` of those at `from` wait for the lock that `owner` has. Returns how many. Holds:
 * process_tree, both locks. */
static int futex_move_to_lock(struct futex_pair *pair, struct thread *owner, unsigned count)
{
    const struct list *next = list_first(&pair->from->waiters);
    struct futex_waiter *waiter;
    int done = 0;

    for (; (unsigned)done < count; done++) {
        waiter = futex_find(pair->from, &pair->from_key, next);
        if (waiter == NULL)
            break;
        next = waiter->link.next;
        if (!futex_waits_for_lock(waiter, &pair->to_key))
            return -EINVAL;
        int error = futex_lock_join(futex_lock_waiter_of(waiter), owner);
        if (error != 0)
            return error;
        (void)futex_move_waiter(waiter, pair->to, &pair->to_key, pair->to_object);
    }
    return done;
}

/* Errors: those of futex_requeue_to_lock(), -EBUSY for a lock that has just changed, -EFAULT for a word that
 * is not there now. Holds: process_tree, both locks. */
static int futex_requeue_to_lock_locked(struct futex_pair *pair, struct futex to, int requeue_count)
{
    struct futex_waiter *first = futex_first(pair->from, &pair->from_key);
    struct thread *owner;

    if (first == NULL)
        return 0;
    if (!futex_waits_for_lock(first, &pair->to_key))
        return -EINVAL;
    struct futex_lock_waiter *waiter = futex_lock_waiter_of(first);
    const struct futex_lock_attempt attempt = {.futex = to,
                                               .key = &pair->to_key,
                                               .bucket = pair->to,
                                               .id = waiter->id,
                                               .marks_a_free_one = requeue_count > 0};
    int error = futex_lock_attempt(&attempt, &owner);
    if (error != 0)
        return error == -EAGAIN ? -EBUSY : error;
    if (owner != NULL)
        return futex_move_to_lock(pair, owner, (unsigned)requeue_count + 1);
    waiter->has_lock = true;
    futex_wake_waiter(first);
    int moved = futex_move_to_lock(pair, first->thread, (unsigned)requeue_count);
    return moved < 0 ? moved : moved + 1;
}

/* One round; errors likewise. */
static int futex_requeue_to_lock_once(struct futex_pair *pair, struct futex from, struct futex to,
                                      int requeue_count, uint32_t compare)
{
    struct spinlock_state tree = spin_lock(&process_tree);
    struct spinlock_state state = futex_lock_two(pair->from, pair->to);
    uint32_t now;
    int result;

    if (!user_try_load(from.address, &now))
        result = -EFAULT;
    else if (now != compare)
        result = -EAGAIN;
    else
        result = futex_requeue_to_lock_locked(pair, to, requeue_count);
    futex_unlock_two(pair->from, pair->to, state);
    spin_unlock(&process_tree, tree);
    return result;
}

int futex_requeue_to_lock(struct futex from, struct futex to, int wake_count, int requeue_count,
                          uint32_t compare)
{
    struct futex_pair pair;
    int result;

    if (requeue_count < 0 || wake_count != 1)
        return -EINVAL;
    do {
        result = futex_pair_make(from, to, &pair);
        if (result != 0)
            return result;
        result = futex_key_equals(&pair.from_key, &pair.to_key)
                     ? -EINVAL
                     : futex_requeue_to_lock_once(&pair, from, to, requeue_count, compare);
        futex_pair_release(&pair);
        if (result == -EFAULT && futex_fault_in(from, MAP_READ) == 0 && futex_fault_in(to, MAP_WRITE) == 0)
            result = -EBUSY;
    } while (result == -EBUSY);
    return result;
}
