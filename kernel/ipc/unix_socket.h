/* Sockets of the family AF_UNIX: unix(7). Streams, datagrams and sequenced packets between processes of this
 * machine, with open files and credentials in their luggage.
 *
 * Context of all functions: system call, no lock held.  Sleep: yes. Errors are Linux's; where a signal ends a
 * wait it is -ERESTARTSYS, or -EINTR if the socket has a timeout for it. */
#ifndef LINTEL_IPC_UNIX_SOCKET_H
#define LINTEL_IPC_UNIX_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/socket.h"
#include "fs/file.h"

struct unix_socket;
struct unix_rights;

/* An address: `length` bytes of `un`, as programs give and get it; 2: unnamed. */
struct unix_address {
    struct sockaddr_un un;
    unsigned length;
};

/* Set up. Context: early boot, once. */
void unix_socket_setup(void);

/* socket(), socketpair(). type: SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET; flags: O_NONBLOCK. */
int unix_socket_create(unsigned type, unsigned flags, const struct credentials *who, struct file **ret_file);
int unix_socket_create_pair(unsigned type, unsigned flags, const struct credentials *who,
                            struct file *ret_files[2]);

/* The socket that an open file is; NULL: something else. */
struct unix_socket *unix_socket_of_file(const struct file *file);

/* bind(): an address of length 2 has the kernel choose an abstract name. `context`: where paths begin;
 * `mode`: permissions of the node, umask applied. */
int unix_bind(struct unix_socket *socket, const struct unix_address *address,
              const struct path_context *context, uint32_t mode);

int unix_listen(struct unix_socket *socket, int backlog);
int unix_connect(struct unix_socket *socket, const struct unix_address *address,
                 const struct path_context *context, bool waits);

/* accept(): a new open file with `flags`. */
int unix_accept(struct unix_socket *socket, bool waits, unsigned flags, const struct credentials *who,
                struct file **ret_file);

/* shutdown(). how: SHUT_*. */
int unix_shutdown(struct unix_socket *socket, int how);

/* Call `visit` for each socket that is bound to a name of its own, with a spin lock held: it may allocate
 * memory. */
struct unix_socket_view {
    uint64_t number; /* st_ino */
    unsigned type;
    bool is_listening, is_connected;
    const struct unix_address *address;
};
void unix_socket_visit(void (*visit)(const struct unix_socket_view *socket, void *argument), void *argument);

void unix_get_name(struct unix_socket *socket, struct unix_address *ret_address);
int unix_get_peer_name(struct unix_socket *socket, struct unix_address *ret_address);

/* What goes along with the bytes of one call. */
struct unix_message {
    unsigned flags;                     /* MSG_* */
    const struct unix_address *address; /* to send to; NULL: the peer */
    const struct path_context *context; /* for that */
    const struct ucred *credentials;    /* to be sent; NULL: the caller's own */
    struct unix_rights *rights;         /* to be sent, used up unless there is an error; NULL: none */

    /* What came: set by unix_receive() */
    unsigned ret_flags;              /* MSG_TRUNC */
    struct unix_address ret_address; /* of the sender; length 0: there is none */
    bool ret_has_credentials;        /* SO_PASSCRED is set, and bytes came */
    struct ucred ret_credentials;
    struct unix_rights *ret_rights; /* the caller's now; NULL: none */
};

/* Returns bytes. -EPIPE: the caller raises SIGPIPE, unless MSG_NOSIGNAL. */
int64_t unix_send(struct unix_socket *socket, struct io *io, struct unix_message *message, bool waits);
int64_t unix_receive(struct unix_socket *socket, struct io *io, struct unix_message *message, bool waits);

/* Open files on their way. */
struct unix_rights {
    struct unix_rights *next;       /* ipc/unix_rights.c's */
    struct user_account *account;   /* the same: who pays while they are in flight; NULL: none */
    unsigned count;                 /* 1 .. SCM_MAX_FD */
    struct file *files[SCM_MAX_FD]; /* with a reference each */
};

struct unix_rights *unix_rights_alloc(void); /* without files; NULL: no memory */

/* Give the references back. */
void unix_rights_free(struct unix_rights *rights);

/* Options */
enum unix_buffer { UNIX_BUFFER_SEND, UNIX_BUFFER_RECEIVE };

unsigned unix_type(const struct unix_socket *socket);
bool unix_is_listening(struct unix_socket *socket);
int unix_take_error(struct unix_socket *socket); /* positive; 0: none */
struct ucred unix_peer_credentials(struct unix_socket *socket);
bool unix_passes_credentials(struct unix_socket *socket);
void unix_set_passes_credentials(struct unix_socket *socket, bool passes);
uint32_t unix_buffer_size(struct unix_socket *socket, enum unix_buffer buffer);
void unix_set_buffer_size(struct unix_socket *socket, enum unix_buffer buffer, uint32_t size);

/* How long sending and receiving wait at most; UINT64_MAX: for ever. */
uint64_t unix_timeout_ns(struct unix_socket *socket, enum unix_buffer buffer);
void unix_set_timeout_ns(struct unix_socket *socket, enum unix_buffer buffer, uint64_t timeout_ns);

#endif
