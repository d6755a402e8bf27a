/* Receiving. A stream's bytes are taken across packets, but not beyond one that has brought files, nor, where
 * credentials are wanted, from one sender's bytes into another's. */
#include "abi/errno.h"
#include "ipc/unix_internal.h"

/* One call on its way. */
struct receiving {
    struct unix_socket *socket;
    struct io *io;
    struct unix_message *message; /* NULL: nothing but bytes is wanted */
    bool is_peek;
    uint64_t deadline_ns;
    struct unix_rights *rights; /* of a packet that is gone; NULL: none */
    struct unix_name *from;     /* the same, with a reference */
    struct ucred credentials;   /* of the bytes so far */
    bool has_credentials;
    unsigned flags; /* MSG_TRUNC */
    bool was_tight; /* the peer had too little room before something was taken */
};

static struct packet *first_packet(struct unix_socket *socket)
{
    return list_is_empty(&socket->queue) ? NULL : list_entry(list_first(&socket->queue), struct packet, link);
}

/* Wait for a packet. Returns 1 if there is one, 0 at the end, or an error. Holds: socket->lock. */
static int wait_for_packet_locked(const struct receiving *receiving)
{
    struct unix_socket *socket = receiving->socket;

    while (list_is_empty(&socket->queue)) {
        int error = unix_take_error(socket);
        if (error != 0)
            return -error;
        if ((socket->shutdown & UNIX_SHUT_RECEIVE) != 0)
            return 0;
        if (socket->type != SOCK_DGRAM && socket->state != UNIX_CONNECTED)
            return socket->type == SOCK_STREAM ? -EINVAL : -ENOTCONN;
        error = unix_wait_locked(&socket->lock, &socket->readiness, UNIX_READABLE | POLLHUP | POLLERR,
                                 receiving->deadline_ns);
        if (error != 0)
            return error;
    }
    return 1;
}

/* Take note of who has sent the packet. Says whether its bytes may follow those before. */
static bool note_sender(struct receiving *receiving, const struct packet *packet)
{
    const struct ucred *known = &receiving->credentials, *sender = &packet->sender;

    if (!receiving->socket->passes_credentials)
        return true;
    if (receiving->has_credentials)
        return known->pid == sender->pid && known->uid == sender->uid && known->gid == sender->gid;
    receiving->credentials = *sender;
    receiving->has_credentials = true;
    return true;
}

/* The packet's files: themselves, or copies for one who only looks. Holds: socket->lock. */
static void take_rights_locked(struct receiving *receiving, struct packet *packet)
{
    if (receiving->is_peek) {
        if (receiving->message != NULL)
            receiving->rights = unix_rights_copy(packet->rights);
        return;
    }
    receiving->rights = packet->rights;
    packet->rights = NULL;
}

/* Whether the peer waits for room, if it has something to send. Holds: socket->lock. */
static bool is_tight_locked(struct unix_socket *socket)
{
    struct unix_socket *peer = socket->peer;

    if (peer == NULL)
        return false;
    return !unix_has_room(socket, peer) ||
           (socket->type == SOCK_DGRAM && socket->queue_count > UNIX_DATAGRAMS_MAX);
}

static void remove_packet_locked(struct receiving *receiving, struct packet *packet)
{
    receiving->was_tight |= is_tight_locked(receiving->socket);
    unix_packet_pop_locked(receiving->socket, packet);
    unix_packet_free_locked(receiving->socket, packet);
}

/* Streams */

/* Take bytes from one packet. Returns how many; *ret_ends: nothing may be added to them. */
static uint32_t take_bytes_locked(struct receiving *receiving, struct packet *packet, uint32_t start,
                                  bool *ret_ends)
{
    uint64_t left = receiving->io->left;
    uint32_t count = unix_packet_give(packet, start, receiving->io);

    *ret_ends = count < left && start + count < packet->size; /* a fault */
    if (packet->rights != NULL && count > 0) {
        take_rights_locked(receiving, packet);
        *ret_ends = true;
    }
    return count;
}

static int64_t stream_peek_locked(struct receiving *receiving)
{
    struct unix_socket *socket = receiving->socket;
    int64_t done = 0;
    bool ends = false;

    for (struct list *link = socket->queue.next; link != &socket->queue && receiving->io->left > 0 && !ends;
         link = link->next) {
        struct packet *packet = list_entry(link, struct packet, link);
        if (!note_sender(receiving, packet))
            break;
        done += take_bytes_locked(receiving, packet, packet->start, &ends);
    }
    return done > 0 || receiving->io->left == 0 ? done : -EFAULT;
}

/* Take what there is; *ret_ends: no more should be waited for. */
static int64_t stream_take_locked(struct receiving *receiving, bool *ret_ends)
{
    struct unix_socket *socket = receiving->socket;
    struct packet *packet;
    int64_t done = 0;

    while (receiving->io->left > 0 && !*ret_ends && (packet = first_packet(socket)) != NULL) {
        if (!note_sender(receiving, packet)) {
            *ret_ends = true;
            break;
        }
        uint32_t count = take_bytes_locked(receiving, packet, packet->start, ret_ends);
        packet->start += count;
        socket->queue_bytes -= count;
        done += count;
        if (packet->start == packet->size)
            remove_packet_locked(receiving, packet);
    }
    return done > 0 || receiving->io->left == 0 ? done : -EFAULT;
}

static int64_t stream_receive_locked(struct receiving *receiving)
{
    bool waits_for_all = receiving->message != NULL && (receiving->message->flags & MSG_WAITALL) != 0;
    int64_t done = 0, count;
    bool ends = false;

    while (receiving->io->left > 0 && !ends) {
        if (done > 0 && !waits_for_all)
            break;
        count = wait_for_packet_locked(receiving);
        if (count > 0)
            count = receiving->is_peek ? stream_peek_locked(receiving) : stream_take_locked(receiving, &ends);
        if (count <= 0)
            return done > 0 ? done : count;
        done += count;
        ends |= receiving->is_peek;
    }
    return done;
}

/* Messages: one packet each, whatever fits of it */
static int64_t message_receive_locked(struct receiving *receiving)
{
    struct unix_socket *socket = receiving->socket;
    bool wants_size = receiving->message != NULL && (receiving->message->flags & MSG_TRUNC) != 0;
    int64_t result = wait_for_packet_locked(receiving);

    if (result <= 0)
        return result;
    struct packet *packet = first_packet(socket);
    uint64_t room = receiving->io->left;
    uint32_t wanted = room < packet->size ? (uint32_t)room : packet->size;
    uint32_t given = unix_packet_give(packet, 0, receiving->io), size = packet->size;
    (void)note_sender(receiving, packet);
    if (packet->rights != NULL)
        take_rights_locked(receiving, packet);
    if (packet->from != NULL) {
        receiving->from = packet->from;
        if (receiving->is_peek)
            ref_count_take(&packet->from->references);
        else
            packet->from = NULL;
    }
    if (!receiving->is_peek)
        remove_packet_locked(receiving, packet);
    if (given < wanted)
        return -EFAULT;
    if (size > given)
        receiving->flags |= MSG_TRUNC;
    return wants_size ? size : given;
}

/* Hand over what came along. */
static void fill_message(struct receiving *receiving, int64_t result)
{
    struct unix_message *message = receiving->message;

    if (receiving->rights != NULL && !receiving->is_peek && (message == NULL || result < 0))
        unix_rights_discard(receiving->rights);
    else if (receiving->rights != NULL && !receiving->is_peek)
        unix_rights_land(receiving->rights);
    else if (receiving->rights != NULL)
        unix_rights_settle();
    if (message == NULL)
        return;
    message->ret_flags = receiving->flags;
    message->ret_address.length = 0;
    message->ret_rights = result < 0 ? NULL : receiving->rights;
    message->ret_has_credentials = receiving->has_credentials;
    message->ret_credentials = receiving->credentials;
    if (receiving->from != NULL)
        message->ret_address = receiving->from->address;
    else if (receiving->socket->type == SOCK_STREAM && result > 0)
        (void)unix_get_peer_name(receiving->socket, &message->ret_address);
    if (message->ret_address.length == offsetof(struct sockaddr_un, path))
        message->ret_address.length = 0;
}

/* Tell those who wait for room: the peer, if it had too little, and whoever sends to a datagram socket. */
static void signal_room(struct unix_socket *socket, bool peer_waits)
{
    if (socket->type != SOCK_DGRAM) {
        if (peer_waits)
            readiness_signal_events(&socket->peer->readiness, UNIX_WRITABLE);
        return;
    }
    readiness_signal_events(&socket->readiness, UNIX_WRITABLE);
    struct unix_socket *peer = peer_waits ? unix_peer_ref(socket) : NULL;
    if (peer != NULL) {
        readiness_signal_events(&peer->readiness, UNIX_WRITABLE);
        unix_unref(peer);
    }
}

int64_t unix_receive(struct unix_socket *socket, struct io *io, struct unix_message *message, bool waits)
{
    struct receiving receiving = {.socket = socket, .io = io, .message = message};

    if (message != NULL && (message->flags & MSG_OOB) != 0)
        return -EOPNOTSUPP;
    receiving.is_peek = message != NULL && (message->flags & MSG_PEEK) != 0;
    receiving.deadline_ns = waits ? unix_deadline(socket, UNIX_BUFFER_RECEIVE) : 0;
    mutex_lock(&socket->lock);
    int64_t result =
        socket->type == SOCK_STREAM ? stream_receive_locked(&receiving) : message_receive_locked(&receiving);
    bool peer_waits = receiving.was_tight && !is_tight_locked(socket);
    mutex_unlock(&socket->lock);
    if (peer_waits || (socket->type == SOCK_DGRAM && result >= 0))
        signal_room(socket, peer_waits);
    if (message != NULL || receiving.rights != NULL)
        fill_message(&receiving, result);
    unix_name_unref(receiving.from);
    return result;
}
