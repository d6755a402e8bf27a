/* A wake-up is never lost: the hook is counted before the waiter looks at `changes` or the state; a signaller
 * has changed the state and counts the change before it looks at the count of hooks. All this is in the one
 * order that all CPUs agree on (seq_cst): one of the two sees the other. And sched_wake() to a thread that
 * does not block yet makes its next sched_block() return at once.
 *
 * So a signal that nobody waits for takes no lock. */
#include "fs/poll.h"

#include <stddef.h>

#include "abi/errno.h"
#include "sched/sched.h"
#include "sched/thread.h"
#include "sched/wake_timer.h"

#define EVENTS_ALL (~0u)

static bool (*thread_is_interrupted)(void); /* set once */

struct thread_hook {
    struct poll_hook base;
    struct poll_sleeper sleeper;
};

void readiness_init(struct readiness *readiness)
{
    spinlock_init(&readiness->lock, LOCK_RANK_WAIT_QUEUE);
    list_init(&readiness->hooks);
    atomic_init(&readiness->hook_count, 0);
    atomic_init(&readiness->changes, 0);
}

void readiness_add(struct readiness *readiness, struct poll_hook *hook)
{
    struct spinlock_state state = spin_lock(&readiness->lock);

    hook->readiness = readiness;
    list_push_back(&readiness->hooks, &hook->link);
    atomic_fetch_add(&readiness->hook_count, 1);
    spin_unlock(&readiness->lock, state);
}

void readiness_remove(struct poll_hook *hook)
{
    if (hook->readiness == NULL)
        return;
    struct spinlock_state state = spin_lock(&hook->readiness->lock);
    struct readiness *readiness = hook->readiness;

    list_remove(&hook->link);
    atomic_fetch_sub(&readiness->hook_count, 1);
    hook->readiness = NULL;
    spin_unlock(&readiness->lock, state);
}

void readiness_set_events(struct poll_hook *hook, unsigned events)
{
    if (hook->readiness == NULL) {
        hook->events = events;
        return;
    }
    struct spinlock_state state = spin_lock(&hook->readiness->lock);

    hook->events = events;
    spin_unlock(&hook->readiness->lock, state);
}

/* Put a relay before those that are to be signalled. One that is pending already, here or elsewhere, will be
 * signalled after this. */
static struct readiness_relay *relay_push(struct readiness_relay *pending, struct readiness_relay *relay)
{
    if (atomic_exchange(&relay->is_pending, true)) {
        relay->put(relay);
        return pending;
    }
    relay->next = pending;
    return relay;
}

/* Tell the hooks; returns `pending` with what they want to be signalled next. */
static struct readiness_relay *readiness_tell(struct readiness *readiness, unsigned events,
                                              struct readiness_relay *pending)
{
    struct spinlock_state state = spin_lock(&readiness->lock);
    bool is_taken = false;

    for (struct list *link = readiness->hooks.next; link != &readiness->hooks; link = link->next) {
        struct poll_hook *hook = list_entry(link, struct poll_hook, link);
        if ((hook->events != 0 && (hook->events & events) == 0) || (hook->is_exclusive && is_taken))
            continue;
        struct readiness_relay *relay = hook->notify(hook);
        is_taken |= hook->is_exclusive && hook->has_woken;
        if (relay != NULL)
            pending = relay_push(pending, relay);
    }
    spin_unlock(&readiness->lock, state);
    return pending;
}

void readiness_signal_events(struct readiness *readiness, unsigned events)
{
    atomic_fetch_add(&readiness->changes, 1);
    if (!readiness_has_hooks(readiness))
        return;
    struct readiness_relay *pending = readiness_tell(readiness, events, NULL);

    while (pending != NULL) {
        struct readiness_relay *relay = pending;
        pending = relay->next;
        atomic_store(&relay->is_pending, false);
        atomic_fetch_add(&relay->readiness.changes, 1);
        pending = readiness_tell(&relay->readiness, EVENTS_ALL, pending);
        relay->put(relay);
    }
}

void readiness_signal(struct readiness *readiness)
{
    readiness_signal_events(readiness, EVENTS_ALL);
}

uint64_t readiness_changes(struct readiness *readiness)
{
    return atomic_load(&readiness->changes);
}

void poll_sleeper_init(struct poll_sleeper *sleeper)
{
    sleeper->thread = thread_current();
    atomic_init(&sleeper->is_woken, false);
}

void poll_sleeper_wake(struct poll_sleeper *sleeper)
{
    if (!atomic_exchange(&sleeper->is_woken, true))
        sched_wake(sleeper->thread);
}

static bool sleeper_is_interrupted(void)
{
    return thread_is_interrupted != NULL && thread_is_interrupted();
}

static int sleeper_wait_timed(struct poll_sleeper *sleeper, uint64_t deadline_ns)
{
    struct wake_timer wake;
    int error = 0;

    wake_timer_start(&wake, deadline_ns);
    while (error == 0 && !atomic_exchange(&sleeper->is_woken, false)) {
        if (sleeper_is_interrupted())
            error = -ERESTARTSYS;
        else if (wake_timer_is_over(&wake, deadline_ns))
            error = -ETIMEDOUT;
        else
            sched_block();
    }
    wake_timer_stop(&wake);
    return error;
}

int poll_sleeper_wait(struct poll_sleeper *sleeper, uint64_t deadline_ns)
{
    if (deadline_ns != UINT64_MAX && clock_tsc_hz() != 0)
        return sleeper_wait_timed(sleeper, deadline_ns);
    while (!atomic_exchange(&sleeper->is_woken, false)) {
        if (sleeper_is_interrupted())
            return -ERESTARTSYS;
        sched_block();
    }
    return 0;
}

static struct readiness_relay *thread_hook_notify(struct poll_hook *hook)
{
    poll_sleeper_wake(&((struct thread_hook *)hook)->sleeper);
    return NULL;
}

int readiness_wait_until(struct readiness *readiness, uint64_t changes, unsigned events, uint64_t deadline_ns)
{
    struct thread_hook hook = {.base = {.notify = thread_hook_notify, .events = events}};

    if (readiness_changes(readiness) != changes)
        return 0;
    poll_sleeper_init(&hook.sleeper);
    readiness_add(readiness, &hook.base);
    int error = readiness_changes(readiness) != changes ? 0 : poll_sleeper_wait(&hook.sleeper, deadline_ns);
    readiness_remove(&hook.base);
    return error;
}

int readiness_wait(struct readiness *readiness, uint64_t changes)
{
    return readiness_wait_until(readiness, changes, 0, UINT64_MAX);
}

void readiness_set_interrupted(bool (*is_interrupted)(void))
{
    thread_is_interrupted = is_interrupted;
}
