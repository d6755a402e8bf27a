/* Watching nodes: whoever wants to know what happens to a node hangs a watch on it (inotify). What happens to
 * a file is told to its own watches, and with its name to those of the directory where that name is.
 *
 * As long as nobody watches anything, each event costs a look at one counter.
 *
 * Locks: I = set before publication   w = the watches' lock, watch_lock() */
#ifndef LINTEL_FS_WATCH_H
#define LINTEL_FS_WATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/inotify.h"
#include "core/spinlock.h"
#include "lib/list.h"

struct node;

/* One thing that has happened. */
struct watch_event {
    uint32_t mask;    /* one IN_* event, maybe with IN_ISDIR */
    uint32_t cookie;  /* what two events of one move have in common; 0: nothing */
    const char *name; /* in the directory that is watched, not terminated; NULL: of the watched node itself */
    size_t length;
};

struct watch {
    struct list link;  /* [w] in node->watches */
    struct node *node; /* [w] without a reference */
    uint32_t mask;     /* [w] the events that it wants, IN_EXCL_UNLINK, IN_ONESHOT */
    /* [I] What was wanted has happened. Holds: w. */
    void (*tell)(struct watch *watch, const struct watch_event *event);
    /* [I] The watch has been taken off its node, which is no more, or by IN_ONESHOT: it may free itself.
     * Holds: w. */
    void (*ended)(struct watch *watch);
};

/* The lock for all watches and what hangs on them, a spin lock (rank LOCK_RANK_WATCH). */
struct spinlock_state watch_lock(void);
void watch_unlock(struct spinlock_state state);

/* Hang a watch on a node that the caller has a reference to; take it off. Holds: w. */
void watch_add(struct watch *watch, struct node *node);
void watch_remove(struct watch *watch);

/* The watch of a node whose `tell` and owner are asked for by `is_it`; NULL: none. Holds: w. */
struct watch *watch_find(struct node *node, bool (*is_it)(const struct watch *watch, const void *owner),
                         const void *owner);

extern atomic_uint watch_count; /* of all nodes */

static inline bool watch_is_any(void)
{
    return __builtin_expect(atomic_load_explicit(&watch_count, memory_order_relaxed) != 0, 0);
}

/* Something has happened to a node: tell its watches and those of its directory. Context: thread.  Takes: the
 * tree lock.  Sleeps: yes. */
void watch_tell_slowly(struct node *node, uint32_t mask);

static inline void watch_tell(struct node *node, uint32_t mask)
{
    if (watch_is_any())
        watch_tell_slowly(node, mask);
}

/* The same to its own watches only. Context: any. */
void watch_tell_self_slowly(struct node *node, uint32_t mask);

static inline void watch_tell_self(struct node *node, uint32_t mask)
{
    if (watch_is_any())
        watch_tell_self_slowly(node, mask);
}

/* A name has come to a directory, or gone; `mode` is that of the node which has it. Context: any. */
void watch_tell_name_slowly(struct node *directory, const struct watch_event *event, uint32_t mode);

static inline void watch_tell_name(struct node *directory, const char *name, size_t length, uint32_t mask,
                                   uint32_t mode)
{
    const struct watch_event event = {.mask = mask, .name = name, .length = length};

    if (watch_is_any())
        watch_tell_name_slowly(directory, &event, mode);
}

/* A node has moved from one name to another. Holds: the tree lock. */
struct watch_move {
    struct node *from, *to, *node; /* directories; what was moved */
    const char *from_name, *to_name;
    size_t from_length, to_length;
    struct node *replaced; /* what had the name before; NULL: none */
};

void watch_tell_move(const struct watch_move *move);

/* The last reference to a node has gone: its watches go. Context: any. */
void watch_node_gone(struct node *node);

#endif
