/* Datagrams and sequenced packets of AF_UNIX. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "program.h"

static int poll_one(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP};

    (void)poll(&one, 1, 0);
    return one.revents;
}

static void messages(int type)
{
    int fds[2];
    char text[32];

    printf("type %d\n", type);
    expect_value("pair", socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fds), 0);
    expect_value("send", send(fds[0], "first", 5, 0), 5);
    expect_value("send nothing", send(fds[0], "", 0, 0), 0);
    expect_value("send", send(fds[0], "third one", 9, 0), 9);
    expect_value("peek", recv(fds[1], text, 3, MSG_PEEK | MSG_TRUNC), 5);
    expect_value("receive", recv(fds[1], text, 32, 0), 5);
    expect_value("receive nothing", recv(fds[1], text, 32, 0), 0);
    struct iovec piece = {text, 4};
    struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1, .msg_flags = 99};
    expect_value("a short buffer", recvmsg(fds[1], &header, 0), 4);
    expect_value("flags", header.msg_flags, MSG_TRUNC);
    expect_error("nothing left", recv(fds[1], text, 32, 0), EAGAIN);
    expect_error("too long", send(fds[0], (void *)0x10000, 1 << 20, 0), EMSGSIZE);
    expect_value("write", write(fds[1], "back", 4), 4);
    expect_value("read", read(fds[0], text, 32), 4);
    expect_value("idle", poll_one(fds[0]), POLLOUT);
    signal(SIGPIPE, SIG_IGN);
    close(fds[1]);
    printf("closed: %x\n", poll_one(fds[0]));
    long result = send(fds[0], "x", 1, 0);
    printf("send: %ld %d\n", result, errno);
    result = recv(fds[0], text, 32, 0);
    printf("receive: %ld %d\n", result, result < 0 ? errno : 0);
    result = send(fds[0], "x", 1, 0);
    printf("send: %ld %d\n", result, errno);
    close(fds[0]);
}

static struct sockaddr_un abstract(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    strcpy(address.sun_path + 1, name);
    return address;
}

static void addresses(void)
{
    struct sockaddr_un a = abstract("lintel-a"), b = abstract("lintel-b"), got;
    int first = socket(AF_UNIX, SOCK_DGRAM, 0), second = socket(AF_UNIX, SOCK_DGRAM, 0);
    int third = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0), count = 0;
    socklen_t size = 2 + 9, length = sizeof(got);
    char text[16] = "";

    expect_error("no peer", send(first, "x", 1, 0), ENOTCONN);
    expect_error("listen", listen(first, 1), EOPNOTSUPP);
    expect_error("accept", accept(first, NULL, NULL), EOPNOTSUPP);
    expect_value("bind", bind(first, (void *)&a, size), 0);
    expect_value("bind", bind(second, (void *)&b, size), 0);
    expect_value("sendto", sendto(first, "hello", 5, 0, (void *)&b, size), 5);
    expect_value("recvfrom", recvfrom(second, text, 16, 0, (void *)&got, &length), 5);
    expect_value("length", length, size);
    expect_true("from the first", memcmp(&got, &a, size) == 0);
    expect_value("from nobody", sendto(third, "anon", 4, 0, (void *)&b, size), 4);
    length = sizeof(got);
    expect_value("recvfrom", recvfrom(second, text, 16, 0, (void *)&got, &length), 4);
    expect_value("no name", length, 0);
    expect_value("connect", connect(second, (void *)&a, size), 0);
    expect_error("not to one who talks to another", sendto(third, "x", 1, 0, (void *)&b, size), EPERM);
    expect_value("but the other may", sendto(first, "y", 1, 0, (void *)&b, size), 1);
    expect_value("connect", connect(third, (void *)&a, size), 0);
    while (send(third, "z", 1, 0) == 1)
        count++;
    expect_value("full", errno, EAGAIN);
    expect_value("messages", count, 11);
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    expect_value("disconnect", connect(third, &none, sizeof(none)), 0);
    expect_error("no peer", send(third, "x", 1, 0), ENOTCONN);
    int stream = socket(AF_UNIX, SOCK_STREAM, 0);
    expect_error("another type", connect(stream, (void *)&a, size), ECONNREFUSED);
    close(first);
    expect_error("gone", send(second, "x", 1, 0), ECONNREFUSED);
    expect_error("and no peer", send(second, "x", 1, 0), ENOTCONN);
    expect_error("gone", sendto(second, "x", 1, 0, (void *)&a, size), ECONNREFUSED);
}

static void many_at_a_time(void)
{
    int fds[2];
    char one[4] = "one", two[4] = "two", a[8] = "", b[8] = "";
    struct iovec out[2] = {{one, 3}, {two, 3}}, in[3] = {{a, 8}, {b, 8}, {a, 8}};
    struct mmsghdr send_vector[2] = {{.msg_hdr = {.msg_iov = &out[0], .msg_iovlen = 1}},
                                     {.msg_hdr = {.msg_iov = &out[0], .msg_iovlen = 2}}};
    struct mmsghdr receive_vector[3] = {{.msg_hdr = {.msg_iov = &in[0], .msg_iovlen = 1}},
                                        {.msg_hdr = {.msg_iov = &in[1], .msg_iovlen = 1}},
                                        {.msg_hdr = {.msg_iov = &in[2], .msg_iovlen = 1}}};

    socketpair(AF_UNIX, SOCK_DGRAM, 0, fds);
    expect_value("sendmmsg", sendmmsg(fds[0], send_vector, 2, 0), 2);
    expect_value("lengths", send_vector[0].msg_len * 10 + send_vector[1].msg_len, 36);
    expect_value("recvmmsg", recvmmsg(fds[1], receive_vector, 3, MSG_WAITFORONE, NULL), 2);
    expect_value("lengths", receive_vector[0].msg_len * 10 + receive_vector[1].msg_len, 36);
    expect_text("second", b, "onetwo");
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    program_begin();
    messages(SOCK_DGRAM);
    messages(SOCK_SEQPACKET);
    addresses();
    many_at_a_time();
    return program_end();
}
