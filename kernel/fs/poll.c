/* A wake-up is never lost: the hook hangs on before `changes` is compared, and sched_wake() to a thread that
 * does not block yet makes its next sched_block() return at once. */
#include "fs/poll.h"

#include <stddef.h>

#include "abi/errno.h"
#include "sched/sched.h"
#include "sched/thread.h"

static bool (*thread_is_interrupted)(void); /* set once */

struct thread_hook {
    struct poll_hook base;
    struct thread *thread;
};

void readiness_init(struct readiness *readiness)
{
    spinlock_init(&readiness->lock, LOCK_RANK_WAIT_QUEUE);
    list_init(&readiness->hooks);
    readiness->changes = 0;
}

void readiness_add(struct readiness *readiness, struct poll_hook *hook)
{
    struct spinlock_state state = spin_lock(&readiness->lock);

    hook->readiness = readiness;
    list_push_back(&readiness->hooks, &hook->link);
    spin_unlock(&readiness->lock, state);
}

void readiness_remove(struct poll_hook *hook)
{
    if (hook->readiness == NULL)
        return;
    struct spinlock_state state = spin_lock(&hook->readiness->lock);
    struct readiness *readiness = hook->readiness;

    list_remove(&hook->link);
    hook->readiness = NULL;
    spin_unlock(&readiness->lock, state);
}

void readiness_signal(struct readiness *readiness)
{
    struct spinlock_state state = spin_lock(&readiness->lock);

    readiness->changes++;
    for (struct list *link = readiness->hooks.next; link != &readiness->hooks; link = link->next) {
        struct poll_hook *hook = list_entry(link, struct poll_hook, link);
        hook->notify(hook);
    }
    spin_unlock(&readiness->lock, state);
}

uint64_t readiness_changes(struct readiness *readiness)
{
    struct spinlock_state state = spin_lock(&readiness->lock);
    uint64_t changes = readiness->changes;

    spin_unlock(&readiness->lock, state);
    return changes;
}

static void thread_hook_notify(struct poll_hook *hook)
{
    sched_wake(((struct thread_hook *)hook)->thread);
}

int readiness_wait(struct readiness *readiness, uint64_t changes)
{
    struct thread_hook hook = {.base = {.notify = thread_hook_notify}, .thread = thread_current()};
    int error = 0;

    readiness_add(readiness, &hook.base);
    while (error == 0 && readiness_changes(readiness) == changes) {
        if (thread_is_interrupted != NULL && thread_is_interrupted())
            error = -ERESTARTSYS;
        else
            sched_block();
    }
    readiness_remove(&hook.base);
    return error;
}

void readiness_set_interrupted(bool (*is_interrupted)(void))
{
    thread_is_interrupted = is_interrupted;
}
