/* What the parts of futexes share: keys, and queues of waiters, hashed by key. */
#ifndef LINTEL_IPC_FUTEX_QUEUE_H
#define LINTEL_IPC_FUTEX_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/spinlock.h"
#include "ipc/futex.h"
#include "lib/list.h"
#include "sched/inheritance.h"

struct memory_object;
struct thread;

struct futex_key {
    const void *owner; /* an address space or a memory object */
    uint64_t place;    /* in it; bit 0: private */
};

struct futex_bucket {
    struct spinlock lock; /* rank LOCK_RANK_FUTEX: waiters, and user words that are compared with them */
    struct list waiters;  /* the highest real-time priority first, then the longest wait; of all keys */
} __attribute__((aligned(64)));

enum futex_waiter_kind {
    FUTEX_WAITER_PLAIN,   /* for a wake-up */
    FUTEX_WAITER_REQUEUE, /* for being moved to where a lock is waited for: struct futex_lock_waiter */
    FUTEX_WAITER_LOCK,    /* for a lock: likewise */
};

/* Lies on the waiting thread's stack. b = the lock of its bucket. */
struct futex_waiter {
    struct list link;                      /* [b] */
    _Atomic(struct futex_bucket *) bucket; /* [b] */
    struct futex_key key;                  /* [b] */
    struct thread *thread;                 /* the waiting one */
    uint32_t bitset;
    enum futex_waiter_kind kind;      /* [b] */
    unsigned priority;                /* real-time, when it began to wait; 0: none */
    bool is_woken;                    /* [b] it is in no queue any more */
    struct memory_object *objects[2]; /* [b] with references: of the first key; of the one it is moved to */
};

/* One that waits for a lock, or is going to. */
struct futex_lock_waiter {
    struct futex_waiter base;       /* first */
    struct inheritance inheritance; /* [b] while it is queued as FUTEX_WAITER_LOCK */
    struct futex lock;              /* as its own program names it */
    struct futex_key lock_key;      /* of FUTEX_WAITER_REQUEUE: where it may be moved to */
    uint32_t id;                    /* of its thread */
    uint32_t owner_id;              /* [b] of FUTEX_WAITER_LOCK: that of the thread which has the lock */
    bool has_lock;                  /* [b] it was woken because the lock is its own now */
};

_Static_assert(offsetof(struct futex_lock_waiter, base) == 0, "futex_lock_waiter_of() relies on it");

/* Of a waiter that is not PLAIN. */
static inline struct futex_lock_waiter *futex_lock_waiter_of(struct futex_waiter *waiter)
{
    return (struct futex_lock_waiter *)waiter;
}

/* What a futex is known by. *ret_object: the key's object with a reference, NULL if it has none; ret_object
 * NULL: the key is for comparison only. Errors: -EINVAL, -EFAULT. */
int futex_get_key(struct futex futex, struct futex_key *ret_key, struct memory_object **ret_object);

static inline bool futex_key_equals(const struct futex_key *a, const struct futex_key *b)
{
    return a->owner == b->owner && a->place == b->place;
}

#define FUTEX_BUCKETS 256u
extern struct futex_bucket futex_buckets[FUTEX_BUCKETS];

static inline struct futex_bucket *futex_bucket_of(const struct futex_key *key)
{
    const uint64_t hash = ((uint64_t)key->owner + key->place) * 0x9e3779b97f4a7c15;

    return &futex_buckets[hash >> 56]; /* 8 bits of it */
}

/* Take the locks of two buckets, which may be the same one. Context: thread. */
struct spinlock_state futex_lock_two(struct futex_bucket *a, struct futex_bucket *b);
void futex_unlock_two(struct futex_bucket *a, struct futex_bucket *b, struct spinlock_state state);

/* Put the calling thread into a bucket's queue; `object`: a reference that goes to the waiter. Holds: the
 * bucket's lock. */
void futex_enqueue(struct futex_waiter *waiter, struct futex_bucket *bucket, const struct futex_key *key,
                   struct memory_object *object);

/* Take the lock of the bucket that a waiter is in, which may change as long as it is not taken. */
struct spinlock_state futex_lock_bucket(struct futex_waiter *waiter);

/* Wait until woken, with the bucket's lock held, which is released. The waiter is in no queue then, waits for
 * no lock, and has no references any more. Returns 0, -ETIMEDOUT, -EINTR. */
int futex_sleep(struct futex_waiter *waiter, struct spinlock_state state, uint64_t deadline_ns);

/* Take a waiter out and let its thread go on. Holds: its bucket's lock. */
void futex_wake_waiter(struct futex_waiter *waiter);

/* Move a waiter to another queue; false: it cannot be, since it was moved before. Holds: both locks. */
bool futex_move_waiter(struct futex_waiter *waiter, struct futex_bucket *to, const struct futex_key *key,
                       struct memory_object *object);

/* The first waiter with the key, from `link` on, which is one of the bucket's. Holds: the bucket's lock. */
struct futex_waiter *futex_find(const struct futex_bucket *bucket, const struct futex_key *key,
                                const struct list *link);

/* The one whose turn it is; NULL if nobody waits. Holds: the bucket's lock. */
static inline struct futex_waiter *futex_first(const struct futex_bucket *bucket, const struct futex_key *key)
{
    return futex_find(bucket, key, list_first(&bucket->waiters));
}

/* Two words, and the queues at them. */
struct futex_pair {
    struct futex_key from_key, to_key;
    struct futex_bucket *from, *to;
    struct memory_object *to_object; /* with a reference */
};

/* Errors: as futex_get_key(). */
int futex_pair_make(struct futex from, struct futex to, struct futex_pair *ret_pair);
void futex_pair_release(struct futex_pair *pair);

/* Make the word of a futex accessible, which was not a moment ago. Errors: -EFAULT. */
int futex_fault_in(struct futex futex, uint32_t access);

#endif
