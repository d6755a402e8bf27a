/* Sending to and receiving from sockets. */
#include "abi/errno.h"
#include "mm/user_access.h"
#include "signal/signal.h"
#include "syscall/dispatch.h"
#include "syscall/io_vector.h"
#include "syscall/socket_call.h"
#include "syscall/socket_control.h"
#include "syscall/user_time.h"

#define VECTOR_MAX 1024 /* messages of one sendmmsg(), recvmmsg() */

/* A stream that nobody reads any more comes with a signal. */
static int64_t send_result(const struct socket_use *use, int64_t result, unsigned flags)
{
    if (result == -EPIPE && (flags & MSG_NOSIGNAL) == 0 && unix_type(use->socket) == SOCK_STREAM) {
        const struct siginfo info = signal_info_kernel(SIGPIPE);
        (void)signal_send_thread(user_thread_current(), &info);
    }
    return result;
}

/* Send to an address, which is looked up where the program's paths begin. */
static int64_t send_to(struct socket_use *use, struct io *io, struct unix_message *message,
                       const struct unix_address *address)
{
    struct socket_paths paths;

    if (unix_type(use->socket) == SOCK_DGRAM) {
        int error = socket_address_check(address);
        if (error != 0)
            return error;
    }
    socket_paths_begin(&paths);
    message->address = address;
    message->context = &paths.context;
    int64_t result = unix_send(use->socket, io, message, socket_use_waits(use, message->flags));
    socket_paths_end(&paths);
    return result;
}

/* sendto(fd, bytes, size, flags, address, length) */
int64_t sys_sendto(struct trap_frame *frame)
{
    user_ptr_t at = syscall_pointer(frame, 4);
    uint64_t size = syscall_argument(frame, 2);
    struct unix_message message = {.flags = (unsigned)syscall_argument(frame, 3)};
    struct unix_address address;
    struct socket_use use;
    int64_t result = socket_use_begin(&use, (unsigned)syscall_argument(frame, 0));

    if (result != 0)
        return result;
    struct io io = io_user(syscall_pointer(frame, 1), size < FILE_IO_MAX ? size : FILE_IO_MAX);
    if (!user_range_is_valid(syscall_pointer(frame, 1), io.left)) {
        result = -EFAULT;
    } else if (at.address == 0) {
        result = unix_send(use.socket, &io, &message, socket_use_waits(&use, message.flags));
    } else {
        result = socket_address_copy_in(at, syscall_int(frame, 5), &address);
        if (result == 0)
            result = send_to(&use, &io, &message, &address);
    }
    result = send_result(&use, result, message.flags);
    socket_use_end(&use);
    return result;
}

/* recvfrom(fd, buffer, size, flags, address, length) */
int64_t sys_recvfrom(struct trap_frame *frame)
{
    user_ptr_t at = syscall_pointer(frame, 4);
    uint64_t size = syscall_argument(frame, 2);
    struct unix_message message = {.flags = (unsigned)syscall_argument(frame, 3)};
    struct socket_use use;
    int64_t result = socket_use_begin(&use, (unsigned)syscall_argument(frame, 0));

    if (result != 0)
        return result;
    struct io io = io_user(syscall_pointer(frame, 1), size < FILE_IO_MAX ? size : FILE_IO_MAX);
    result = unix_receive(use.socket, &io, &message, socket_use_waits(&use, message.flags));
    socket_use_end(&use);
    if (result >= 0 && message.ret_rights != NULL)
        unix_rights_free(message.ret_rights);
    if (result < 0 || at.address == 0)
        return result;
    int error = socket_address_copy_out(at, syscall_pointer(frame, 5), &message.ret_address);
    return error != 0 ? error : result;
}

/* sendmsg() */

static int64_t send_header_io(struct socket_use *use, const struct msghdr *header, struct io *io,
                              struct unix_message *message)
{
    struct unix_address address;

    if (header->name == 0 || header->name_length == 0)
        return unix_send(use->socket, io, message, socket_use_waits(use, message->flags));
    int length = header->name_length > SOCKADDR_MAX ? SOCKADDR_MAX : header->name_length;
    int error = socket_address_copy_in((user_ptr_t){header->name}, length, &address);
    return error != 0 ? error : send_to(use, io, message, &address);
}

static int64_t send_header(struct socket_use *use, const struct msghdr *header, unsigned flags)
{
    struct unix_message message = {.flags = flags};
    struct io_vector vector;
    struct control control;
    int error = header->segment_count > INT32_MAX ? -EMSGSIZE : 0;

    if (error == 0)
        error = io_vector_copy_in(&vector, (user_ptr_t){header->segments}, (int)header->segment_count);
    if (error != 0)
        return error == -EINVAL && header->segment_count > VECTOR_MAX ? -EMSGSIZE : error;
    int64_t result = control_copy_in((user_ptr_t){header->control}, header->control_length, &control);
    if (result == 0) {
        message.rights = control.rights;
        message.credentials = control.has_credentials ? &control.credentials : NULL;
        result = send_header_io(use, header, &vector.io, &message);
        control.rights = message.rights; /* those that have not been sent */
        control_release(&control);
    }
    io_vector_release(&vector);
    return send_result(use, result, flags);
}

/* sendmsg(fd, header, flags) */
int64_t sys_sendmsg(struct trap_frame *frame)
{
    struct socket_use use;
    struct msghdr header;
    int64_t result = socket_use_begin(&use, (unsigned)syscall_argument(frame, 0));

    if (result != 0)
        return result;
    result = user_copy_in(&header, syscall_pointer(frame, 1), sizeof(header), NULL);
    if (result == 0)
        result = send_header(&use, &header, (unsigned)syscall_argument(frame, 2));
    socket_use_end(&use);
    return result;
}

/* sendmmsg(fd, headers, count, flags) */
int64_t sys_sendmmsg(struct trap_frame *frame)
{
    uint64_t at = syscall_argument(frame, 1);
    unsigned count = (unsigned)syscall_argument(frame, 2), done = 0;
    struct socket_use use;
    int64_t result = socket_use_begin(&use, (unsigned)syscall_argument(frame, 0));

    if (result != 0)
        return result;
    if (count > VECTOR_MAX)
        count = VECTOR_MAX;
    while (done < count && result >= 0) {
        struct mmsghdr vector;
        result = user_copy_in(&vector.header, (user_ptr_t){at}, sizeof(vector.header), NULL);
        if (result == 0)
            result = send_header(&use, &vector.header, (unsigned)syscall_argument(frame, 3));
        if (result < 0)
            break;
        vector.length = (uint32_t)result;
        user_ptr_t length_at = {at + offsetof(struct mmsghdr, length)};
        if (user_copy_out(length_at, &vector.length, sizeof(vector.length)) != 0)
            result = -EFAULT;
        else
            done++;
        at += sizeof(vector);
    }
    socket_use_end(&use);
    return done > 0 ? (int64_t)done : result;
}

/* recvmsg() */

/* Tell the program what came with the bytes: address, control messages, flags. */
static int copy_out_header(user_ptr_t at, const struct msghdr *header, struct unix_message *message,
                           unsigned call_flags)
{
    uint32_t flags = message->ret_flags | (call_flags & MSG_CMSG_CLOEXEC);
    user_ptr_t length_at = {at.address + offsetof(struct msghdr, name_length)};
    uint64_t control_length =
        control_copy_out((user_ptr_t){header->control}, header->control == 0 ? 0 : header->control_length,
                         message, call_flags, &flags);
    int error = 0;

    if (header->name != 0)
        error = socket_address_copy_out((user_ptr_t){header->name}, length_at, &message->ret_address);
    if (error == 0)
        error = user_copy_out((user_ptr_t){at.address + offsetof(struct msghdr, control_length)},
                              &control_length, sizeof(control_length));
    if (error == 0)
        error =
            user_copy_out((user_ptr_t){at.address + offsetof(struct msghdr, flags)}, &flags, sizeof(flags));
    return error;
}

static int64_t receive_header(struct socket_use *use, user_ptr_t at, unsigned flags)
{
    struct unix_message message = {.flags = flags};
    struct io_vector vector;
    struct msghdr header;

    if (user_copy_in(&header, at, sizeof(header), NULL) != 0)
        return -EFAULT;
    if (header.segment_count > VECTOR_MAX)
        return -EMSGSIZE;
    if (header.name != 0 && header.name_length < 0)
        return -EINVAL;
    int error = io_vector_copy_in(&vector, (user_ptr_t){header.segments}, (int)header.segment_count);
    if (error != 0)
        return error;
    int64_t result = unix_receive(use->socket, &vector.io, &message, socket_use_waits(use, flags));
    io_vector_release(&vector);
    if (result < 0)
        return result;
    error = copy_out_header(at, &header, &message, flags);
    return error != 0 ? error : result;
}

/* recvmsg(fd, header, flags) */
int64_t sys_recvmsg(struct trap_frame *frame)
{
    struct socket_use use;
    int64_t result = socket_use_begin(&use, (unsigned)syscall_argument(frame, 0));

    if (result != 0)
        return result;
    result = receive_header(&use, syscall_pointer(frame, 1), (unsigned)syscall_argument(frame, 2));
    socket_use_end(&use);
    return result;
}

/* recvmmsg(fd, headers, count, flags, timeout): the timeout is looked at between messages, as on Linux. */
int64_t sys_recvmmsg(struct trap_frame *frame)
{
    user_ptr_t timeout = syscall_pointer(frame, 4);
    uint64_t at = syscall_argument(frame, 1), deadline_ns;
    unsigned count = (unsigned)syscall_argument(frame, 2), done = 0;
    unsigned flags = (unsigned)syscall_argument(frame, 3);
    struct socket_use use;
    int64_t result = user_timespec_to_deadline(timeout, &deadline_ns);

    if (result == 0)
        result = socket_use_begin(&use, (unsigned)syscall_argument(frame, 0));
    if (result != 0)
        return result;
    if (count > VECTOR_MAX)
        count = VECTOR_MAX;
    while (done < count) {
        result = receive_header(&use, (user_ptr_t){at}, flags & ~(unsigned)MSG_WAITFORONE);
        if (result < 0)
            break;
        uint32_t length = (uint32_t)result;
        user_ptr_t length_at = {at + offsetof(struct mmsghdr, length)};
        result = user_copy_out(length_at, &length, sizeof(length));
        if (result != 0)
            break;
        done++;
        at += sizeof(struct mmsghdr);
        if ((flags & MSG_WAITFORONE) != 0)
            flags |= MSG_DONTWAIT;
        if (user_deadline_is_past(deadline_ns))
            break;
    }
    socket_use_end(&use);
    if (timeout.address != 0 && done > 0 && user_timespec_write_left(timeout, deadline_ns) != 0)
        return -EFAULT;
    return done > 0 ? (int64_t)done : result;
}
