/* Sockets as files: their making and end, what they are polled for, options. */
#include "ipc/unix_socket.h"

#include "abi/errno.h"
#include "abi/event.h"
#include "core/clock.h"
#include "ipc/unix_internal.h"
#include "lib/string.h"
#include "mm/object_cache.h"
#include "mm/user_access.h"
#include "proc/process.h"

static struct object_cache socket_cache;

void unix_socket_setup(void)
{
    object_cache_init(&socket_cache, "unix-socket", sizeof(struct unix_socket), 8);
    unix_name_setup();
    unix_packet_setup();
    unix_rights_setup();
}

struct unix_socket *unix_ref(struct unix_socket *socket)
{
    ref_count_take(&socket->references);
    return socket;
}

void unix_unref(struct unix_socket *socket)
{
    if (!ref_count_drop(&socket->references))
        return;
    unix_name_unref(socket->name);
    object_cache_free(&socket_cache, socket);
}

struct ucred unix_credentials_current(void)
{
    const struct identity_ids ids = identity_get_ids(process_current());

    return (struct ucred){process_current()->id, ids.effective_uid, ids.effective_gid};
}

struct ucred unix_credentials_real(void)
{
    const struct identity_ids ids = identity_get_ids(process_current());

    return (struct ucred){process_current()->id, ids.real_uid, ids.real_gid};
}

static _Atomic(uint64_t) next_number = 1;

struct unix_socket *unix_socket_new(unsigned type)
{
    struct unix_socket *socket = object_cache_alloc(&socket_cache);

    if (socket == NULL)
        return NULL;
    memset(socket, 0, sizeof(*socket));
    ref_count_init(&socket->references, 1);
    socket->type = type;
    socket->number = atomic_fetch_add(&next_number, 1);
    mutex_init(&socket->lock, LOCK_RANK_SOCKET);
    readiness_init(&socket->readiness);
    list_init(&socket->queue);
    list_init(&socket->accept_queue);
    socket->peer_credentials = (struct ucred){0, UINT32_MAX, UINT32_MAX};
    socket->send_limit = UNIX_BUFFER_DEFAULT;
    socket->receive_limit = UNIX_BUFFER_DEFAULT;
    socket->timeout_ns[UNIX_BUFFER_SEND] = UINT64_MAX;
    socket->timeout_ns[UNIX_BUFFER_RECEIVE] = UINT64_MAX;
    return socket;
}

struct unix_socket *unix_peer_ref(struct unix_socket *socket)
{
    mutex_lock(&socket->lock);
    struct unix_socket *peer = socket->peer;
    if (peer != NULL)
        (void)unix_ref(peer);
    mutex_unlock(&socket->lock);
    return peer;
}

uint64_t unix_deadline(struct unix_socket *socket, enum unix_buffer buffer)
{
    uint64_t timeout_ns = socket->timeout_ns[buffer], now_ns;

    if (timeout_ns == UINT64_MAX)
        return UINT64_MAX;
    now_ns = clock_monotonic_ns();
    return timeout_ns > UINT64_MAX - now_ns ? UINT64_MAX : now_ns + timeout_ns;
}

int unix_wait_locked(struct mutex *lock, struct readiness *readiness, unsigned events, uint64_t deadline_ns)
{
    uint64_t changes = readiness_changes(readiness);

    if (deadline_ns == 0)
        return -EAGAIN;
    mutex_unlock(lock);
    int error = readiness_wait_until(readiness, changes, events, deadline_ns);
    mutex_lock(lock);
    if (error == -ETIMEDOUT)
        return -EAGAIN;
    return error == -ERESTARTSYS && deadline_ns != UINT64_MAX ? -EINTR : error;
}

/* The end */

/* Nobody sends to this one any more. Says whether unread bytes are lost. */
static bool socket_die(struct unix_socket *socket)
{
    mutex_lock(&socket->lock);
    socket->is_dead = true;
    socket->shutdown = UNIX_SHUT_BOTH;
    bool has_unread = socket->queue_count > 0;
    mutex_unlock(&socket->lock);
    readiness_signal(&socket->readiness); /* those who wait to send or connect to it */
    return has_unread;
}

/* The other end of a connection hears of it. */
static void peer_hear(struct unix_socket *peer, bool is_reset)
{
    mutex_lock(&peer->lock);
    peer->shutdown = UNIX_SHUT_BOTH;
    if (is_reset)
        peer->error = ECONNRESET;
    mutex_unlock(&peer->lock);
    readiness_signal(&peer->readiness);
}

static void socket_close(struct unix_socket *socket, bool was_accepted);

static void socket_close_connections(struct unix_socket *listener)
{
    for (;;) {
        mutex_lock(&listener->lock);
        struct list *link = list_first(&listener->accept_queue);
        bool is_empty = link == &listener->accept_queue;
        if (!is_empty)
            list_remove(link);
        mutex_unlock(&listener->lock);
        if (is_empty)
            return;
        socket_close(list_entry(link, struct unix_socket, accept_link), false);
    }
}

/* Drops the reference that the file, or the queue of connections, had. */
static void socket_close(struct unix_socket *socket, bool was_accepted)
{
    bool has_unread = socket_die(socket);
    struct unix_socket *peer = atomic_exchange(&socket->peer, NULL);

    unix_name_release(socket);
    if (peer != NULL) {
        if (socket->type != SOCK_DGRAM)
            peer_hear(peer, has_unread || !was_accepted);
        unix_unref(peer);
    }
    if (socket->state == UNIX_LISTENING)
        socket_close_connections(socket);
    unix_packet_drop_all(socket);
    unix_unref(socket);
}

/* As a file */

static int64_t socket_read(struct file *file, struct io *io, uint64_t offset)
{
    (void)offset;
    return io->left == 0 ? 0 : unix_receive(file->data, io, NULL, (file->flags & O_NONBLOCK) == 0);
}

static int64_t socket_write(struct file *file, struct io *io, uint64_t offset)
{
    struct unix_socket *socket = file->data;
    int64_t result = unix_send(socket, io, NULL, (file->flags & O_NONBLOCK) == 0);

    (void)offset;
    return result == -EPIPE && socket->type != SOCK_STREAM ? -EPIPE_WITHOUT_SIGNAL : result;
}

static bool socket_is_writable(struct unix_socket *socket)
{
    if (socket->state == UNIX_LISTENING)
        return false;
    struct unix_socket *peer = unix_peer_ref(socket);
    bool is_writable = true;
    if (peer != NULL) {
        is_writable = unix_has_room(peer, socket);
        if (socket->type == SOCK_DGRAM && peer->peer != socket && peer->queue_count > UNIX_DATAGRAMS_MAX)
            is_writable = false;
        unix_unref(peer);
    }
    return is_writable;
}

static unsigned socket_poll(struct file *file, struct poll_hook *hook)
{
    struct unix_socket *socket = file->data;

    if (hook != NULL)
        readiness_add(&socket->readiness, hook);
    unsigned shutdown = socket->shutdown, events = 0;
    if (socket->error != 0)
        events |= POLLERR;
    if (shutdown == UNIX_SHUT_BOTH || (socket->type != SOCK_DGRAM && socket->state == UNIX_FRESH))
        events |= POLLHUP;
    if ((shutdown & UNIX_SHUT_RECEIVE) != 0)
        events |= POLLRDHUP | UNIX_READABLE;
    if (socket->queue_count > 0 || socket->accept_count > 0)
        events |= UNIX_READABLE;
    return events | (socket_is_writable(socket) ? UNIX_WRITABLE : 0);
}

static int64_t socket_ioctl(struct file *file, unsigned request, uint64_t argument)
{
    struct unix_socket *socket = file->data;

    if (request != FIONREAD)
        return -ENOTTY;
    if (socket->state == UNIX_LISTENING)
        return -EINVAL;
    mutex_lock(&socket->lock);
    int32_t bytes = (int32_t)socket->queue_bytes;
    if (socket->type != SOCK_STREAM) /* the next message's */
        bytes = list_is_empty(&socket->queue)
                    ? 0
                    : (int32_t)list_entry(list_first(&socket->queue), struct packet, link)->size;
    mutex_unlock(&socket->lock);
    return user_copy_out((user_ptr_t){argument}, &bytes, sizeof(bytes));
}

static void socket_release(struct file *file)
{
    socket_close(file->data, true);
    unix_rights_collect();
}

static void socket_get_attributes(struct file *file, struct node_attributes *attributes)
{
    const struct unix_socket *socket = file->data;

    attributes->ino = socket->number;
    attributes->mode = S_IFSOCK | S_IRWXUGO;
}

static const struct file_operations socket_operations = {
    .is_stream = true,
    .read = socket_read,
    .write = socket_write,
    .poll = socket_poll,
    .ioctl = socket_ioctl,
    .get_attributes = socket_get_attributes,
    .release = socket_release,
};

struct unix_socket *unix_socket_of_file(const struct file *file)
{
    return file->operations == &socket_operations ? file->data : NULL;
}

int unix_socket_open(struct unix_socket *socket, unsigned flags, const struct credentials *who,
                     struct file **ret_file)
{
    int error = file_create(&socket_operations, socket, O_RDWR | (flags & O_NONBLOCK), who, ret_file);

    if (error == 0)
        socket->file = *ret_file;
    return error;
}

int unix_socket_create(unsigned type, unsigned flags, const struct credentials *who, struct file **ret_file)
{
    struct unix_socket *socket = unix_socket_new(type);

    if (socket == NULL)
        return -ENOMEM;
    int error = unix_socket_open(socket, flags, who, ret_file);
    if (error != 0)
        unix_unref(socket);
    return error;
}

/* Make `socket` an end of a connection, or of a pair. */
static void socket_join(struct unix_socket *socket, struct unix_socket *peer)
{
    socket->peer = unix_ref(peer);
    socket->peer_credentials = unix_credentials_current();
    if (socket->type != SOCK_DGRAM)
        socket->state = UNIX_CONNECTED;
}

int unix_socket_create_pair(unsigned type, unsigned flags, const struct credentials *who,
                            struct file *ret_files[2])
{
    int error = unix_socket_create(type, flags, who, &ret_files[0]);

    if (error != 0)
        return error;
    error = unix_socket_create(type, flags, who, &ret_files[1]);
    if (error != 0) {
        file_unref(ret_files[0]);
        return error;
    }
    struct unix_socket *first = ret_files[0]->data, *second = ret_files[1]->data;
    socket_join(first, second);
    socket_join(second, first);
    return 0;
}

/* Options */

unsigned unix_type(const struct unix_socket *socket)
{
    return socket->type;
}

bool unix_is_listening(struct unix_socket *socket)
{
    return socket->state == UNIX_LISTENING;
}

int unix_take_error(struct unix_socket *socket)
{
    return atomic_exchange(&socket->error, 0);
}

struct ucred unix_peer_credentials(struct unix_socket *socket)
{
    mutex_lock(&socket->lock);
    struct ucred credentials = socket->peer_credentials;
    mutex_unlock(&socket->lock);
    return credentials;
}

bool unix_passes_credentials(struct unix_socket *socket)
{
    return socket->passes_credentials;
}

void unix_set_passes_credentials(struct unix_socket *socket, bool passes)
{
    socket->passes_credentials = passes;
}

uint32_t unix_buffer_size(struct unix_socket *socket, enum unix_buffer buffer)
{
    return buffer == UNIX_BUFFER_SEND ? socket->send_limit : socket->receive_limit;
}

void unix_set_buffer_size(struct unix_socket *socket, enum unix_buffer buffer, uint32_t size)
{
    if (buffer == UNIX_BUFFER_SEND)
        socket->send_limit = size;
    else
        socket->receive_limit = size;
}

uint64_t unix_timeout_ns(struct unix_socket *socket, enum unix_buffer buffer)
{
    return socket->timeout_ns[buffer];
}

void unix_set_timeout_ns(struct unix_socket *socket, enum unix_buffer buffer, uint64_t timeout_ns)
{
    socket->timeout_ns[buffer] = timeout_ns;
}
