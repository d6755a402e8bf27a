/* Priority inheritance: a thread that has what others wait for is as important as the most important of them.
 *
 * Terms:  a thread's heirs are those who wait for something that it has. It runs at their highest real-time
 *         priority if that is above its own; so do, if it waits itself, those who it waits for, and so on: a
 *         chain. Nice levels are not passed on.
 * Always: chains end. Who would close a ring is told so and does not wait.
 *
 * One lock for the whole: only those come here who wait, or let somebody go on, and who change priorities.
 *
 * Context of all functions: any but NMI; both threads exist.  Takes: the lock of all this, run queues' locks.
 * A wait begins, changes and ends under a lock of the caller's, always the same one for one thing. */
#ifndef LINTEL_SCHED_INHERITANCE_H
#define LINTEL_SCHED_INHERITANCE_H

#include <stdbool.h>

#include "lib/tree.h"
#include "sched/run_queue.h"

/* A chain that is longer is refused as if it were a ring, and no priority goes further: Linux's bound. */
#define INHERITANCE_DEPTH_MAX 1024u

struct thread;

/* One wait. Locks: i = the lock of inheritance.c   c = to change it, i and the caller's; to read it, one. */
struct inheritance {
    struct tree_node node; /* [i] in its owner's heirs: the higher the priority, the lower the key */
    struct thread *waiter; /* [I] */
    struct thread *owner;  /* [c] */
};

/* `waiter`, which waits for nothing else, begins to wait for what `owner` has. Errors: -EDEADLK (the owner
 * waits for the waiter, itself or through others; or the chain is too long). */
int inheritance_begin(struct inheritance *wait, struct thread *waiter, struct thread *owner);

/* The wait is over. */
void inheritance_end(struct inheritance *wait);

/* What is waited for is another thread's now; neither's priority is touched before inheritance_settle(). */
void inheritance_move(struct inheritance *wait, struct thread *owner);

/* The thread's own priority has changed, or its heirs have: give it what it inherits, and pass that on. */
void inheritance_settle(struct thread *thread);

/* Whether anybody waits for something that the thread has. */
bool inheritance_has_heirs(const struct thread *thread);

/* The waiter's real-time priority, 0 if it has none: a moment ago. */
static inline unsigned inheritance_priority(const struct inheritance *wait)
{
    return REALTIME_PRIORITY_MAX - (unsigned)__atomic_load_n(&wait->node.key, __ATOMIC_RELAXED);
}

#endif
