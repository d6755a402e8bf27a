#include "fs/deferred.h"

#include <stddef.h>

#include "core/spinlock.h"
#include "sched/thread.h"
#include "sched/wait_queue.h"

/* Locks: d = lock */
static struct {
    struct spinlock lock;      /* rank LOCK_RANK_FS_DEFERRED */
    struct fs_deferred *items; /* [d] */
    struct wait_queue waiters; /* [d] the thread */
} deferred = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_FS_DEFERRED),
              .waiters = WAIT_QUEUE_INITIALIZER(deferred.waiters)};

void fs_defer(struct fs_deferred *item, void (*run)(struct fs_deferred *item))
{
    struct spinlock_state state = spin_lock(&deferred.lock);

    item->run = run;
    item->next = deferred.items;
    deferred.items = item;
    (void)wait_queue_wake_all(&deferred.waiters);
    spin_unlock(&deferred.lock, state);
}

static struct fs_deferred *wait_for_items(void)
{
    struct spinlock_state state = spin_lock(&deferred.lock);

    while (deferred.items == NULL)
        wait_queue_sleep(&deferred.waiters, &deferred.lock, &state);
    struct fs_deferred *items = deferred.items;
    deferred.items = NULL;
    spin_unlock(&deferred.lock, state);
    return items;
}

static void run_deferred(void *argument)
{
    (void)argument;
    for (;;) {
        struct fs_deferred *next;
        for (struct fs_deferred *item = wait_for_items(); item != NULL; item = next) {
            next = item->next;
            item->run(item);
        }
    }
}

int fs_deferred_start(void)
{
    static const struct thread_options options = {.is_detached = true};

    return thread_create("fs-deferred", run_deferred, NULL, &options, NULL);
}
