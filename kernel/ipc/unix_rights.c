/* Open files that lie in queues of sockets. A file in a queue is kept open by it; so sockets that lie in
 * queues of each other would keep each other open for ever when nobody else has them. The collector finds
 * those: a socket is suspect if all references to its file lie in queues. Of the suspects, those that lie in
 * a queue of one that is none can be reached, and so can what lies in their queues. What is left cannot: its
 * queues are emptied, and the files close.
 *
 * A reference counts as in flight from before it is queued until after it has been taken out: in between the
 * socket is found in fewer queues than it is counted, and so is spared. Who only looks into a queue gets
 * references that are not in flight, maybe to a socket whose references were counted before. Before his call
 * ends, he waits for the collector: so that has counted the call's reference to the socket whose queue it is,
 * and spares what lies there.
 *
 * It runs when a socket is closed, and when many are in flight.
 *
 * Files are closed one after the other, never one within the closing of another, however deeply they lie in
 * each other's queues; and the collector runs when that is done. */
#include "abi/errno.h"
#include "ipc/unix_internal.h"
#include "mm/object_cache.h"
#include "proc/process.h"
#include "proc/user_account.h"

#define COLLECT_FROM 256u /* sockets in flight: more than that have a sender look for lost ones */

#define FILES_IN_FLIGHT_MAX (1u << 28) /* with what descriptors there can be, fewer than a file can count */

/* Locks: a = atomic   r = lock   d = discard_lock */
static struct {
    struct mutex lock;           /* rank LOCK_RANK_SOCKET_RIGHTS */
    struct list in_flight;       /* [r] struct unix_socket.flight_link */
    atomic_uint in_flight_count; /* [r] to change */
    atomic_uint collect_from;    /* [r] to change */
    atomic_uint file_count;      /* [a] files of all kinds in flight */

    struct spinlock discard_lock;  /* rank LOCK_RANK_SOCKET_NAMES */
    struct unix_rights *discarded; /* [d] to be closed */
    bool wants_collection;         /* [d] the collector is to run */
    bool is_closing;               /* [d] somebody does all this */
} rights_state;
static struct object_cache rights_cache;

void unix_rights_setup(void)
{
    object_cache_init(&rights_cache, "unix-rights", sizeof(struct unix_rights), 8);
    mutex_init(&rights_state.lock, LOCK_RANK_SOCKET_RIGHTS);
    list_init(&rights_state.in_flight);
    rights_state.collect_from = COLLECT_FROM;
    spinlock_init(&rights_state.discard_lock, LOCK_RANK_SOCKET_NAMES);
}

struct unix_rights *unix_rights_alloc(void)
{
    struct unix_rights *rights = object_cache_alloc(&rights_cache);

    if (rights != NULL)
        rights->count = 0;
    return rights;
}

void unix_rights_free(struct unix_rights *rights)
{
    for (unsigned i = 0; i < rights->count; i++)
        file_unref(rights->files[i]);
    object_cache_free(&rights_cache, rights);
}

struct unix_rights *unix_rights_copy(const struct unix_rights *rights)
{
    struct unix_rights *copy = unix_rights_alloc();

    if (copy == NULL)
        return NULL;
    for (copy->count = 0; copy->count < rights->count; copy->count++)
        copy->files[copy->count] = file_ref(rights->files[copy->count]);
    return copy;
}

static void flight_change_locked(struct unix_socket *socket, int change)
{
    if (socket->in_flight == 0) {
        list_push_back(&rights_state.in_flight, &socket->flight_link);
        rights_state.in_flight_count++;
    }
    socket->in_flight += (unsigned)change;
    if (socket->in_flight == 0) {
        list_remove(&socket->flight_link);
        rights_state.in_flight_count--;
    }
}

static void rights_change(const struct unix_rights *rights, int change)
{
    mutex_lock(&rights_state.lock);
    for (unsigned i = 0; i < rights->count; i++) {
        struct unix_socket *socket = unix_socket_of_file(rights->files[i]);
        if (socket != NULL)
            flight_change_locked(socket, change);
    }
    mutex_unlock(&rights_state.lock);
}

/* Have the calling process's user pay. Without memory for an account nobody does. */
static int rights_charge(struct unix_rights *rights)
{
    if (atomic_fetch_add(&rights_state.file_count, rights->count) > FILES_IN_FLIGHT_MAX - SCM_MAX_FD) {
        atomic_fetch_sub(&rights_state.file_count, rights->count);
        return -ETOOMANYREFS;
    }
    rights->account = process_account_current();
    if (rights->account == NULL)
        return 0;
    bool has_too_many =
        user_account_used(rights->account, USER_FILES_IN_FLIGHT) > limit_current(RLIMIT_NOFILE) &&
        !identity_is_superuser();
    if (!has_too_many)
        user_account_charge(rights->account, USER_FILES_IN_FLIGHT, rights->count);
    user_account_unref(rights->account);
    if (!has_too_many)
        return 0;
    atomic_fetch_sub(&rights_state.file_count, rights->count);
    return -ETOOMANYREFS;
}

int unix_rights_take_off(struct unix_rights *rights)
{
    int error = rights_charge(rights);

    if (error != 0)
        return error;
    rights_change(rights, 1);
    if (rights_state.in_flight_count > rights_state.collect_from)
        unix_rights_collect();
    return 0;
}

void unix_rights_land(struct unix_rights *rights)
{
    rights_change(rights, -1);
    atomic_fetch_sub(&rights_state.file_count, rights->count);
    if (rights->account != NULL)
        user_account_give_back(rights->account, USER_FILES_IN_FLIGHT, rights->count);
}

void unix_rights_settle(void)
{
    mutex_lock(&rights_state.lock);
    mutex_unlock(&rights_state.lock);
}

/* Put what nobody has received before the rest. */
static void discard_push(struct unix_rights *rights)
{
    struct spinlock_state state = spin_lock(&rights_state.discard_lock);

    rights->next = rights_state.discarded;
    rights_state.discarded = rights;
    spin_unlock(&rights_state.discard_lock, state);
}

/* What is to be done next: close some files, or collect, or nothing any more. Says whether there is. */
static bool discard_next(struct unix_rights **ret_rights)
{
    struct spinlock_state state = spin_lock(&rights_state.discard_lock);
    struct unix_rights *rights = rights_state.discarded;
    bool has_more = rights != NULL || rights_state.wants_collection;

    if (rights != NULL)
        rights_state.discarded = rights->next;
    else
        rights_state.wants_collection = false;
    rights_state.is_closing = has_more;
    spin_unlock(&rights_state.discard_lock, state);
    *ret_rights = rights;
    return has_more;
}

static void collect(void);

/* Close and collect, unless somebody does it now, maybe this very thread: then that one goes on with it. */
static void discard_run(void)
{
    struct spinlock_state state = spin_lock(&rights_state.discard_lock);
    bool is_closing = rights_state.is_closing;
    struct unix_rights *rights;

    rights_state.is_closing = true;
    spin_unlock(&rights_state.discard_lock, state);
    while (!is_closing && discard_next(&rights)) {
        if (rights == NULL) {
            collect();
            continue;
        }
        unix_rights_land(rights);
        unix_rights_free(rights);
    }
}

void unix_rights_discard(struct unix_rights *rights)
{
    discard_push(rights);
    discard_run();
}

void unix_rights_collect(void)
{
    if (rights_state.in_flight_count == 0)
        return;
    struct spinlock_state state = spin_lock(&rights_state.discard_lock);
    rights_state.wants_collection = true;
    spin_unlock(&rights_state.discard_lock, state);
    discard_run();
}

/* The collector */

/* Call visit() for each socket that lies in the queue. Holds: r. */
static void visit_queue(struct unix_socket *socket, void (*visit)(struct unix_socket *found))
{
    mutex_lock(&socket->lock);
    for (struct list *link = socket->queue.next; link != &socket->queue; link = link->next) {
        const struct unix_rights *rights = list_entry(link, struct packet, link)->rights;
        for (unsigned i = 0; rights != NULL && i < rights->count; i++) {
            struct unix_socket *found = unix_socket_of_file(rights->files[i]);
            if (found != NULL)
                visit(found);
        }
    }
    mutex_unlock(&socket->lock);
}

/* A connection that waits to be accepted, the `index`-th, with a reference; NULL: there are fewer. */
static struct unix_socket *waiting_connection(struct unix_socket *listener, unsigned index)
{
    struct unix_socket *found = NULL;

    mutex_lock(&listener->lock);
    struct list *link = listener->accept_queue.next;
    while (index-- > 0 && link != &listener->accept_queue)
        link = link->next;
    if (link != &listener->accept_queue)
        found = unix_ref(list_entry(link, struct unix_socket, accept_link));
    mutex_unlock(&listener->lock);
    return found;
}

/* The same with the queues of connections that wait to be accepted: nobody else has those. */
static void visit_all(struct unix_socket *socket, void (*visit)(struct unix_socket *found))
{
    struct unix_socket *waiting;

    visit_queue(socket, visit);
    for (unsigned i = 0; (waiting = waiting_connection(socket, i)) != NULL; i++) {
        visit_queue(waiting, visit);
        unix_unref(waiting);
    }
}

static void count_found(struct unix_socket *found)
{
    found->found_in_flight++;
}

/* Suspects that have turned out to be reachable, whose queues are to be looked at: at the list's front. */
static void spare(struct unix_socket *found)
{
    if (!found->is_suspect)
        return;
    found->is_suspect = false;
    list_remove(&found->flight_link);
    list_push_front(&rights_state.in_flight, &found->flight_link);
    found->found_in_flight = UINT32_MAX; /* to be looked at */
}

static void find_suspects(void)
{
    struct list *head = &rights_state.in_flight;

    for (struct list *link = head->next; link != head; link = link->next) {
        struct unix_socket *socket = list_entry(link, struct unix_socket, flight_link);
        socket->is_suspect = ref_count_get(&socket->file->references) == socket->in_flight;
        socket->found_in_flight = 0;
    }
    for (struct list *link = head->next; link != head; link = link->next) {
        struct unix_socket *socket = list_entry(link, struct unix_socket, flight_link);
        if (socket->is_suspect)
            visit_all(socket, count_found);
    }
}

/* Spare those that lie in queues of others than suspects, and all that can be reached from them. */
static void spare_reachable(void)
{
    struct list *head = &rights_state.in_flight, *next;

    for (struct list *link = head->next; link != head; link = next) {
        struct unix_socket *socket = list_entry(link, struct unix_socket, flight_link);
        next = link->next;
        if (socket->is_suspect && socket->found_in_flight < socket->in_flight)
            spare(socket);
    }
    for (;;) {
        struct unix_socket *socket = list_entry(head->next, struct unix_socket, flight_link);
        if (head->next == head || socket->found_in_flight != UINT32_MAX)
            return;
        socket->found_in_flight = 0;
        list_remove(&socket->flight_link);
        list_push_back(head, &socket->flight_link);
        visit_all(socket, spare);
    }
}

/* Take the files out of a queue; returns them before those in `taken`. Holds: r. */
static struct unix_rights *take_rights(struct unix_socket *socket, struct unix_rights *taken)
{
    mutex_lock(&socket->lock);
    for (struct list *link = socket->queue.next; link != &socket->queue; link = link->next) {
        struct packet *packet = list_entry(link, struct packet, link);
        if (packet->rights == NULL)
            continue;
        packet->rights->next = taken;
        taken = packet->rights;
        packet->rights = NULL;
    }
    mutex_unlock(&socket->lock);
    return taken;
}

static struct unix_rights *take_lost(void)
{
    struct list *head = &rights_state.in_flight;
    struct unix_rights *taken = NULL;
    struct unix_socket *waiting;

    for (struct list *link = head->next; link != head; link = link->next) {
        struct unix_socket *socket = list_entry(link, struct unix_socket, flight_link);
        if (!socket->is_suspect)
            continue;
        taken = take_rights(socket, taken);
        for (unsigned i = 0; (waiting = waiting_connection(socket, i)) != NULL; i++) {
            taken = take_rights(waiting, taken);
            unix_unref(waiting);
        }
    }
    return taken;
}

static void collect(void)
{
    mutex_lock(&rights_state.lock);
    find_suspects();
    spare_reachable();
    struct unix_rights *taken = take_lost();
    rights_state.collect_from = rights_state.in_flight_count * 2 + COLLECT_FROM;
    mutex_unlock(&rights_state.lock);
    while (taken != NULL) {
        struct unix_rights *rights = taken;
        taken = rights->next;
        discard_push(rights);
    }
}
