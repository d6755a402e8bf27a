#include "ipc/futex_queue.h"

#include "abi/errno.h"
#include "core/clock.h"
#include "mm/addr_space.h"
#include "mm/memory_object.h"
#include "mm/page_fault.h"
#include "mm/user_access.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "sched/wake_timer.h"
#include "signal/signal.h"

#define PRIVATE_BIT 1u

struct futex_bucket futex_buckets[FUTEX_BUCKETS];

void futex_setup(void)
{
    for (unsigned i = 0; i < FUTEX_BUCKETS; i++) {
        spinlock_init(&futex_buckets[i].lock, LOCK_RANK_FUTEX);
        list_init(&futex_buckets[i].waiters);
    }
}

/* The key of a word that another process may know by another address. */
static __attribute__((noinline)) int futex_get_shared_key(uint64_t address, struct futex_key *ret_key,
                                                          struct memory_object **ret_object)
{
    struct addr_space *space = thread_space(thread_current());
    struct area_info area;

    if (!addr_space_query(space, address, &area))
        return -EFAULT;
    bool is_usable = address >= area.start && area.protection != 0;
    bool has_object = area.object != NULL && (area.flags & AREA_SHARED) != 0;
    if (has_object)
        *ret_key = (struct futex_key){area.object, area.object_page * PAGE_SIZE + (address - area.start)};
    else
        *ret_key = (struct futex_key){space, address};
    if (is_usable && has_object && ret_object != NULL)
        *ret_object = area.object;
    else if (area.object != NULL)
        memory_object_unref(area.object);
    return is_usable ? 0 : -EFAULT;
}

int futex_get_key(struct futex futex, struct futex_key *ret_key, struct memory_object **ret_object)
{
    const uint64_t address = futex.address.address;

    if (ret_object != NULL)
        *ret_object = NULL;
    if (address % sizeof(uint32_t) != 0)
        return -EINVAL;
    if (!user_range_is_valid(futex.address, sizeof(uint32_t)))
        return -EFAULT;
    if (!futex.is_private)
        return futex_get_shared_key(address, ret_key, ret_object);
    ret_key->place = address | PRIVATE_BIT;
    ret_key->owner = thread_space(thread_current());
    return 0;
}

/* The two have one rank: nobody waits for the second lock with the first one held. */
struct spinlock_state futex_lock_two(struct futex_bucket *a, struct futex_bucket *b)
{
    for (;;) {
        struct spinlock_state state = spin_lock(&a->lock), inner;
        if (a == b || spin_try_lock(&b->lock, &inner))
            return state;
        spin_unlock(&a->lock, state);
        cpu_pause();
    }
}

void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b, struct spinlock_state state)
{
    if (a != b)
        spin_unlock_raw(&b->lock);
    spin_unlock(&a->lock, state);
}

int futex_pair_make(struct futex from, struct futex to, struct futex_pair *ret_pair)
{
    int error = futex_get_key(from, &ret_pair->from_key, NULL);

    if (error == 0)
        error = futex_get_key(to, &ret_pair->to_key, &ret_pair->to_object);
    if (error != 0)
        return error;
    ret_pair->from = futex_bucket_of(&ret_pair->from_key);
    ret_pair->to = futex_bucket_of(&ret_pair->to_key);
    return 0;
}

void futex_pair_release(struct futex_pair *pair)
{
    if (pair->to_object != NULL)
        memory_object_unref(pair->to_object);
}

/* Behind those that are as important. */
static void futex_insert(struct futex_waiter *waiter, struct futex_bucket *bucket)
{
    struct list *next = &bucket->waiters;

    if (waiter->priority != 0) {
        for (next = list_first(&bucket->waiters); next != &bucket->waiters; next = next->next) {
            if (list_entry(next, struct futex_waiter, link)->priority < waiter->priority)
                break;
        }
    }
    list_push_back(next, &waiter->link); /* just ahead of it */
}

void futex_enqueue(struct futex_waiter *waiter, struct futex_bucket *bucket, const struct futex_key *key,
                   struct memory_object *object)
{
    waiter->key = *key;
    waiter->thread = thread_current();
    waiter->priority = thread_priority(waiter->thread);
    waiter->is_woken = false;
    waiter->objects[0] = object;
    waiter->objects[1] = NULL;
    atomic_store_explicit(&waiter->bucket, bucket, memory_order_relaxed);
    futex_insert(waiter, bucket);
}

struct spinlock_state futex_lock_bucket(struct futex_waiter *waiter)
{
    for (;;) {
        struct futex_bucket *bucket = atomic_load_explicit(&waiter->bucket, memory_order_relaxed);
        struct spinlock_state state = spin_lock(&bucket->lock);
        if (bucket == atomic_load_explicit(&waiter->bucket, memory_order_relaxed))
            return state;
        spin_unlock(&bucket->lock, state);
    }
}

static void futex_unlock_bucket(struct futex_waiter *waiter, struct spinlock_state state)
{
    struct futex_bucket *bucket = atomic_load_explicit(&waiter->bucket, memory_order_relaxed);

    spin_unlock(&bucket->lock, state);
}

/* Why to give up, if there is a reason. */
static int futex_should_end(const struct wake_timer *wake, uint64_t deadline_ns)
{
    if (wake != NULL && wake_timer_is_over(wake, deadline_ns))
        return -ETIMEDOUT;
    return signal_is_pending() ? -EINTR : 0;
}

/* Holds: the bucket's lock. */
static void futex_give_up(struct futex_waiter *waiter)
{
    list_remove(&waiter->link);
    if (waiter->kind == FUTEX_WAITER_LOCK)
        inheritance_end(&futex_lock_waiter_of(waiter)->inheritance);
}

static int futex_sleep_until(struct futex_waiter *waiter, struct spinlock_state state,
                             const struct wake_timer *wake, uint64_t deadline_ns)
{
    int error = 0;

    while (!waiter->is_woken) {
        error = futex_should_end(wake, deadline_ns);
        if (error != 0) {
            futex_give_up(waiter);
            break;
        }
        futex_unlock_bucket(waiter, state);
        sched_block();
        state = futex_lock_bucket(waiter);
    }
    futex_unlock_bucket(waiter, state);
    return error;
}

int futex_sleep(struct futex_waiter *waiter, struct spinlock_state state, uint64_t deadline_ns)
{
    struct wake_timer wake;
    int error;

    if (deadline_ns == UINT64_MAX || clock_tsc_hz() == 0) {
        error = futex_sleep_until(waiter, state, NULL, 0);
    } else {
        wake_timer_start(&wake, deadline_ns);
        error = futex_sleep_until(waiter, state, &wake, deadline_ns);
        wake_timer_stop(&wake);
    }
    for (unsigned i = 0; i < 2; i++) {
        if (waiter->objects[i] != NULL)
            memory_object_unref(waiter->objects[i]);
    }
    return error;
}

void futex_wake_waiter(struct futex_waiter *waiter)
{
    list_remove(&waiter->link);
    waiter->is_woken = true;
    sched_wake(waiter->thread);
}

bool futex_move_waiter(struct futex_waiter *waiter, struct futex_bucket *to, const struct futex_key *key,
                       struct memory_object *object)
{
    if (waiter->objects[1] != NULL && waiter->objects[1] != object)
        return false;
    if (waiter->objects[1] == NULL && object != NULL) {
        memory_object_ref(object);
        waiter->objects[1] = object;
    }
    list_remove(&waiter->link);
    futex_insert(waiter, to);
    waiter->key = *key;
    atomic_store_explicit(&waiter->bucket, to, memory_order_relaxed);
    return true;
}

struct futex_waiter *futex_find(const struct futex_bucket *bucket, const struct futex_key *key,
                                const struct list *link)
{
    for (; link != &bucket->waiters; link = link->next) {
        struct futex_waiter *waiter = list_entry(link, struct futex_waiter, link);
        if (futex_key_equals(&waiter->key, key))
            return waiter;
    }
    return NULL;
}

int futex_fault_in(struct futex futex, uint32_t access)
{
    return page_fault_bring(thread_space(thread_current()), futex.address.address, access) == 0 ? 0 : -EFAULT;
}
