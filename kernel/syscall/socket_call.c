#include "syscall/socket_call.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/user_access.h"
#include "proc/fs_context.h"

#define ADDRESS_HEAD ((unsigned)offsetof(struct sockaddr_un, path))

int socket_use_begin(struct socket_use *use, unsigned fd)
{
    use->use = file_use_begin_open(fd);
    if (use->use.file == NULL)
        return -EBADF;
    use->socket = unix_socket_of_file(use->use.file);
    if (use->socket != NULL)
        return 0;
    file_use_end(use->use);
    return -ENOTSOCK;
}

void socket_use_end(struct socket_use *use)
{
    file_use_end(use->use);
}

bool socket_use_waits(const struct socket_use *use, unsigned flags)
{
    return (flags & MSG_DONTWAIT) == 0 && (use->use.file->flags & O_NONBLOCK) == 0;
}

/* The length that counts: of a path without what is behind its end, but with one 0. */
static unsigned address_length(const struct unix_address *address, unsigned length)
{
    if (length <= ADDRESS_HEAD || address->un.path[0] == '\0')
        return length;
    return ADDRESS_HEAD + (unsigned)strnlen(address->un.path, length - ADDRESS_HEAD) + 1;
}

int socket_address_copy_in(user_ptr_t source, int length, struct unix_address *ret_address)
{
    char bytes[SOCKADDR_MAX] = {0};

    if (length < 0 || length > SOCKADDR_MAX)
        return -EINVAL;
    if (user_copy_in(bytes, source, (size_t)length, NULL) != 0)
        return -EFAULT;
    memcpy(&ret_address->un, bytes, sizeof(ret_address->un));
    ret_address->length = (unsigned)length;
    return 0;
}

int socket_address_check(const struct unix_address *address)
{
    bool is_valid = address->length > ADDRESS_HEAD && address->length <= sizeof(address->un) &&
                    address->un.family == AF_UNIX;

    return is_valid ? 0 : -EINVAL;
}

int socket_address_copy_out(user_ptr_t destination, user_ptr_t length, const struct unix_address *address)
{
    unsigned whole = address->length == 0 ? 0 : address_length(address, address->length);
    int32_t size;

    if (user_copy_in(&size, length, sizeof(size), NULL) != 0)
        return -EFAULT;
    if (size < 0)
        return -EINVAL;
    char bytes[sizeof(address->un) + 1] = {0}; /* a path of full length has its 0 behind the structure */
    memcpy(bytes, &address->un, sizeof(address->un));
    unsigned count = (unsigned)size < whole ? (unsigned)size : whole;
    if (count > 0 && user_copy_out(destination, bytes, count) != 0)
        return -EFAULT;
    size = (int32_t)whole;
    return user_copy_out(length, &size, sizeof(size));
}

void socket_paths_begin(struct socket_paths *paths)
{
    fs_context_get(process_current()->fs, &paths->context.root, &paths->context.start);
    identity_get_credentials(&paths->credentials);
    paths->context.credentials = &paths->credentials;
}

void socket_paths_end(struct socket_paths *paths)
{
    path_unref(&paths->context.root);
    path_unref(&paths->context.start);
}
