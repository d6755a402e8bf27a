/* A waiter lies on its thread's stack, and in the queue until somebody takes it out: the waker, under the
 * owner's lock, or, after a timeout, the thread itself. The thread returns only with that lock held again: so
 * neither waiter nor thread can be gone while a waker still looks at them. */
#include "sched/wait_queue.h"

#include "abi/errno.h"
#include "core/clock.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "sched/wake_timer.h"

struct waiter {
    struct list link;
    struct thread *thread;
    bool is_woken;
};

void wait_queue_init(struct wait_queue *queue)
{
    list_init(&queue->waiters);
}

static void wait_queue_enter(struct wait_queue *queue, struct waiter *waiter)
{
    waiter->thread = thread_current();
    waiter->is_woken = false;
    list_push_back(&queue->waiters, &waiter->link);
}

static void wait_queue_block(struct spinlock *lock, struct spinlock_state *state)
{
    spin_unlock(lock, *state);
    sched_block();
    *state = spin_lock(lock);
}

void wait_queue_sleep(struct wait_queue *queue, struct spinlock *lock, struct spinlock_state *state)
{
    struct waiter waiter;

    wait_queue_enter(queue, &waiter);
    while (!waiter.is_woken)
        wait_queue_block(lock, state);
}

static bool never_interrupted(void)
{
    return false;
}

/* Wait until woken, the deadline, or an interruption. */
static int wait_queue_wait(struct waiter *waiter, struct spinlock *lock, struct spinlock_state *state,
                           uint64_t deadline_ns, bool (*is_interrupted)(void))
{
    const bool has_deadline = clock_tsc_hz() != 0 && deadline_ns != UINT64_MAX;
    struct wake_timer wake;
    int error = 0;

    if (has_deadline)
        wake_timer_start(&wake, deadline_ns);
    while (!waiter->is_woken && error == 0) {
        if (is_interrupted())
            error = -EINTR;
        else if (has_deadline && wake_timer_is_over(&wake, deadline_ns))
            error = -ETIMEDOUT;
        else
            wait_queue_block(lock, state);
    }
    if (has_deadline)
        wake_timer_stop(&wake);
    return error;
}

int wait_queue_sleep_unless(struct wait_queue *queue, struct spinlock *lock, struct spinlock_state *state,
                            uint64_t deadline_ns, bool (*is_interrupted)(void))
{
    struct waiter waiter;

    if (clock_tsc_hz() != 0 && clock_monotonic_ns() >= deadline_ns)
        return -ETIMEDOUT;
    wait_queue_enter(queue, &waiter);
    int error = wait_queue_wait(&waiter, lock, state, deadline_ns, is_interrupted);
    if (error != 0)
        list_remove(&waiter.link);
    return error;
}

int wait_queue_sleep_until(struct wait_queue *queue, struct spinlock *lock, struct spinlock_state *state,
                           uint64_t deadline_ns)
{
    return wait_queue_sleep_unless(queue, lock, state, deadline_ns, never_interrupted);
}

struct thread *wait_queue_first(const struct wait_queue *queue)
{
    return list_is_empty(&queue->waiters)
               ? NULL
               : list_entry(list_first(&queue->waiters), struct waiter, link)->thread;
}

unsigned wait_queue_wake_one(struct wait_queue *queue)
{
    if (list_is_empty(&queue->waiters))
        return 0;
    struct waiter *waiter = list_entry(list_first(&queue->waiters), struct waiter, link);

    list_remove(&waiter->link);
    waiter->is_woken = true;
    sched_wake(waiter->thread);
    return 1;
}

unsigned wait_queue_wake_all(struct wait_queue *queue)
{
    unsigned count = 0;

    while (wait_queue_wake_one(queue) != 0)
        count++;
    return count;
}
