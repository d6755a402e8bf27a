/* Sending: bytes go into packets in the receiver's queue, with the receiver locked and nobody else. */
#include "abi/errno.h"
#include "ipc/unix_internal.h"

#define STREAM_PACKET_MAX (8 * PAGE_SIZE) /* of a stream: a receiver begins before all is sent */
#define MESSAGE_OVERHEAD 32 /* a message is shorter than the buffer by at least that, as on Linux */

/* One call on its way. */
struct sending {
    struct unix_socket *sender;
    struct unix_socket *receiver; /* with a reference */
    struct unix_message *message; /* NULL: nothing but bytes */
    struct ucred credentials;
    struct unix_name *from; /* with a reference; NULL: none */
    uint64_t deadline_ns;
};

static bool is_datagram(const struct sending *sending)
{
    return sending->sender->type == SOCK_DGRAM;
}

/* Whether the receiver's queue takes no more for now. Holds: receiver->lock. */
static bool is_full_locked(const struct sending *sending)
{
    const struct unix_socket *receiver = sending->receiver;

    if (receiver->charged >= sending->sender->send_limit)
        return true;
    return is_datagram(sending) && receiver->peer != sending->sender &&
           receiver->queue_count > UNIX_DATAGRAMS_MAX;
}

/* Whether the receiver is there, and for this sender. Holds: receiver->lock. */
static int check_receiver_locked(const struct sending *sending)
{
    const struct unix_socket *receiver = sending->receiver;

    if ((sending->sender->shutdown & UNIX_SHUT_SEND) != 0)
        return -EPIPE;
    if (receiver->is_dead)
        return is_datagram(sending) ? -ECONNREFUSED : -EPIPE;
    if ((receiver->shutdown & UNIX_SHUT_RECEIVE) != 0)
        return -EPIPE;
    const struct unix_socket *its_peer = receiver->peer;
    return is_datagram(sending) && its_peer != NULL && its_peer != sending->sender ? -EPERM : 0;
}

/* Wait until something can be put into the queue. Holds: receiver->lock. */
static int wait_for_room_locked(const struct sending *sending)
{
    struct unix_socket *where = is_datagram(sending) ? sending->receiver : sending->sender;
    int error = check_receiver_locked(sending);

    while (error == 0 && is_full_locked(sending)) {
        error = unix_wait_locked(&sending->receiver->lock, &where->readiness,
                                 UNIX_WRITABLE | POLLHUP | POLLERR, sending->deadline_ns);
        if (error == 0)
            error = check_receiver_locked(sending);
    }
    return error;
}

static bool is_same_sender(const struct ucred *a, const struct ucred *b)
{
    return a->pid == b->pid && a->uid == b->uid && a->gid == b->gid;
}

/* Add short bytes of a stream to the last packet, if they fit. Returns how many; 0: they do not. */
static uint32_t append_locked(const struct sending *sending, struct io *io)
{
    struct unix_socket *receiver = sending->receiver;

    if (list_is_empty(&receiver->queue) || (sending->message != NULL && sending->message->rights != NULL))
        return 0;
    struct packet *last = list_entry(receiver->queue.previous, struct packet, link);
    if (last->frame_count > 0 || last->rights != NULL || last->size + io->left > PACKET_SMALL ||
        !is_same_sender(&last->sender, &sending->credentials))
        return 0;
    const struct io before = *io;
    uint32_t wanted = (uint32_t)io->left, taken = (uint32_t)io_take(io, last->small + last->size, wanted);
    if (taken < wanted) {
        *io = before;
        return 0;
    }
    last->size += taken;
    receiver->queue_bytes += taken;
    return taken;
}

static int64_t queue_packet_locked(struct sending *sending, struct io *io, uint32_t size)
{
    struct unix_message *message = sending->message;
    struct packet *packet;
    int error = unix_packet_create_locked(sending->receiver, io, size, &packet);

    if (error != 0)
        return error;
    packet->sender = sending->credentials;
    packet->from = sending->from;
    sending->from = NULL;
    if (message != NULL && message->rights != NULL) {
        packet->rights = message->rights;
        message->rights = NULL;
    }
    unix_packet_push_locked(sending->receiver, packet);
    return size;
}

/* Send the next `size` bytes in one packet. Returns them, or an error. */
static int64_t send_piece(struct sending *sending, struct io *io, uint32_t size)
{
    struct unix_socket *receiver = sending->receiver;
    int64_t done = 0;

    mutex_lock(&receiver->lock);
    int error = wait_for_room_locked(sending);
    if (error == 0 && sending->sender->type == SOCK_STREAM)
        done = append_locked(sending, io);
    if (error == 0 && done == 0)
        done = queue_packet_locked(sending, io, size);
    mutex_unlock(&receiver->lock);
    if (error != 0)
        return error;
    if (done >= 0)
        readiness_signal_events(&receiver->readiness, UNIX_READABLE);
    return done;
}

static int64_t send_stream(struct sending *sending, struct io *io)
{
    int64_t done = 0;

    while (io->left > 0) {
        uint32_t size = io->left < STREAM_PACKET_MAX ? (uint32_t)io->left : (uint32_t)STREAM_PACKET_MAX;
        int64_t count = send_piece(sending, io, size);
        if (count < 0)
            return done > 0 ? done : count;
        done += count;
    }
    return done;
}

static int64_t send_message(struct sending *sending, struct io *io)
{
    uint32_t limit = sending->sender->send_limit;

    if (limit > UNIX_BUFFER_DEFAULT)
        limit = UNIX_BUFFER_DEFAULT;
    if (io->left > limit - MESSAGE_OVERHEAD)
        return -EMSGSIZE;
    return send_piece(sending, io, (uint32_t)io->left);
}

/* Whom to send to, with a reference. */
static int find_receiver(struct unix_socket *sender, const struct unix_message *message,
                         struct unix_socket **ret_receiver)
{
    if (message != NULL && message->address != NULL && sender->type == SOCK_STREAM)
        return sender->state == UNIX_CONNECTED ? -EISCONN : -EOPNOTSUPP;
    if (message != NULL && message->address != NULL && sender->type == SOCK_DGRAM)
        return unix_name_lookup(message->address, message->context, SOCK_DGRAM, ret_receiver);
    if (sender->type != SOCK_DGRAM) { /* a peer stays */
        struct unix_socket *peer = sender->state == UNIX_CONNECTED ? sender->peer : NULL;
        if (peer == NULL)
            return -ENOTCONN;
        *ret_receiver = unix_ref(peer);
        return 0;
    }
    *ret_receiver = unix_peer_ref(sender);
    return *ret_receiver == NULL ? -ENOTCONN : 0;
}

/* A datagram socket whose peer has gone is connected no more. */
static void forget_peer(struct unix_socket *sender, struct unix_socket *gone)
{
    mutex_lock(&sender->lock);
    bool is_peer = sender->peer == gone;
    if (is_peer) {
        sender->peer = NULL;
        sender->state = UNIX_FRESH;
    }
    mutex_unlock(&sender->lock);
    if (is_peer)
        unix_unref(gone);
}

int64_t unix_send(struct unix_socket *sender, struct io *io, struct unix_message *message, bool waits)
{
    struct sending sending = {.sender = sender, .message = message};
    int64_t result;

    if (message != NULL && (message->flags & MSG_OOB) != 0)
        return -EOPNOTSUPP;
    int error = find_receiver(sender, message, &sending.receiver);
    if (error != 0)
        return error;
    sending.credentials =
        message != NULL && message->credentials != NULL ? *message->credentials : unix_credentials_real();
    sending.deadline_ns = waits ? unix_deadline(sender, UNIX_BUFFER_SEND) : 0;
    error = message != NULL && message->rights != NULL ? unix_rights_take_off(message->rights) : 0;
    if (error != 0) {
        unix_unref(sending.receiver);
        return error;
    }
    if (sender->type == SOCK_STREAM) {
        result = (sender->shutdown & UNIX_SHUT_SEND) != 0 ? -EPIPE : send_stream(&sending, io);
    } else {
        sending.from = unix_name_of(sender);
        result = send_message(&sending, io);
        unix_name_unref(sending.from);
    }
    if (message != NULL && message->rights != NULL)
        unix_rights_land(message->rights);
    if (result == -ECONNREFUSED)
        forget_peer(sender, sending.receiver);
    unix_unref(sending.receiver);
    return result;
}
