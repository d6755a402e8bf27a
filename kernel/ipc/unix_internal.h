/* What the files of AF_UNIX sockets share.
 *
 *              bind     listen
 *     FRESH -----------------> LISTENING
 *       |  connect
 *       +-----> CONNECTING --> CONNECTED       accept() and socketpair() make sockets that are CONNECTED
 *
 * A socket lives as long as its open file, a peer, or a call refers to it. When the file is closed it is
 * dead: nothing is queued any more.
 *
 * What is sent is put into the receiver's queue under the receiver's lock; no two sockets are ever locked at
 * a time. A sender waits for room on its own readiness, for it is polled there as well; one who sends to a
 * socket that is not its peer waits on the receiver's. */
#ifndef LINTEL_IPC_UNIX_INTERNAL_H
#define LINTEL_IPC_UNIX_INTERNAL_H

#include "abi/event.h"
#include "core/ref_count.h"
#include "ipc/unix_socket.h"
#include "lib/list.h"
#include "sched/mutex.h"

#define UNIX_BUFFER_DEFAULT 212992u /* bytes of packets in a queue, as on Linux */
#define UNIX_DATAGRAMS_MAX 10       /* in a queue, of senders that are not the peer; one more fits */

#define UNIX_SHUT_RECEIVE 1u
#define UNIX_SHUT_SEND 2u
#define UNIX_SHUT_BOTH 3u

#define UNIX_READABLE (POLLIN | POLLRDNORM)
#define UNIX_WRITABLE (POLLOUT | POLLWRNORM | POLLWRBAND)

enum unix_state { UNIX_FRESH, UNIX_CONNECTING, UNIX_CONNECTED, UNIX_LISTENING };

/* A name that a socket is bound to; addresses of messages refer to it, too. */
struct unix_name {
    struct ref_count references;
    struct unix_address address; /* [I] */
};

/* Bytes on their way, as one send() brought them, or a part of them. Memory in all: PACKET_SIZE and the
 * frames. Small ones have their bytes in place. */
#define PACKET_SIZE 512
#define PACKET_HEAD 64
#define PACKET_SMALL (PACKET_SIZE - PACKET_HEAD)
#define PACKET_FRAMES (PACKET_SMALL / sizeof(paddr_t))
#define PACKET_BYTES_MAX (PACKET_FRAMES * PAGE_SIZE)

struct packet {
    struct list link;
    uint32_t size;  /* bytes */
    uint32_t start; /* of these, read already (streams) */
    uint32_t frame_count;
    uint32_t charge; /* memory that it takes */
    struct ucred sender;
    uint32_t is_users;          /* not the superuser's: its charge counts in what users have */
    struct unix_rights *rights; /* NULL: none */
    struct unix_name *from;     /* with a reference; NULL: unnamed, or a connection */
    union {
        char small[PACKET_SMALL];
        paddr_t frames[PACKET_FRAMES];
    };
};

_Static_assert(sizeof(struct packet) <= PACKET_SIZE, "a packet is a small object");

/* Locks: I = set before publication   a = atomic   s = unix_socket.lock   n = the names' lock
 *        r = the rights' lock */
struct unix_socket {
    struct ref_count references;
    unsigned type;     /* [I] */
    uint64_t number;   /* [I] st_ino: of no two sockets the same */
    struct file *file; /* [I] without a reference; NULL: not accepted yet */
    struct mutex lock; /* rank LOCK_RANK_SOCKET */
    struct readiness readiness;
    _Atomic(enum unix_state) state;     /* [a] changed under s */
    _Atomic(struct unix_socket *) peer; /* [a] with a reference; of connections it stays */
    atomic_uint shutdown;               /* [a] UNIX_SHUT_* */
    atomic_int error;                   /* [a] positive, to be told once */
    bool is_dead;                       /* [s] */

    /* What is to be received */
    struct list queue;       /* [s] struct packet.link */
    atomic_uint queue_count; /* [a] packets; changed under s */
    atomic_uint queue_bytes; /* [a] */
    atomic_uint charged;     /* [a] memory of the packets; changed under s */
    struct packet *spare;    /* [s] a free one; NULL: none */

    /* Connections that wait to be accepted */
    struct list accept_queue; /* [s] struct unix_socket.accept_link, with a reference each */
    struct list accept_link;  /* [s] of the listening socket */
    atomic_uint accept_count; /* [a] changed under s */
    unsigned backlog;         /* [s] */

    struct unix_name *name; /* [n] with a reference; NULL: unnamed */
    struct path path;       /* [n] of a name that is a path: with references */
    uint64_t name_key;      /* [n] */
    struct list name_link;  /* [n] if there is a name of its own: not that of who was listening */
    bool owns_name;         /* [n] */
    bool is_binding;        /* [n] */

    struct ucred owner;              /* [s] who was listening, or made the pair */
    struct ucred peer_credentials;   /* [s] */
    atomic_bool passes_credentials;  /* [a] */
    atomic_uint send_limit;          /* [a] */
    atomic_uint receive_limit;       /* [a] told, but not used */
    _Atomic(uint64_t) timeout_ns[2]; /* [a] by enum unix_buffer */

    unsigned in_flight;       /* [r] references of its file's that lie in queues */
    struct list flight_link;  /* [r] if there are any */
    unsigned found_in_flight; /* [r] the collector's */
    bool is_suspect;          /* [r] the same */
};

struct unix_socket *unix_ref(struct unix_socket *socket);
void unix_unref(struct unix_socket *socket);

/* A socket without a file. NULL: no memory. */
struct unix_socket *unix_socket_new(unsigned type);
int unix_socket_open(struct unix_socket *socket, unsigned flags, const struct credentials *who,
                     struct file **ret_file);

/* The peer, with a reference; NULL: none. Takes: socket->lock. */
struct unix_socket *unix_peer_ref(struct unix_socket *socket);

/* Who the calling process is: `is_effective` by its effective IDs, else its real ones. */
struct ucred unix_credentials_current(void);
struct ucred unix_credentials_real(void);

/* Whether a sender with that limit is told to go on. */
static inline bool unix_has_room(struct unix_socket *receiver, const struct unix_socket *sender)
{
    return receiver->charged * 4ull <= sender->send_limit;
}

/* The deadline of a wait that begins now. */
uint64_t unix_deadline(struct unix_socket *socket, enum unix_buffer buffer);

/* Wait on a readiness, with a lock that is released meanwhile. Errors: -EAGAIN (the deadline has come),
 * -EINTR, -ERESTARTSYS. Holds: *lock. */
int unix_wait_locked(struct mutex *lock, struct readiness *readiness, unsigned events, uint64_t deadline_ns);

/* Names: ipc/unix_name.c */
void unix_name_setup(void);
void unix_name_unref(struct unix_name *name);
struct unix_name *unix_name_of(struct unix_socket *socket); /* with a reference; NULL: unnamed */
int unix_autobind(struct unix_socket *socket);
void unix_name_release(struct unix_socket *socket); /* the socket is dead */
void unix_name_inherit(struct unix_socket *socket, struct unix_socket *listener);

/* The socket of an address, with a reference. Errors: -ECONNREFUSED, -EPROTOTYPE, those of paths. */
int unix_name_lookup(const struct unix_address *address, const struct path_context *context, unsigned type,
                     struct unix_socket **ret_socket);

/* Packets: ipc/unix_packet.c */
void unix_packet_setup(void);

/* The next `size` bytes of *io as a packet. Errors: -ENOBUFS, -EFAULT; then *io is as before.
 * Holds: receiver->lock. */
int unix_packet_create_locked(struct unix_socket *receiver, struct io *io, uint32_t size,
                              struct packet **ret_packet);
void unix_packet_push_locked(struct unix_socket *receiver, struct packet *packet);
void unix_packet_pop_locked(struct unix_socket *receiver, struct packet *packet);

/* Free a packet that is in no queue, whose rights and name have been taken out. Holds: receiver->lock. */
void unix_packet_free_locked(struct unix_socket *receiver, struct packet *packet);

/* Copy bytes out, from `start` on; returns how many. */
uint32_t unix_packet_give(const struct packet *packet, uint32_t start, struct io *io);

/* Throw away all that a dead socket has. */
void unix_packet_drop_all(struct unix_socket *socket);

/* Rights: ipc/unix_rights.c */
void unix_rights_setup(void);

/* The rights are about to be queued; have been taken out of a queue. No socket is locked. Errors:
 * -ETOOMANYREFS (the sender's user, who is not the superuser, has more than RLIMIT_NOFILE in queues; or there
 * are more than can be counted). */
int unix_rights_take_off(struct unix_rights *rights);
void unix_rights_land(struct unix_rights *rights);

/* Copies of rights that stay in their queue are about to be delivered: wait for the collector, which may have
 * counted references before they were made. No socket is locked. */
void unix_rights_settle(void);

/* They were never delivered: land and free them, later if this is called while others are. */
void unix_rights_discard(struct unix_rights *rights);
struct unix_rights *unix_rights_copy(const struct unix_rights *rights);

/* Look for sockets that nobody can reach any more, but for queues of each other. */
void unix_rights_collect(void);

#endif
