/* Each file's locks are in a list, which is made when first needed and lives as long as the node. One spin
 * lock guards all of them: who waits for whom goes across files. A file's locks of one owner never overlap,
 * and those of one type never touch. */
#include "fs/file_lock.h"

#include "abi/errno.h"
#include "fs/poll.h"
#include "lib/list.h"
#include "mm/object_cache.h"

/* Locks: l = lock_of_all */
struct held_lock {
    struct list link; /* [l] in file_locks.held[lock.kind] */
    struct file_lock lock;
};

struct file_locks {
    struct list held[FILE_LOCK_KINDS]; /* [l] */
    struct readiness readiness;        /* locks have gone */
};

/* One who waits. */
struct lock_waiter {
    struct list link;    /* [l] in `waiters` */
    const void *owner;   /* [l] */
    const void *blocker; /* [l] the owner of what is in the way */
};

static struct spinlock lock_of_all = SPINLOCK_INITIALIZER(LOCK_RANK_FILE_LOCK);
static struct list waiters = {&waiters, &waiters}; /* [l] */
static struct object_cache held_cache;
static struct object_cache locks_cache;

/* Setting a lock makes two at most: the new one, and what is left behind it of one that it splits. */
#define SPARE_COUNT 2

void file_lock_setup(void)
{
    object_cache_init(&held_cache, "file-lock", sizeof(struct held_lock), 8);
    object_cache_init(&locks_cache, "file-locks", sizeof(struct file_locks), 8);
}

/* The node's list, made if need be; NULL: no memory. */
static struct file_locks *locks_get(struct node *node)
{
    struct file_locks *locks = atomic_load_explicit(&node->locks, memory_order_acquire), *none = NULL;

    if (locks != NULL)
        return locks;
    locks = object_cache_alloc(&locks_cache);
    if (locks == NULL)
        return NULL;
    for (int i = 0; i < FILE_LOCK_KINDS; i++)
        list_init(&locks->held[i]);
    readiness_init(&locks->readiness);
    if (atomic_compare_exchange_strong(&node->locks, &none, locks))
        return locks;
    object_cache_free(&locks_cache, locks); /* somebody else was faster */
    return none;
}

void file_lock_forget(struct node *node)
{
    struct file_locks *locks = atomic_load(&node->locks);

    if (locks != NULL)
        object_cache_free(&locks_cache, locks);
}

static bool overlaps(const struct file_lock *a, const struct file_lock *b)
{
    return a->start <= b->end && b->start <= a->end;
}

/* The first lock that is in the way. Holds: lock_of_all. */
static const struct file_lock *find_conflict(const struct file_locks *locks, const struct file_lock *lock)
{
    const struct list *held = &locks->held[lock->kind];

    for (const struct list *link = held->next; link != held; link = link->next) {
        const struct file_lock *other = &list_entry(link, struct held_lock, link)->lock;
        if (other->owner != lock->owner && overlaps(other, lock) &&
            (other->type == F_WRLCK || lock->type == F_WRLCK))
            return other;
    }
    return NULL;
}

/* What a waiter waits for may be stale: a chain of those could be endless. */
#define CHAIN_MAX 64

/* Whether `owner` would wait for itself if it waited for `blocker`. Holds: lock_of_all. */
static bool closes_circle(const void *owner, const void *blocker)
{
    for (int i = 0; i < CHAIN_MAX && blocker != NULL && blocker != owner; i++) {
        const void *next = NULL;
        for (struct list *link = waiters.next; link != &waiters && next == NULL; link = link->next) {
            const struct lock_waiter *waiter = list_entry(link, struct lock_waiter, link);
            if (waiter->owner == blocker)
                next = waiter->blocker;
        }
        blocker = next;
    }
    return blocker == owner;
}

static struct held_lock *take_spare(struct held_lock **spares)
{
    struct held_lock *spare = spares[0];

    spares[0] = spares[1];
    spares[1] = NULL;
    return spare;
}

static void held_remove(struct held_lock *held)
{
    list_remove(&held->link);
    object_cache_free(&held_cache, held);
}

/* Take the range of `lock` out of one that its owner has. Holds: lock_of_all. */
static void cut_held(struct held_lock *held, const struct file_lock *lock, struct held_lock **spares)
{
    struct file_lock before = held->lock;

    if (before.start < lock->start) {
        held->lock.end = lock->start - 1;
        if (before.end > lock->end) {
            struct held_lock *rest = take_spare(spares);
            rest->lock = before;
            rest->lock.start = lock->end + 1;
            list_push_front(&held->link, &rest->link);
        }
    } else if (before.end > lock->end) {
        held->lock.start = lock->end + 1;
    } else {
        held_remove(held);
    }
}

/* Make the new lock one with what touches it. Holds: lock_of_all. */
static void merge_held(struct list *list, struct file_lock *lock)
{
    for (struct list *link = list->next, *next; link != list; link = next) {
        struct held_lock *held = list_entry(link, struct held_lock, link);
        next = link->next;
        if (held->lock.owner != lock->owner || held->lock.type != lock->type)
            continue;
        if (held->lock.end + 1 == lock->start)
            lock->start = held->lock.start;
        else if (lock->end + 1 == held->lock.start)
            lock->end = held->lock.end;
        else
            continue;
        held_remove(held);
    }
}

/* Nothing is in the way: the lock is set. Holds: lock_of_all. */
static void apply(struct file_locks *locks, const struct file_lock *lock, struct held_lock **spares)
{
    struct list *list = &locks->held[lock->kind];

    for (struct list *link = list->next, *next; link != list; link = next) {
        struct held_lock *held = list_entry(link, struct held_lock, link);
        next = link->next;
        if (held->lock.owner == lock->owner && overlaps(&held->lock, lock))
            cut_held(held, lock, spares);
    }
    if (lock->type == F_UNLCK)
        return;
    struct held_lock *new = take_spare(spares);
    new->lock = *lock;
    merge_held(list, &new->lock);
    list_push_back(list, &new->link);
}

/* Try once. *ret_changes: for readiness_wait() after -EAGAIN. *waiter is then in the list of those who wait,
 * if it is not NULL. */
static int try_set(struct file_locks *locks, const struct file_lock *lock, struct held_lock **spares,
                   struct lock_waiter *waiter, bool finds_deadlocks, uint64_t *ret_changes)
{
    struct spinlock_state state = spin_lock(&lock_of_all);
    const struct file_lock *conflict = lock->type == F_UNLCK ? NULL : find_conflict(locks, lock);
    int error = conflict == NULL ? 0 : -EAGAIN;

    *ret_changes = readiness_changes(&locks->readiness);
    if (error == 0)
        apply(locks, lock, spares);
    else if (finds_deadlocks && waiter != NULL && closes_circle(lock->owner, conflict->owner))
        error = -EDEADLK;
    if (error == -EAGAIN && waiter != NULL) {
        waiter->owner = finds_deadlocks ? lock->owner : NULL;
        waiter->blocker = conflict->owner;
        list_push_back(&waiters, &waiter->link);
    }
    spin_unlock(&lock_of_all, state);
    return error;
}

static void stop_waiting(struct lock_waiter *waiter)
{
    struct spinlock_state state = spin_lock(&lock_of_all);

    list_remove(&waiter->link);
    spin_unlock(&lock_of_all, state);
}

/* A lock on a whole file of another type is given up before one waits, as flock() has it. */
static void give_up_other_type(struct file_locks *locks, const struct file_lock *lock)
{
    struct list *list = &locks->held[FILE_LOCK_WHOLE];
    struct spinlock_state state = spin_lock(&lock_of_all);

    for (struct list *link = list->next; link != list; link = link->next) {
        struct held_lock *held = list_entry(link, struct held_lock, link);
        if (held->lock.owner == lock->owner && held->lock.type != lock->type) {
            held_remove(held);
            break;
        }
    }
    spin_unlock(&lock_of_all, state);
    readiness_signal(&locks->readiness);
}

static int set_or_wait(struct file_locks *locks, const struct file_lock *lock, struct held_lock **spares,
                       bool waits, bool finds_deadlocks)
{
    struct lock_waiter waiter;
    uint64_t changes;

    if (lock->kind == FILE_LOCK_WHOLE)
        give_up_other_type(locks, lock);
    for (;;) {
        int error = try_set(locks, lock, spares, waits ? &waiter : NULL, finds_deadlocks, &changes);
        if (error != -EAGAIN || !waits)
            return error;
        error = readiness_wait(&locks->readiness, changes);
        stop_waiting(&waiter);
        if (error != 0)
            return error;
    }
}

int file_lock_set(struct node *node, const struct file_lock *lock, bool waits, bool finds_deadlocks)
{
    struct held_lock *spares[SPARE_COUNT];
    struct file_locks *locks = locks_get(node);
    int error = -ENOLCK;

    for (int i = 0; i < SPARE_COUNT; i++)
        spares[i] = object_cache_alloc(&held_cache);
    if (locks != NULL && spares[0] != NULL && spares[1] != NULL)
        error = set_or_wait(locks, lock, spares, waits, finds_deadlocks);
    for (int i = 0; i < SPARE_COUNT; i++) {
        if (spares[i] != NULL)
            object_cache_free(&held_cache, spares[i]);
    }
    if (error == 0)
        readiness_signal(&locks->readiness); /* it may be less than what was there */
    return error;
}

void file_lock_test(struct node *node, struct file_lock *lock)
{
    struct file_locks *locks = atomic_load_explicit(&node->locks, memory_order_acquire);
    struct spinlock_state state = spin_lock(&lock_of_all);
    const struct file_lock *conflict = locks == NULL ? NULL : find_conflict(locks, lock);

    if (conflict != NULL)
        *lock = *conflict;
    else
        lock->type = F_UNLCK;
    spin_unlock(&lock_of_all, state);
}

void file_lock_release_slow(struct node *node, const void *owner)
{
    struct file_locks *locks = atomic_load(&node->locks);
    struct spinlock_state state = spin_lock(&lock_of_all);

    for (int i = 0; i < FILE_LOCK_KINDS; i++) {
        for (struct list *link = locks->held[i].next, *next; link != &locks->held[i]; link = next) {
            struct held_lock *held = list_entry(link, struct held_lock, link);
            next = link->next;
            if (held->lock.owner == owner)
                held_remove(held);
        }
    }
    spin_unlock(&lock_of_all, state);
    readiness_signal(&locks->readiness);
}
