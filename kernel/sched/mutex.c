/* The owner word decides who holds the mutex; the queue, under its spin lock, is only for those who sleep.
 * unlock: owner = NULL, then look at waiter_count.  sleeper: waiter_count++, then look at the owner. Both in
 * the one order that all CPUs agree on (seq_cst): one of the two sees the other.
 *
 * Whoever comes by may take a free mutex before a woken sleeper has got to it: that is fast, and unfair. So a
 * sleeper that was woken in vain asks for the next unlock to hand the mutex over to the first of the queue.
 */
#include "sched/mutex.h"

#include "arch/x86_64/cpu.h"
#include "sched/sched.h"
#include "sched/thread.h"

#define MUTEX_SPINS_MAX 400 /* pauses: some microseconds, about what two switches of threads take */

void mutex_init(struct mutex *mutex, enum lock_rank rank)
{
    (void)rank; /* unused where locks are not checked */
    *mutex = (struct mutex)MUTEX_INITIALIZER(*mutex, rank);
}

static bool mutex_take(struct mutex *mutex)
{
    struct thread *nobody = NULL;

    return atomic_compare_exchange_strong(&mutex->owner, &nobody, thread_current());
}

/* Wait while the holder runs: it is about to be through. It may be gone by the time it is looked at: its
 * structure is in memory still, and what it says is a hint. */
static bool mutex_spin(struct mutex *mutex)
{
    for (int i = 0; i < MUTEX_SPINS_MAX; i++) {
        struct thread *owner = atomic_load_explicit(&mutex->owner, memory_order_relaxed);
        if (owner == NULL && mutex_take(mutex))
            return true;
        if (owner != NULL && !sched_is_running(owner))
            return false;
        cpu_pause();
    }
    return false;
}

static void mutex_sleep(struct mutex *mutex)
{
    bool was_woken = false;
    struct spinlock_state state = spin_lock(&mutex->lock);

    atomic_fetch_add(&mutex->waiter_count, 1);
    while (atomic_load(&mutex->owner) != thread_current() && !mutex_take(mutex)) {
        mutex->must_hand_over |= was_woken;
        wait_queue_sleep(&mutex->waiters, &mutex->lock, &state);
        was_woken = true;
    }
    atomic_fetch_sub(&mutex->waiter_count, 1);
    spin_unlock(&mutex->lock, state);
}

bool mutex_try_lock(struct mutex *mutex)
{
    if (!mutex_take(mutex))
        return false;
    lock_rank_take_mutex(&mutex->lock_rank, __builtin_return_address(0));
    return true;
}

void mutex_lock(struct mutex *mutex)
{
    lock_rank_want_mutex(&mutex->lock_rank, __builtin_return_address(0));
    if (!mutex_take(mutex) && !mutex_spin(mutex))
        mutex_sleep(mutex);
    lock_rank_take_mutex(&mutex->lock_rank, __builtin_return_address(0));
}

static void mutex_hand_over(struct mutex *mutex)
{
    struct spinlock_state state = spin_lock(&mutex->lock);
    bool must_hand_over = mutex->must_hand_over;

    mutex->must_hand_over = false;
    atomic_store(&mutex->owner, must_hand_over ? wait_queue_first(&mutex->waiters) : NULL);
    (void)wait_queue_wake_one(&mutex->waiters);
    spin_unlock(&mutex->lock, state);
}

static void mutex_wake(struct mutex *mutex)
{
    struct spinlock_state state = spin_lock(&mutex->lock);

    (void)wait_queue_wake_one(&mutex->waiters);
    spin_unlock(&mutex->lock, state);
}

void mutex_unlock(struct mutex *mutex)
{
    lock_rank_release_mutex(&mutex->lock_rank, __builtin_return_address(0));
    if (atomic_load(&mutex->waiter_count) != 0) {
        mutex_hand_over(mutex);
        return;
    }
    atomic_store(&mutex->owner, NULL);
    if (atomic_load(&mutex->waiter_count) != 0)
        mutex_wake(mutex);
}
