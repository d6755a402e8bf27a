/* Waiting and waking. A word is compared with interrupts disabled, under the lock of the queue: if it is not
 * there, the lock is released, the page made present, and all begun anew. So whoever changes the word before
 * he wakes either is seen by the comparison, or finds the waiter in the queue. */
#include "ipc/futex.h"

#include "abi/errno.h"
#include "ipc/futex_queue.h"
#include "mm/addr_space.h"
#include "mm/memory_object.h"
#include "mm/user_access.h"

/* One round: -EFAULT stands for a word that is not there now. */
static int futex_wait_once(struct futex futex, uint32_t value, struct futex_waiter *waiter,
                           uint64_t deadline_ns)
{
    struct memory_object *object;
    struct futex_key key;
    uint32_t now;
    int error = futex_get_key(futex, &key, &object);

    if (error != 0)
        return error;
    struct futex_bucket *bucket = futex_bucket_of(&key);
    struct spinlock_state state = spin_lock(&bucket->lock);
    bool is_there = user_try_load(futex.address, &now);
    if (is_there && now == value) {
        futex_enqueue(waiter, bucket, &key, object);
        return futex_sleep(waiter, state, deadline_ns);
    }
    spin_unlock(&bucket->lock, state);
    if (object != NULL)
        memory_object_unref(object);
    return is_there ? -EAGAIN : -EFAULT;
}

int futex_wait(struct futex futex, uint32_t value, uint32_t bitset, uint64_t deadline_ns)
{
    struct futex_waiter waiter;
    int error;

    waiter.bitset = bitset;
    waiter.kind = FUTEX_WAITER_PLAIN;
    do {
        error = futex_wait_once(futex, value, &waiter, deadline_ns);
    } while (error == -EFAULT && futex_fault_in(futex, MAP_READ) == 0);
    return error;
}

/* Holds: the bucket's lock. */
static int futex_wake_locked(struct futex_bucket *bucket, const struct futex_key *key, int count,
                             uint32_t bitset)
{
    const struct list *next = list_first(&bucket->waiters);
    struct futex_waiter *waiter;
    int woken = 0;

    while ((waiter = futex_find(bucket, key, next)) != NULL) {
        next = waiter->link.next;
        if (waiter->kind != FUTEX_WAITER_PLAIN)
            return -EINVAL;
        if ((waiter->bitset & bitset) == 0)
            continue;
        futex_wake_waiter(waiter);
        if (++woken >= count)
            break;
    }
    return woken;
}

int futex_wake(struct futex futex, int count, uint32_t bitset)
{
    struct futex_key key;
    int error = futex_get_key(futex, &key, NULL);

    if (error != 0)
        return error;
    struct futex_bucket *bucket = futex_bucket_of(&key);
    struct spinlock_state state = spin_lock(&bucket->lock);
    int result = futex_wake_locked(bucket, &key, count, bitset);
    spin_unlock(&bucket->lock, state);
    return result;
}

void futex_wake_cleared(user_ptr_t address)
{
    (void)futex_wake((struct futex){.address = address}, 1, FUTEX_BITSET_MATCH_ANY);
}

/* FUTEX_WAKE_OP's operation on the old word; its operand, 12 bits with a sign. Errors: -ENOSYS. */
static int futex_operate(uint32_t operation, uint32_t old, uint32_t *ret_new)
{
    int32_t operand = (int32_t)(operation << 8) >> 20;
    uint32_t value = (uint32_t)operand;

    if ((operation >> 28 & FUTEX_OP_OPERAND_SHIFT) != 0)
        value = 1u << (value & 31);
    switch (operation >> 28 & 7) {
    case FUTEX_OP_SET:
        *ret_new = value;
        return 0;
    case FUTEX_OP_ADD:
        *ret_new = old + value;
        return 0;
    case FUTEX_OP_OR:
        *ret_new = old | value;
        return 0;
    case FUTEX_OP_ANDN:
        *ret_new = old & ~value;
        return 0;
    case FUTEX_OP_XOR:
        *ret_new = old ^ value;
        return 0;
    default:
        return -ENOSYS;
    }
}

/* Its comparison of the old word: 1, 0, or -ENOSYS. */
static int futex_compare(uint32_t operation, uint32_t old_word)
{
    int32_t old = (int32_t)old_word, other = (int32_t)(operation << 20) >> 20;

    switch (operation >> 24 & 0xf) {
    case FUTEX_OP_CMP_EQ:
        return old == other;
    case FUTEX_OP_CMP_NE:
        return old != other;
    case FUTEX_OP_CMP_LT:
        return old < other;
    case FUTEX_OP_CMP_LE:
        return old <= other;
    case FUTEX_OP_CMP_GT:
        return old > other;
    case FUTEX_OP_CMP_GE:
        return old >= other;
    default:
        return -ENOSYS;
    }
}

/* Change the word; the result is that of the comparison. */
static int futex_change_word(struct futex futex, uint32_t operation)
{
    uint32_t old, expected, new;

    if (!user_try_load(futex.address, &old))
        return -EFAULT;
    for (;; old = expected) {
        int error = futex_operate(operation, old, &new);
        if (error != 0)
            return error;
        expected = old;
        if (!user_try_exchange(futex.address, &expected, new))
            return -EFAULT;
        if (expected == old)
            return futex_compare(operation, old);
    }
}

static int futex_wake_op_locked(struct futex_pair *pair, struct futex second, int first_count,
                                int second_count, uint32_t operation)
{
    int compared = futex_change_word(second, operation);

    if (compared < 0)
        return compared;
    int woken = futex_wake_locked(pair->from, &pair->from_key, first_count, FUTEX_BITSET_MATCH_ANY);
    if (woken < 0 || compared == 0)
        return woken;
    int more = futex_wake_locked(pair->to, &pair->to_key, second_count, FUTEX_BITSET_MATCH_ANY);
    return more < 0 ? more : woken + more;
}

int futex_wake_op(struct futex first, struct futex second, int first_count, int second_count,
                  uint32_t operation)
{
    struct futex_pair pair;
    int result;

    do {
        result = futex_pair_make(first, second, &pair);
        if (result != 0)
            return result;
        struct spinlock_state state = futex_lock_two(pair.from, pair.to);
        result = futex_wake_op_locked(&pair, second, first_count, second_count, operation);
        futex_unlock_two(pair.from, pair.to, state);
        futex_pair_release(&pair);
    } while (result == -EFAULT && futex_fault_in(second, MAP_WRITE) == 0);
    return result;
}
