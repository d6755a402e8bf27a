/* What users have in use, whichever of their processes it is: some limits are of a user, not of a process. An
 * account is there as long as anybody has a reference to it, or something is charged to it.
 *
 * Locks: I = set before publication   a = atomic   u = the accounts' lock
 * Context of all functions: any but NMI.  Takes: the accounts' lock (rank LOCK_RANK_USER_ACCOUNT).  Sleeps:
 * no. */
#ifndef LINTEL_PROC_USER_ACCOUNT_H
#define LINTEL_PROC_USER_ACCOUNT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/ref_count.h"
#include "lib/tree.h"

enum user_resource {
    USER_SIGNALS,         /* that are queued with siginfo, and timers of timer_create(): RLIMIT_SIGPENDING */
    USER_FILES_IN_FLIGHT, /* open files that lie in queues of sockets: RLIMIT_NOFILE */
    USER_EPOLL_WATCHES,
    USER_INOTIFY_INSTANCES,
    USER_INOTIFY_WATCHES,
    USER_INOTIFY_EVENTS, /* in the queues of all instances */
    USER_RESOURCE_COUNT
};

struct user_account {
    struct tree_node node; /* [u] the key is the user ID */
    struct ref_count references;
    atomic_uint used[USER_RESOURCE_COUNT]; /* [a] */
};

/* Set up. Context: early boot, once. */
void user_account_setup(void);

/* The account of a user, made if there is none, with a reference. NULL: no memory. */
struct user_account *user_account_get(uint32_t uid);

struct user_account *user_account_ref(struct user_account *account);
void user_account_unref(struct user_account *account);

static inline uint32_t user_account_uid(const struct user_account *account)
{
    return (uint32_t)account->node.key;
}

static inline unsigned user_account_used(const struct user_account *account, enum user_resource resource)
{
    return atomic_load_explicit(&account->used[resource], memory_order_relaxed);
}

/* `count` more are in use; the account stays until they are given back. */
void user_account_charge(struct user_account *account, enum user_resource resource, unsigned count);
void user_account_give_back(struct user_account *account, enum user_resource resource, unsigned count);

/* One more, unless there are `limit` already. Says whether it was charged. */
bool user_account_charge_within(struct user_account *account, enum user_resource resource, uint64_t limit);

#endif
