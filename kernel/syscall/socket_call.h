/* What system calls on sockets begin with: the socket of a descriptor, addresses, where paths begin.
 * Context of all functions: system call. */
#ifndef LINTEL_SYSCALL_SOCKET_CALL_H
#define LINTEL_SYSCALL_SOCKET_CALL_H

#include "ipc/unix_socket.h"
#include "mm/types.h"
#include "syscall/file_use.h"

struct socket_use {
    struct file_use use;
    struct unix_socket *socket;
};

/* Errors: -EBADF, -ENOTSOCK; then nothing is to be ended. */
int socket_use_begin(struct socket_use *use, unsigned fd);
void socket_use_end(struct socket_use *use);

/* Whether calls on the socket wait, with these MSG_* flags. */
bool socket_use_waits(const struct socket_use *use, unsigned flags);

/* Copy an address in. Errors: -EINVAL (the length), -EFAULT. The family is not looked at. */
int socket_address_copy_in(user_ptr_t source, int length, struct unix_address *ret_address);

/* Whether it is one of this family, and names something. Errors: -EINVAL. */
int socket_address_check(const struct unix_address *address);

/* Copy an address out to a buffer of *length bytes, as far as it goes; *length is how long it would be.
 * Errors: -EINVAL (a negative length), -EFAULT. */
int socket_address_copy_out(user_ptr_t destination, user_ptr_t length, const struct unix_address *address);

/* Where the calling process's paths begin, with references. */
struct socket_paths {
    struct path_context context;
    struct credentials credentials;
};

void socket_paths_begin(struct socket_paths *paths);
void socket_paths_end(struct socket_paths *paths);

#endif
