/* Waiting for files: each file that can be waited for has one `struct readiness`, which says when its state
 * has changed. Who waits for several (poll, select, epoll) hangs a hook on each of them; a thread that waits
 * for one (a read) does by readiness_wait().
 *
 *     several:  for each file: mask = file_poll(file, &hook[i])   the hook is on before the state is looked
 * at while no mask is of interest: block; ask again with file_poll(file, NULL) for each hook:
 * readiness_remove(&hook[i])         while there is still a reference to the file
 *
 * A waiter is told that something has changed, not what: it looks again. */
#ifndef LINTEL_FS_POLL_H
#define LINTEL_FS_POLL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/spinlock.h"
#include "lib/list.h"

/* Locks: r = readiness.lock */
struct readiness {
    struct spinlock lock; /* rank LOCK_RANK_WAIT_QUEUE */
    struct list hooks;    /* [r] */
    uint64_t changes;     /* [r] so far */
};

struct poll_hook {
    struct list link;
    struct readiness *readiness; /* that it hangs on; NULL: none */
    /* Called at each change, with readiness.lock held: may wake a thread and set a flag, no more. */
    void (*notify)(struct poll_hook *hook);
};

void readiness_init(struct readiness *readiness);

/* Hang a hook on, whose notify is set; take it off, if it hangs anywhere. Context: thread. */
void readiness_add(struct readiness *readiness, struct poll_hook *hook);
void readiness_remove(struct poll_hook *hook);

/* The state has changed: tell all. Context: any but NMI. */
void readiness_signal(struct readiness *readiness);

/* Wait for a change since *changes was what readiness_changes() returned, which the caller asked before he
 * looked at the state. Errors: -ERESTARTSYS (a signal is to be delivered). Context: thread, no lock held.
 * Sleeps: yes. */
uint64_t readiness_changes(struct readiness *readiness);
int readiness_wait(struct readiness *readiness, uint64_t changes);

/* Who knows of signals says here how to ask whether one is pending for the calling thread. Whoever makes one
 * pending wakes the thread afterwards, by sched_wake() or sched_interrupt(). Until then nothing interrupts.
 * Context: early boot. */
void readiness_set_interrupted(bool (*is_interrupted)(void));

#endif
