/* Control messages of any bytes: what sendmsg makes of them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#include "program.h"

static uint32_t seed = 1;

static uint32_t draw(uint32_t limit)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % limit;
}

static void fill(struct cmsghdr *head, size_t left)
{
    static const int data[] = {0, 1, 2, -1, 77, 1000000};
    int *words = (int *)CMSG_DATA(head);

    head->cmsg_len = draw(4) == 0 ? draw(80) : sizeof(*head) + draw(8) * 4;
    head->cmsg_level = draw(8) == 0 ? (int)draw(3) : SOL_SOCKET;
    head->cmsg_type = draw(12) == 0 ? 0 : draw(3) == 0 ? SCM_CREDENTIALS : SCM_RIGHTS;
    for (size_t i = 0; i < (left - sizeof(*head)) / sizeof(int); i++)
        words[i] = data[draw(draw(3) == 0 ? COUNT_OF(data) : 2)];
    if (head->cmsg_type == SCM_CREDENTIALS && left >= CMSG_LEN(12)) {
        if (draw(2) == 0)
            head->cmsg_len = CMSG_LEN(12);
        words[0] = draw(2) ? getpid() : 999999;
        words[1] = getuid();
        words[2] = getgid();
    }
}

/* Without the C library, which copies control messages itself. */
static long send_raw(int fd, const struct msghdr *header)
{
    return syscall(SYS_sendmsg, fd, header, 0);
}

int main(void)
{
    int pair[2];
    char byte;
    long counts[256] = {0};

    program_begin();
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    for (int i = 0; i < 3000; i++) {
        _Alignas(8) char bytes[128];
        struct iovec piece = {"x", 1};
        struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = bytes};

        memset(bytes, 0, sizeof(bytes));
        header.msg_controllen = draw(sizeof(bytes));
        for (size_t at = 0; at + sizeof(struct cmsghdr) <= sizeof(bytes);) {
            struct cmsghdr *head = (struct cmsghdr *)(bytes + at);
            fill(head, sizeof(bytes) - at);
            at += (head->cmsg_len + 7) / 8 * 8 + (head->cmsg_len == 0 ? 128 : 0);
        }
        long result = send_raw(pair[0], &header);
        int error = result == 1 ? 0 : errno;
        if (error == 0)
            expect_value("arrives", read(pair[1], &byte, 1), 1);
        printf("%d: %d\n", i, error);
        counts[error & 255]++;
    }
    for (int i = 0; i < 256; i++) {
        if (counts[i] != 0)
            printf("errno %d: %ld times\n", i, counts[i]);
    }
    expect_value("no descriptor was lost", open("/dev/null", O_RDONLY), pair[1] + 1);
    struct iovec piece = {"x", 1};
    struct msghdr header = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = (void *)16, .msg_controllen = 32};
    expect_error("bad pointer", send_raw(pair[0], &header), EFAULT);
    header.msg_controllen = 1 << 20;
    expect_error("too long", send_raw(pair[0], &header), ENOBUFS);
    expect_error("no header", send_raw(pair[0], (void *)16), EFAULT);
    header = (struct msghdr){.msg_iov = &piece, .msg_iovlen = 2000};
    expect_error("too many pieces", send_raw(pair[0], &header), EMSGSIZE);
    expect_error("too many pieces", syscall(SYS_recvmsg, pair[0], &header, 0), EMSGSIZE);
    return program_end();
}
