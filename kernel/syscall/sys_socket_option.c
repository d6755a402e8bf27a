/* getsockopt() and setsockopt(). */
#include "abi/errno.h"
#include "abi/time.h"
#include "mm/user_access.h"
#include "proc/identity.h"
#include "syscall/dispatch.h"
#include "syscall/socket_call.h"

#define NS_PER_SECOND 1000000000ll
#define NS_PER_US 1000
#define US_PER_SECOND 1000000

/* What may be asked for, and becomes twice that: for the bookkeeping, as on Linux. */
#define SEND_BUFFER_MIN 4608
#define RECEIVE_BUFFER_MIN 2304
#define BUFFER_MAX 212992

union option_value {
    int32_t number;
    struct ucred credentials;
    struct timeval time;
    struct linger linger;
};

static int32_t buffer_clamp(int32_t wanted, int32_t least, bool is_forced)
{
    int64_t size = !is_forced && wanted > BUFFER_MAX ? BUFFER_MAX : wanted;

    size *= 2;
    if (size > INT32_MAX / 2)
        size = INT32_MAX / 2;
    return size < least ? least : (int32_t)size;
}

/* A timeout of 0 is none; a negative one does not wait. Errors: -EDOM. */
static int set_timeout(struct unix_socket *socket, enum unix_buffer buffer, const struct timeval *time)
{
    uint64_t timeout_ns = UINT64_MAX;

    if (time->microseconds < 0 || time->microseconds >= US_PER_SECOND)
        return -EDOM;
    if (time->seconds < 0)
        timeout_ns = 1;
    else if ((time->seconds != 0 || time->microseconds != 0) && time->seconds < INT64_MAX / NS_PER_SECOND)
        timeout_ns = (uint64_t)(time->seconds * NS_PER_SECOND + time->microseconds * NS_PER_US);
    unix_set_timeout_ns(socket, buffer, timeout_ns);
    return 0;
}

static struct timeval get_timeout(struct unix_socket *socket, enum unix_buffer buffer)
{
    uint64_t timeout_ns = unix_timeout_ns(socket, buffer);

    if (timeout_ns == UINT64_MAX)
        return (struct timeval){0};
    return (struct timeval){(int64_t)(timeout_ns / NS_PER_SECOND),
                            (int64_t)(timeout_ns % NS_PER_SECOND / NS_PER_US)};
}

static int set_buffer(struct unix_socket *socket, int option, int32_t wanted)
{
    bool is_forced = option == SO_SNDBUFFORCE || option == SO_RCVBUFFORCE;
    bool is_send = option == SO_SNDBUF || option == SO_SNDBUFFORCE;

    if (is_forced && !identity_is_superuser())
        return -EPERM;
    int32_t size = buffer_clamp(wanted, is_send ? SEND_BUFFER_MIN : RECEIVE_BUFFER_MIN, is_forced);
    unix_set_buffer_size(socket, is_send ? UNIX_BUFFER_SEND : UNIX_BUFFER_RECEIVE, (uint32_t)size);
    return 0;
}

static int option_set(struct unix_socket *socket, int option, const union option_value *value)
{
    switch (option) {
    case SO_SNDBUF:
    case SO_RCVBUF:
    case SO_SNDBUFFORCE:
    case SO_RCVBUFFORCE:
        return set_buffer(socket, option, value->number);
    case SO_PASSCRED:
        unix_set_passes_credentials(socket, value->number != 0);
        return 0;
    case SO_SNDTIMEO:
        return set_timeout(socket, UNIX_BUFFER_SEND, &value->time);
    case SO_RCVTIMEO:
        return set_timeout(socket, UNIX_BUFFER_RECEIVE, &value->time);
    case SO_REUSEADDR: /* of no effect within this family */
    case SO_BROADCAST:
    case SO_KEEPALIVE:
    case SO_OOBINLINE:
    case SO_PRIORITY:
    case SO_LINGER:
    case SO_RCVLOWAT:
        return 0;
    default:
        return -ENOPROTOOPT;
    }
}

/* The value's size, 0: there is no such option. */
static size_t option_size(int option)
{
    switch (option) {
    case SO_SNDTIMEO:
    case SO_RCVTIMEO:
        return sizeof(struct timeval);
    case SO_LINGER:
        return sizeof(struct linger);
    case SO_PEERCRED:
        return sizeof(struct ucred);
    default:
        return sizeof(int32_t);
    }
}

/* setsockopt(fd, level, option, value, length) */
int64_t sys_setsockopt(struct trap_frame *frame)
{
    int option = syscall_int(frame, 2), length = syscall_int(frame, 4);
    union option_value value = {0};
    struct socket_use use;

    if (length < 0)
        return -EINVAL;
    int error = socket_use_begin(&use, (unsigned)syscall_argument(frame, 0));
    if (error != 0)
        return error;
    if (syscall_int(frame, 1) != SOL_SOCKET)
        error = -EOPNOTSUPP;
    else if ((size_t)length < sizeof(value.number) || (size_t)length < option_size(option))
        error = -EINVAL;
    else
        error = user_copy_in(&value, syscall_pointer(frame, 3), option_size(option), NULL);
    if (error == 0)
        error = option_set(use.socket, option, &value);
    socket_use_end(&use);
    return error;
}

static int option_get(struct unix_socket *socket, int option, union option_value *ret_value)
{
    *ret_value = (union option_value){0};
    switch (option) {
    case SO_TYPE:
        ret_value->number = (int32_t)unix_type(socket);
        return 0;
    case SO_DOMAIN:
        ret_value->number = AF_UNIX;
        return 0;
    case SO_ERROR:
        ret_value->number = unix_take_error(socket);
        return 0;
    case SO_ACCEPTCONN:
        ret_value->number = unix_is_listening(socket);
        return 0;
    case SO_SNDBUF:
        ret_value->number = (int32_t)unix_buffer_size(socket, UNIX_BUFFER_SEND);
        return 0;
    case SO_RCVBUF:
        ret_value->number = (int32_t)unix_buffer_size(socket, UNIX_BUFFER_RECEIVE);
        return 0;
    case SO_SNDTIMEO:
        ret_value->time = get_timeout(socket, UNIX_BUFFER_SEND);
        return 0;
    case SO_RCVTIMEO:
        ret_value->time = get_timeout(socket, UNIX_BUFFER_RECEIVE);
        return 0;
    case SO_PASSCRED:
        ret_value->number = unix_passes_credentials(socket);
        return 0;
    case SO_PEERCRED:
        ret_value->credentials = unix_peer_credentials(socket);
        return 0;
    case SO_RCVLOWAT:
    case SO_SNDLOWAT:
        ret_value->number = 1;
        return 0;
    case SO_REUSEADDR:
    case SO_BROADCAST:
    case SO_KEEPALIVE:
    case SO_OOBINLINE:
    case SO_PRIORITY:
    case SO_LINGER:
    case SO_PROTOCOL:
    case SO_DEBUG:
    case SO_REUSEPORT:
        return 0;
    default:
        return -ENOPROTOOPT;
    }
}

/* getsockopt(fd, level, option, value, length) */
int64_t sys_getsockopt(struct trap_frame *frame)
{
    user_ptr_t length_at = syscall_pointer(frame, 4);
    int option = syscall_int(frame, 2);
    union option_value value;
    struct socket_use use;
    int32_t length;

    int error = socket_use_begin(&use, (unsigned)syscall_argument(frame, 0));
    if (error != 0)
        return error;
    if (syscall_int(frame, 1) != SOL_SOCKET)
        error = -EOPNOTSUPP;
    else if (user_copy_in(&length, length_at, sizeof(length), NULL) != 0)
        error = -EFAULT;
    else
        error = length < 0 ? -EINVAL : option_get(use.socket, option, &value);
    socket_use_end(&use);
    if (error != 0)
        return error;
    if ((size_t)length > option_size(option))
        length = (int32_t)option_size(option);
    if (user_copy_out(syscall_pointer(frame, 3), &value, (size_t)length) != 0)
        return -EFAULT;
    return user_copy_out(length_at, &length, sizeof(length));
}
