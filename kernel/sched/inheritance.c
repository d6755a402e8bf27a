/* Who changes a thread's own priority does so first and settles then; who begins a wait reads the waiter's
 * priority under the lock. So the wait has the new priority, or is found by who settles. */
#include "sched/inheritance.h"

#include <stddef.h>

#include "abi/errno.h"
#include "core/spinlock.h"
#include "sched/sched.h"
#include "sched/thread_internal.h"

static struct spinlock inheritance_lock = SPINLOCK_INITIALIZER(LOCK_RANK_INHERITANCE);

static uint64_t key_of_priority(unsigned priority)
{
    return REALTIME_PRIORITY_MAX - priority;
}

static void inheritance_link(struct inheritance *wait, struct thread *owner)
{
    wait->owner = owner;
    __atomic_store_n(&wait->node.key, key_of_priority(thread_priority(wait->waiter)), __ATOMIC_RELAXED);
    tree_insert(&owner->heirs, &wait->node);
}

static void inheritance_unlink(struct inheritance *wait)
{
    tree_remove(&wait->owner->heirs, &wait->node);
}

/* From the thread on along the chain, as far as something changes. */
static void inheritance_spread(struct thread *thread)
{
    for (unsigned depth = 0; depth < INHERITANCE_DEPTH_MAX; depth++) {
        const struct tree_node *first = tree_first(&thread->heirs);
        unsigned inherited = first == NULL ? 0 : REALTIME_PRIORITY_MAX - (unsigned)first->key;
        struct inheritance *wait = thread->wait;

        if (inherited != thread->inherited)
            sched_set_inherited(thread, inherited);
        if (wait == NULL || wait->node.key == key_of_priority(thread_priority(thread)))
            return;
        inheritance_unlink(wait);
        inheritance_link(wait, wait->owner);
        thread = wait->owner;
    }
}

/* Whether the chain that begins with `owner` may go on behind `waiter`. */
static bool inheritance_is_possible(const struct thread *waiter, const struct thread *owner)
{
    for (unsigned depth = 0; depth < INHERITANCE_DEPTH_MAX && owner != waiter; depth++) {
        if (owner->wait == NULL)
            return true;
        owner = owner->wait->owner;
    }
    return false;
}

int inheritance_begin(struct inheritance *wait, struct thread *waiter, struct thread *owner)
{
    struct spinlock_state state = spin_lock(&inheritance_lock);
    bool is_possible = inheritance_is_possible(waiter, owner);

    if (is_possible) {
        wait->waiter = waiter;
        waiter->wait = wait;
        inheritance_link(wait, owner);
        inheritance_spread(owner);
    }
    spin_unlock(&inheritance_lock, state);
    return is_possible ? 0 : -EDEADLK;
}

void inheritance_end(struct inheritance *wait)
{
    struct spinlock_state state = spin_lock(&inheritance_lock);

    inheritance_unlink(wait);
    wait->waiter->wait = NULL;
    inheritance_spread(wait->owner);
    spin_unlock(&inheritance_lock, state);
}

void inheritance_move(struct inheritance *wait, struct thread *owner)
{
    struct spinlock_state state = spin_lock(&inheritance_lock);

    inheritance_unlink(wait);
    inheritance_link(wait, owner);
    spin_unlock(&inheritance_lock, state);
}

void inheritance_settle(struct thread *thread)
{
    struct spinlock_state state = spin_lock(&inheritance_lock);

    inheritance_spread(thread);
    spin_unlock(&inheritance_lock, state);
}

bool inheritance_has_heirs(const struct thread *thread)
{
    struct spinlock_state state = spin_lock(&inheritance_lock);
    bool has_heirs = !tree_is_empty(&thread->heirs);

    spin_unlock(&inheritance_lock, state);
    return has_heirs;
}
