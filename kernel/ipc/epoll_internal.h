/* What the files of epoll share. */
#ifndef LINTEL_IPC_EPOLL_INTERNAL_H
#define LINTEL_IPC_EPOLL_INTERNAL_H

#include "core/ref_count.h"
#include "ipc/epoll.h"
#include "lib/tree.h"
#include "sched/wait_queue.h"

#define EPOLL_EVENTS                                                                                      \
    (POLLIN | POLLPRI | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLRDBAND | POLLWRNORM | POLLWRBAND | \
     POLLRDHUP)
#define EPOLL_EVENTS_ALWAYS (POLLERR | POLLHUP)
#define EPOLL_WITH_EXCLUSIVE (POLLIN | POLLOUT | POLLERR | POLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)

/* Locks: I = set before publication   a = atomic   t = the topology lock   e = epoll.lock
 *        y = epoll.ready_lock */
struct epoll {
    struct readiness_relay relay; /* who waits for the instance as a file */
    struct ref_count references;  /* the open file's, and those of relays on their way */
    struct file *file;            /* [I] the open file */
    struct mutex lock;            /* rank LOCK_RANK_EPOLL */
    struct tree items;            /* [e] to look at, [t] and [e] to change: by descriptor */
    struct spinlock ready_lock;   /* rank LOCK_RANK_EPOLL_READY */
    struct list ready;            /* [y] struct epoll_item.ready_link; taken out with e held */
    struct wait_queue waiters;    /* [y] */
    struct user_account
        *account;   /* [I] who made it and pays for its items; NULL: nobody, for want of memory */
    uint64_t check; /* [t] the check of nesting that has been here */
    unsigned depth; /* [t] what it found */
};

struct epoll_item {
    struct tree_node node; /* [e] the key is the descriptor */
    struct poll_hook hook;
    struct epoll *epoll;    /* [I] */
    struct file *file;      /* [I] without a reference: the item goes when it is closed */
    struct list watch_link; /* [t] in file->watches */
    struct list ready_link; /* [y] */
    bool is_ready;          /* [y] */
    atomic_uint events;     /* [a] changed under e: what is wanted, and flags; no event at all: disabled */
    uint64_t data;          /* [e] */
};

/* What watches what: rank LOCK_RANK_EPOLL_TOPOLOGY. */
extern struct mutex epoll_topology;

/* The instance that the file is; NULL: it is something else. */
struct epoll *epoll_of_file(const struct file *file);

/* Of a file that has changed: struct poll_hook.notify. */
struct readiness_relay *epoll_item_notify(struct poll_hook *hook);

/* Put an item that has something to begin with into the list, and wake who waits. Context: thread. */
void epoll_item_announce(struct epoll_item *item);

/* What the item's file has of what is wanted; `hook` as for file_poll(). Holds: epoll->lock. */
uint32_t epoll_item_look(struct epoll_item *item, struct poll_hook *hook);

/* Whether an item is in the list, which may be out of date at once. */
bool epoll_has_ready(struct epoll *epoll);

/* Whether there is an event: the item that has one comes first then. Holds: epoll->lock. */
bool epoll_has_event(struct epoll *epoll);

/* Whether `outer` may watch `inner`. Errors: -ELOOP. Holds: the topology lock. */
int epoll_check_nesting(struct epoll *outer, struct epoll *inner);

#endif
