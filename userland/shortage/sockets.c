/* Sockets, and open files that are sent through them. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "shortage/shortage.h"

static long close_both(const int fds[2], long result)
{
    close(fds[0]);
    close(fds[1]);
    return result;
}

static long run_socket(void)
{
    long fd = TRY(socket(AF_UNIX, SOCK_STREAM, 0));

    if (fd >= 0)
        close((int)fd);
    return fd;
}

static long run_socket_pair(void)
{
    int fds[2];
    long result = TRY(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));

    return result < 0 ? result : close_both(fds, result);
}

static socklen_t set_address(struct sockaddr_un *address, const char *name)
{
    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    strcpy(address->sun_path, name);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name) + 1);
}

static long run_bind(void)
{
    struct sockaddr_un address;
    int fd = (int)NEED(socket(AF_UNIX, SOCK_STREAM, 0));
    socklen_t length = set_address(&address, "socket");
    long result = TRY(bind(fd, (struct sockaddr *)&address, length));

    if (result >= 0)
        result = TRY(listen(fd, 5));
    unlink("socket");
    close(fd);
    return result;
}

static long run_bind_abstract(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0shortage"};
    int fd = (int)NEED(socket(AF_UNIX, SOCK_DGRAM, 0));
    long result = TRY(bind(fd, (struct sockaddr *)&address, 12));

    close(fd);
    return result;
}

static long run_connect(void)
{
    struct sockaddr_un address;
    int listener = (int)NEED(socket(AF_UNIX, SOCK_STREAM, 0)),
        fd = (int)NEED(socket(AF_UNIX, SOCK_STREAM, 0));
    socklen_t length = set_address(&address, "socket");

    NEED(bind(listener, (struct sockaddr *)&address, length));
    NEED(listen(listener, 5));
    long result = TRY(connect(fd, (struct sockaddr *)&address, length));
    if (result >= 0) {
        result = TRY(accept(listener, NULL, NULL));
        if (result >= 0)
            close((int)result);
    }
    unlink("socket");
    close(fd);
    close(listener);
    return result;
}

static long run_stream(void)
{
    static char bytes[30000];
    int fds[2];

    NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    long result = TRY(write(fds[0], bytes, sizeof(bytes)));
    if (result >= 0)
        result = TRY(read(fds[1], bytes, sizeof(bytes)));
    return close_both(fds, result);
}

static long run_message(void)
{
    static char bytes[9000];
    int fds[2];

    NEED(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
    long result = TRY(send(fds[0], bytes, sizeof(bytes), 0));
    if (result >= 0)
        result = TRY(recv(fds[1], bytes, sizeof(bytes), 0));
    return close_both(fds, result);
}

union rights {
    char bytes[CMSG_SPACE(4 * sizeof(int))];
    struct cmsghdr header;
};

static struct msghdr message_with_room(union rights *rights, struct iovec *vector)
{
    memset(rights, 0, sizeof(*rights));
    return (struct msghdr){
        .msg_iov = vector, .msg_iovlen = 1, .msg_control = rights, .msg_controllen = sizeof(*rights)};
}

static void put_descriptors(struct msghdr *message, int fd)
{
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    int fds[4] = {fd, fd, fd, fd};

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fds));
    memcpy(CMSG_DATA(header), fds, sizeof(fds));
}

/* Close what has arrived. Returns how many. */
static int take_descriptors(struct msghdr *message)
{
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    int fds[4], count = 0;

    if (header == NULL || header->cmsg_type != SCM_RIGHTS)
        return 0;
    size_t size = header->cmsg_len - CMSG_LEN(0);
    memcpy(fds, CMSG_DATA(header), size);
    for (size_t i = 0; i < size / sizeof(int); i++)
        count += close(fds[i]) == 0;
    return count;
}

/* The descriptors lie high for who receives them: its table must grow. */
static long run_rights(void)
{
    char byte = 'x';
    struct iovec vector = {&byte, 1};
    union rights rights;
    int fds[2], low[60];

    NEED(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    for (size_t i = 0; i < 60; i++)
        low[i] = (int)NEED(dup(fds[0]));
    struct msghdr message = message_with_room(&rights, &vector);
    put_descriptors(&message, fds[0]);
    long result = TRY(sendmsg(fds[0], &message, 0));
    if (result >= 0) {
        message = message_with_room(&rights, &vector);
        result = TRY(recvmsg(fds[1], &message, 0));
        if (result >= 0)
            take_descriptors(&message);
    }
    for (size_t i = 0; i < 60; i++)
        close(low[i]);
    return close_both(fds, result);
}

/* A socket on its way through itself is garbage that a search finds when another socket is closed. */
static long run_rights_lost(void)
{
    char byte = 'x';
    struct iovec vector = {&byte, 1};
    union rights rights;
    int fds[2];

    NEED(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
    struct msghdr message = message_with_room(&rights, &vector);
    put_descriptors(&message, fds[1]);
    long result = TRY(sendmsg(fds[0], &message, 0));
    close_both(fds, 0);
    int other = (int)NEED(socket(AF_UNIX, SOCK_DGRAM, 0));
    shortage_begin();
    close(other);
    shortage_end(0);
    return result;
}

static long run_batch(void)
{
    static char bytes[3][2000];
    struct iovec vectors[3];
    struct mmsghdr messages[3] = {0};
    int fds[2];

    NEED(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
    for (size_t i = 0; i < 3; i++) {
        vectors[i] = (struct iovec){bytes[i], sizeof(bytes[i])};
        messages[i].msg_hdr.msg_iov = &vectors[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    long result = TRY(sendmmsg(fds[0], messages, 3, 0));
    if (result > 0)
        result = TRY(recvmmsg(fds[1], messages, (unsigned)result, MSG_DONTWAIT, NULL));
    return close_both(fds, result);
}

/* To a name, by a socket that gets one of its own with the message. */
static long run_send_to(void)
{
    struct sockaddr_un address;
    int receiver = (int)NEED(socket(AF_UNIX, SOCK_DGRAM, 0)), fd = (int)NEED(socket(AF_UNIX, SOCK_DGRAM, 0));
    int is_on = 1;
    socklen_t length = set_address(&address, "socket");

    NEED(bind(receiver, (struct sockaddr *)&address, length));
    NEED(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &is_on, sizeof(is_on)));
    long result = TRY(sendto(fd, "x", 1, 0, (struct sockaddr *)&address, length));
    unlink("socket");
    close(fd);
    close(receiver);
    return result;
}

const struct shortage_case socket_cases[] = {
    {"socket", run_socket},
    {"socket-pair", run_socket_pair},
    {"bind", run_bind},
    {"bind-abstract", run_bind_abstract},
    {"connect", run_connect},
    {"stream", run_stream},
    {"message", run_message},
    {"rights", run_rights},
    {"rights-lost", run_rights_lost},
    {"batch", run_batch},
    {"send-to", run_send_to},
    {NULL, NULL},
};
