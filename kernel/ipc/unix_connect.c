/* How connections come about, and how they are shut down. A connection's far end is made by connect(), and
 * waits with the listening socket until it is accepted; bytes can be sent to it meanwhile. */
#include "abi/errno.h"
#include "ipc/unix_internal.h"

int unix_listen(struct unix_socket *socket, int backlog)
{
    int error = 0;

    if (socket->type == SOCK_DGRAM)
        return -EOPNOTSUPP;
    if (socket->name == NULL)
        return -EINVAL;
    mutex_lock(&socket->lock);
    if (socket->state != UNIX_FRESH && socket->state != UNIX_LISTENING) {
        error = -EINVAL;
    } else {
        socket->backlog = backlog < 0 || backlog > SOMAXCONN ? SOMAXCONN : (unsigned)backlog;
        socket->owner = unix_credentials_current();
        socket->state = UNIX_LISTENING;
    }
    mutex_unlock(&socket->lock);
    readiness_signal_events(&socket->readiness, UNIX_WRITABLE); /* there may be more room */
    return error;
}

/* FRESH becomes CONNECTING: nobody else changes the socket from now on. */
static int connect_begin(struct unix_socket *socket)
{
    enum unix_state state = UNIX_FRESH;

    if (atomic_compare_exchange_strong(&socket->state, &state, UNIX_CONNECTING))
        return 0;
    if (state == UNIX_CONNECTING)
        return -EALREADY;
    return state == UNIX_CONNECTED ? -EISCONN : -EINVAL;
}

/* Wait until the listener takes one more. Holds: listener->lock. */
static int connect_wait_locked(struct unix_socket *listener, uint64_t deadline_ns)
{
    for (;;) {
        if (listener->is_dead || listener->state != UNIX_LISTENING ||
            (listener->shutdown & UNIX_SHUT_RECEIVE) != 0)
            return -ECONNREFUSED;
        if (listener->accept_count <= listener->backlog)
            return 0;
        int error = unix_wait_locked(&listener->lock, &listener->readiness, UNIX_WRITABLE, deadline_ns);
        if (error != 0)
            return error;
    }
}

/* Join `socket` and the connection's other end, and queue that. Holds: listener->lock. */
static void connect_join_locked(struct unix_socket *socket, struct unix_socket *listener,
                                struct unix_socket *other)
{
    other->peer = unix_ref(socket);
    other->peer_credentials = unix_credentials_current();
    other->state = UNIX_CONNECTED;
    unix_name_inherit(other, listener);
    socket->peer = unix_ref(other);
    socket->peer_credentials = listener->owner;
    socket->state = UNIX_CONNECTED;
    list_push_back(&listener->accept_queue, &other->accept_link);
    listener->accept_count++;
}

static int connect_to_listener(struct unix_socket *socket, struct unix_socket *listener, uint64_t deadline_ns)
{
    struct unix_socket *other = unix_socket_new(socket->type);

    if (other == NULL)
        return -ENOMEM;
    mutex_lock(&listener->lock);
    int error = connect_wait_locked(listener, deadline_ns);
    if (error == 0)
        connect_join_locked(socket, listener, other);
    mutex_unlock(&listener->lock);
    if (error != 0) {
        unix_unref(other);
        return error;
    }
    readiness_signal_events(&listener->readiness, UNIX_READABLE);
    readiness_signal(&socket->readiness);
    return 0;
}

static int connect_stream(struct unix_socket *socket, const struct unix_address *address,
                          const struct path_context *context, bool waits)
{
    uint64_t deadline_ns = waits ? unix_deadline(socket, UNIX_BUFFER_SEND) : 0;
    struct unix_socket *listener;
    int error = socket->passes_credentials ? unix_autobind(socket) : 0;

    if (error == 0)
        error = unix_name_lookup(address, context, socket->type, &listener);
    if (error != 0)
        return error;
    error = connect_begin(socket);
    if (error == 0) {
        error = connect_to_listener(socket, listener, deadline_ns);
        if (error != 0)
            socket->state = UNIX_FRESH;
    }
    unix_unref(listener);
    return error;
}

/* Change the peer of a datagram socket; the reference to the new one, if there is one, is used up. */
static void datagram_set_peer(struct unix_socket *socket, struct unix_socket *peer)
{
    mutex_lock(&socket->lock);
    struct unix_socket *old = atomic_exchange(&socket->peer, peer);
    if (socket->state != UNIX_CONNECTED && peer != NULL)
        socket->state = UNIX_CONNECTED;
    else if (peer == NULL)
        socket->state = UNIX_FRESH;
    mutex_unlock(&socket->lock);
    if (old != NULL)
        unix_unref(old);
}

static int connect_datagram(struct unix_socket *socket, const struct unix_address *address,
                            const struct path_context *context)
{
    struct unix_socket *peer = NULL;

    if (address->un.family == AF_UNIX) {
        int error = unix_name_lookup(address, context, SOCK_DGRAM, &peer);
        if (error != 0)
            return error;
        struct unix_socket *its_peer = peer->peer;
        if (its_peer != NULL && its_peer != socket) {
            unix_unref(peer);
            return -EPERM;
        }
    }
    datagram_set_peer(socket, peer);
    return 0;
}

int unix_connect(struct unix_socket *socket, const struct unix_address *address,
                 const struct path_context *context, bool waits)
{
    if (socket->type == SOCK_DGRAM)
        return connect_datagram(socket, address, context);
    return connect_stream(socket, address, context, waits);
}

/* The connection that has waited longest, with its reference. */
static int accept_take(struct unix_socket *listener, uint64_t deadline_ns, struct unix_socket **ret_socket)
{
    int error = 0;

    mutex_lock(&listener->lock);
    while (error == 0 && list_is_empty(&listener->accept_queue)) {
        if ((listener->shutdown & UNIX_SHUT_RECEIVE) != 0)
            error = -EINVAL;
        else
            error =
                unix_wait_locked(&listener->lock, &listener->readiness, UNIX_READABLE | POLLHUP, deadline_ns);
    }
    if (error == 0) {
        *ret_socket = list_entry(list_first(&listener->accept_queue), struct unix_socket, accept_link);
        list_remove(&(*ret_socket)->accept_link);
        listener->accept_count--;
    }
    mutex_unlock(&listener->lock);
    if (error == 0)
        readiness_signal_events(&listener->readiness, UNIX_WRITABLE);
    return error;
}

/* Put a connection back in front: it could not be given a file. */
static void accept_put_back(struct unix_socket *listener, struct unix_socket *socket)
{
    mutex_lock(&listener->lock);
    list_push_front(&listener->accept_queue, &socket->accept_link);
    listener->accept_count++;
    mutex_unlock(&listener->lock);
}

int unix_accept(struct unix_socket *listener, bool waits, unsigned flags, const struct credentials *who,
                struct file **ret_file)
{
    uint64_t deadline_ns = waits ? unix_deadline(listener, UNIX_BUFFER_RECEIVE) : 0;
    struct unix_socket *socket;

    if (listener->type == SOCK_DGRAM)
        return -EOPNOTSUPP;
    if (listener->state != UNIX_LISTENING)
        return -EINVAL;
    int error = accept_take(listener, deadline_ns, &socket);
    if (error != 0)
        return error;
    error = unix_socket_open(socket, flags, who, ret_file);
    if (error != 0)
        accept_put_back(listener, socket);
    return error;
}

static void shut(struct unix_socket *socket, unsigned directions)
{
    mutex_lock(&socket->lock);
    socket->shutdown |= directions;
    mutex_unlock(&socket->lock);
    readiness_signal(&socket->readiness);
}

int unix_shutdown(struct unix_socket *socket, int how)
{
    static const unsigned mirrored[] = {0, UNIX_SHUT_SEND, UNIX_SHUT_RECEIVE, UNIX_SHUT_BOTH};

    if (how < SHUT_RD || how > SHUT_RDWR)
        return -EINVAL;
    unsigned directions = (unsigned)how + 1;
    shut(socket, directions);
    struct unix_socket *peer = socket->type == SOCK_DGRAM ? NULL : unix_peer_ref(socket);
    if (peer != NULL) {
        shut(peer, mirrored[directions]);
        unix_unref(peer);
    }
    return 0;
}
