/* Waiting for files: each file that can be waited for has one `struct readiness`, which says when its state
 * has changed. Who waits for several (poll, select, epoll) hangs a hook on each of them; a thread that waits
 * for one (a read) does by readiness_wait().
 *
 *     several:  for each file: mask = file_poll(file, &hook[i])   the hook is on before the state is looked
 * at while no mask is of interest: block; ask again with file_poll(file, NULL) for each hook:
 * readiness_remove(&hook[i])         while there is still a reference to the file
 *
 * A waiter is told that something has changed and, roughly, what (POLL*): it looks again. */
#ifndef LINTEL_FS_POLL_H
#define LINTEL_FS_POLL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/spinlock.h"
#include "lib/list.h"

struct thread;

/* Locks: r = readiness.lock   a = atomic */
struct readiness {
    struct spinlock lock;      /* rank LOCK_RANK_WAIT_QUEUE */
    struct list hooks;         /* [r] */
    atomic_uint hook_count;    /* [a] changed under r */
    _Atomic(uint64_t) changes; /* [a] so far */
};

/* A readiness whose changes follow from those of others: an epoll instance that something else waits for. It
 * is signalled when the one that it follows from is unlocked again: locks do not nest, however deep epolls
 * do. Locks: p = whoever has set is_pending */
struct readiness_relay {
    struct readiness readiness;
    struct readiness_relay *next;               /* [p] */
    atomic_bool is_pending;                     /* [a] */
    void (*put)(struct readiness_relay *relay); /* gives the reference back that notify() took */
};

struct poll_hook {
    struct list link;
    struct readiness *readiness; /* that it hangs on; NULL: none */
    unsigned events;             /* POLL* that it wants to be told of; 0: all */
    bool
        is_exclusive; /* set before it is hung on: of a readiness's exclusive hooks each change is told to one
                       * after the other, until has_woken says that one has a thread that takes care of it */
    bool has_woken;   /* [r] notify()'s to set, of an exclusive hook */
    /* Called at each change, with readiness.lock held: may wake a thread and set a flag, no more. Returns
     * what is to be signalled next, with a reference; NULL: nothing. */
    struct readiness_relay *(*notify)(struct poll_hook *hook);
};

void readiness_init(struct readiness *readiness);

/* Hang a hook on, whose notify is set; take it off, if it hangs anywhere. Context: thread. */
void readiness_add(struct readiness *readiness, struct poll_hook *hook);
void readiness_remove(struct poll_hook *hook);

/* Change what a hook wants to be told of, wherever it hangs; what is true already is the caller's to see
 * afterwards. */
void readiness_set_events(struct poll_hook *hook, unsigned events);

/* Whether anything hangs there: for those who know under a lock that nothing can be hung on unseen. */
static inline bool readiness_has_hooks(struct readiness *readiness)
{
    return atomic_load(&readiness->hook_count) != 0;
}

/* The state has changed: tell all; or those who want one of these events. What has become true must be in
 * `events`. Context: any but NMI. */
void readiness_signal(struct readiness *readiness);
void readiness_signal_events(struct readiness *readiness, unsigned events);

/* Wait for a change since *changes was what readiness_changes() returned, which the caller asked before he
 * looked at the state. Errors: -ERESTARTSYS (a signal is to be delivered). Context: thread, no lock held.
 * Sleeps: yes. */
uint64_t readiness_changes(struct readiness *readiness);
int readiness_wait(struct readiness *readiness, uint64_t changes);

/* The same for a change of one of these events, not beyond deadline_ns (UINT64_MAX: no deadline).
 * Errors: -ERESTARTSYS, -ETIMEDOUT. */
int readiness_wait_until(struct readiness *readiness, uint64_t changes, unsigned events,
                         uint64_t deadline_ns);

/* A thread that hooks wake. It blocks until one has, since it was made or looked last: 0, -ETIMEDOUT,
 * -ERESTARTSYS. */
struct poll_sleeper {
    struct thread *thread;
    atomic_bool is_woken;
};

void poll_sleeper_init(struct poll_sleeper *sleeper); /* the calling thread */
void poll_sleeper_wake(struct poll_sleeper *sleeper);
int poll_sleeper_wait(struct poll_sleeper *sleeper, uint64_t deadline_ns);

/* Who knows of signals says here how to ask whether one is pending for the calling thread. Whoever makes one
 * pending wakes the thread afterwards, by sched_wake() or sched_interrupt(). Until then nothing interrupts.
 * Context: early boot. */
void readiness_set_interrupted(bool (*is_interrupted)(void));

#endif
