/* Making, naming, connecting sockets. */
#include "abi/errno.h"
#include "mm/user_access.h"
#include "proc/fs_context.h"
#include "syscall/descriptor.h"
#include "syscall/dispatch.h"
#include "syscall/socket_call.h"

#define PERMISSIONS 0777u

/* What socket() and socketpair() have in common: check family, type and protocol. */
static int socket_check(struct trap_frame *frame, unsigned *ret_type, unsigned *ret_flags)
{
    int family = syscall_int(frame, 0), protocol = syscall_int(frame, 2);
    unsigned word = (unsigned)syscall_argument(frame, 1), type = word & SOCK_TYPE_MASK;
    unsigned flags = word & ~(unsigned)SOCK_TYPE_MASK;

    if ((flags & ~(unsigned)(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0)
        return -EINVAL;
    if (family != AF_UNIX)
        return -EAFNOSUPPORT;
    if (type >= SOCK_TYPE_COUNT)
        return -EINVAL;
    if (protocol != 0 && protocol != AF_UNIX)
        return -EPROTONOSUPPORT;
    if (type == SOCK_RAW)
        type = SOCK_DGRAM;
    if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_SEQPACKET)
        return -ESOCKTNOSUPPORT;
    *ret_type = type;
    *ret_flags = flags;
    return 0;
}

/* socket(family, type, protocol) */
int64_t sys_socket(struct trap_frame *frame)
{
    struct credentials who;
    unsigned type, flags;
    struct file *file;
    int error = socket_check(frame, &type, &flags);

    if (error != 0)
        return error;
    identity_get_credentials(&who);
    error = unix_socket_create(type, flags, &who, &file);
    return error != 0 ? error : descriptor_install(file, flags);
}

/* socketpair(family, type, protocol, fds) */
int64_t sys_socketpair(struct trap_frame *frame)
{
    struct credentials who;
    unsigned type, flags;
    struct file *files[2];
    int error = socket_check(frame, &type, &flags);

    if (error != 0)
        return error;
    identity_get_credentials(&who);
    error = unix_socket_create_pair(type, flags, &who, files);
    return error != 0 ? error : descriptor_install_pair(files, flags, syscall_pointer(frame, 3));
}

/* A call about an address, which is looked up where the program's paths begin. */
struct address_call {
    struct socket_use use;
    struct unix_address address;
    struct socket_paths paths;
};

/* What bind() and connect() have in common. `is_nameless` says of addresses that name nothing, and may be
 * given all the same; `perform` does the rest. */
static int address_call(const struct trap_frame *frame, bool (*is_nameless)(const struct address_call *call),
                        int (*perform)(struct address_call *call))
{
    struct address_call call;
    int error = socket_use_begin(&call.use, (unsigned)syscall_argument(frame, 0));

    if (error != 0)
        return error;
    error = socket_address_copy_in(syscall_pointer(frame, 1), syscall_int(frame, 2), &call.address);
    if (error == 0 && !is_nameless(&call))
        error = socket_address_check(&call.address);
    if (error == 0) {
        socket_paths_begin(&call.paths);
        error = perform(&call);
        socket_paths_end(&call.paths);
    }
    socket_use_end(&call.use);
    return error;
}

/* The kernel is to choose the name. */
static bool bind_is_nameless(const struct address_call *call)
{
    return call->address.length == offsetof(struct sockaddr_un, path) && call->address.un.family == AF_UNIX;
}

static int bind_perform(struct address_call *call)
{
    const uint32_t mode = PERMISSIONS & ~fs_context_get_umask(process_current()->fs);

    return unix_bind(call->use.socket, &call->address, &call->paths.context, mode);
}

/* bind(fd, address, length) */
int64_t sys_bind(struct trap_frame *frame)
{
    return address_call(frame, bind_is_nameless, bind_perform);
}

/* A datagram socket is to have no peer any more. */
static bool connect_is_nameless(const struct address_call *call)
{
    return unix_type(call->use.socket) == SOCK_DGRAM &&
           call->address.length >= sizeof(call->address.un.family) && call->address.un.family == AF_UNSPEC;
}

static int connect_perform(struct address_call *call)
{
    return unix_connect(call->use.socket, &call->address, &call->paths.context,
                        socket_use_waits(&call->use, 0));
}

/* connect(fd, address, length) */
int64_t sys_connect(struct trap_frame *frame)
{
    return address_call(frame, connect_is_nameless, connect_perform);
}

/* listen(fd, backlog) */
int64_t sys_listen(struct trap_frame *frame)
{
    struct socket_use use;
    int error = socket_use_begin(&use, (unsigned)syscall_argument(frame, 0));

    if (error != 0)
        return error;
    error = unix_listen(use.socket, syscall_int(frame, 1));
    socket_use_end(&use);
    return error;
}

/* Tell the program who has connected; without a name it is only told that. */
static int accept_copy_peer(struct file *file, user_ptr_t destination, user_ptr_t length)
{
    struct unix_address address;

    if (destination.address == 0)
        return 0;
    int error = unix_get_peer_name(unix_socket_of_file(file), &address);
    return error != 0 ? -ECONNABORTED : socket_address_copy_out(destination, length, &address);
}

/* The connection as a file. */
static int accept_file(struct trap_frame *frame, struct socket_use *use, unsigned flags,
                       struct file **ret_file)
{
    struct credentials who;

    identity_get_credentials(&who);
    int error = unix_accept(use->socket, socket_use_waits(use, 0), flags, &who, ret_file);
    if (error != 0)
        return error;
    error = accept_copy_peer(*ret_file, syscall_pointer(frame, 1), syscall_pointer(frame, 2));
    if (error != 0)
        file_unref(*ret_file);
    return error;
}

/* The descriptor comes first: without one, no connection is taken. */
static int64_t socket_accept(struct trap_frame *frame, unsigned flags)
{
    struct fd_table *table = process_current()->files;
    struct socket_use use;
    struct file *file;

    if ((flags & ~(unsigned)(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0)
        return -EINVAL;
    int error = socket_use_begin(&use, (unsigned)syscall_argument(frame, 0));
    if (error != 0)
        return error;
    int fd = fd_table_reserve(table, descriptor_limit(), (flags & SOCK_CLOEXEC) != 0 ? FD_CLOSE_ON_EXEC : 0);
    error = fd < 0 ? fd : accept_file(frame, &use, flags, &file);
    socket_use_end(&use);
    if (error == 0)
        fd_table_fill(table, (unsigned)fd, file);
    else if (fd >= 0)
        fd_table_cancel(table, (unsigned)fd);
    return error != 0 ? error : fd;
}

/* accept(fd, address, length) */
int64_t sys_accept(struct trap_frame *frame)
{
    return socket_accept(frame, 0);
}

/* accept4(fd, address, length, flags) */
int64_t sys_accept4(struct trap_frame *frame)
{
    return socket_accept(frame, (unsigned)syscall_argument(frame, 3));
}

/* shutdown(fd, how) */
int64_t sys_shutdown(struct trap_frame *frame)
{
    struct socket_use use;
    int error = socket_use_begin(&use, (unsigned)syscall_argument(frame, 0));

    if (error != 0)
        return error;
    error = unix_shutdown(use.socket, syscall_int(frame, 1));
    socket_use_end(&use);
    return error;
}

/* getsockname(fd, address, length) */
int64_t sys_getsockname(struct trap_frame *frame)
{
    struct unix_address address;
    struct socket_use use;
    int error = socket_use_begin(&use, (unsigned)syscall_argument(frame, 0));

    if (error != 0)
        return error;
    unix_get_name(use.socket, &address);
    socket_use_end(&use);
    return socket_address_copy_out(syscall_pointer(frame, 1), syscall_pointer(frame, 2), &address);
}

/* getpeername(fd, address, length) */
int64_t sys_getpeername(struct trap_frame *frame)
{
    struct unix_address address;
    struct socket_use use;
    int error = socket_use_begin(&use, (unsigned)syscall_argument(frame, 0));

    if (error != 0)
        return error;
    error = unix_get_peer_name(use.socket, &address);
    socket_use_end(&use);
    return error != 0
               ? error
               : socket_address_copy_out(syscall_pointer(frame, 1), syscall_pointer(frame, 2), &address);
}
