/* Open files and credentials as the luggage of messages. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "program.h"

union control {
    struct cmsghdr head;
    char bytes[256];
};

static long send_fds(int fd, const int *fds, int count, const char *text)
{
    union control control = {0};
    struct iovec piece = {(void *)text, strlen(text)};
    struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control};

    header.msg_controllen = CMSG_SPACE(count * sizeof(int));
    control.head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(count * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.head), fds, count * sizeof(int));
    return sendmsg(fd, &header, 0);
}

/* Returns bytes; *count is how many files came, into fds. */
static long receive_fds(int fd, int *fds, int *count, size_t room, int flags, int *ret_flags)
{
    union control control = {0};
    static char text[64];
    struct iovec piece = {text, sizeof(text)};
    struct msghdr header = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = room};
    long size = recvmsg(fd, &header, flags);

    *count = 0;
    *ret_flags = header.msg_flags;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&header); head != NULL; head = CMSG_NXTHDR(&header, head)) {
        printf("control: level %d type %d length %d\n", head->cmsg_level, head->cmsg_type,
               (int)head->cmsg_len);
        if (head->cmsg_type == SCM_RIGHTS) {
            *count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            memcpy(fds, CMSG_DATA(head), *count * sizeof(int));
        }
    }
    printf("control bytes left over: %d\n", (int)header.msg_controllen);
    return size;
}

static void files(int type)
{
    int pair[2], ends[2], got[4], count, flags;
    char text[16] = "";

    expect_value("pair", socketpair(AF_UNIX, type, 0, pair), 0);
    expect_value("pipe", pipe(ends), 0);
    expect_value("send", send_fds(pair[0], ends, 2, "files"), 5);
    close(ends[1]);
    expect_value("receive", receive_fds(pair[1], got, &count, 64, MSG_CMSG_CLOEXEC, &flags), 5);
    expect_value("how many", count, 2);
    expect_value("flags", flags, MSG_CMSG_CLOEXEC);
    expect_value("close on exec", fcntl(got[0], F_GETFD), FD_CLOEXEC);
    expect_value("write", write(got[1], "through", 7), 7);
    expect_value("read", read(ends[0], text, 16), 7);
    close(got[0]);
    close(got[1]);
    expect_value("the last writer has gone", read(ends[0], text, 16), 0);
    expect_value("send", send_fds(pair[0], ends, 1, "cut"), 3);
    expect_value("no room", receive_fds(pair[1], got, &count, 8, 0, &flags), 3);
    expect_value("flags", flags & MSG_CTRUNC, MSG_CTRUNC);
    int same[3] = {ends[0], ends[0], ends[0]};
    expect_value("send", send_fds(pair[0], same, 3, "cut"), 3);
    expect_value("room for one", receive_fds(pair[1], got, &count, CMSG_LEN(4), 0, &flags), 3);
    expect_value("how many", count, 1);
    expect_value("flags", flags & MSG_CTRUNC, MSG_CTRUNC);
    close(got[0]);
    expect_error("a closed one", send_fds(pair[0], (int[]){77}, 1, "x"), EBADF);
    expect_value("send", send_fds(pair[0], ends, 1, "peek"), 4);
    expect_value("peek", receive_fds(pair[1], got, &count, 64, MSG_PEEK, &flags), 4);
    expect_value("how many", count, 1);
    expect_value("and again", receive_fds(pair[1], got + 1, &count, 64, 0, &flags), 4);
    expect_value("how many", count, 1);
    close(got[0]);
    close(got[1]);
    expect_value("send", send_fds(pair[0], ends, 1, "lost"), 4);
    close(ends[0]);
    expect_value("read takes no files", read(pair[1], text, 16), 4);
    close(pair[0]);
    close(pair[1]);
}

static void boundaries(void)
{
    int pair[2], got[4], count, flags;

    expect_value("pair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    expect_value("bytes", write(pair[0], "abc", 3), 3);
    expect_value("with a file", send_fds(pair[0], pair, 1, "def"), 3);
    expect_value("bytes", write(pair[0], "ghi", 3), 3);
    expect_value("up to the file's bytes", receive_fds(pair[1], got, &count, 64, 0, &flags), 6);
    expect_value("one", count, 1);
    close(got[0]);
    expect_value("the rest", receive_fds(pair[1], got, &count, 64, 0, &flags), 3);
    close(pair[0]);
    close(pair[1]);
}

static void credentials(void)
{
    int pair[2], on = 1, status;
    union control control;
    struct ucred peer, *sent;
    socklen_t length = sizeof(peer);
    char byte;
    struct iovec piece = {&byte, 1};

    expect_value("pair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    expect_value("SO_PEERCRED", getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &peer, &length), 0);
    expect_true("it is me", peer.pid == getpid() && peer.uid == getuid() && peer.gid == getgid());
    expect_value("SO_PASSCRED", setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
    pid_t child = fork();
    if (child == 0)
        _exit(write(pair[1], "x", 1) == 1 ? 0 : 1);
    waitpid(child, &status, 0);
    struct msghdr header = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    expect_value("receive", recvmsg(pair[0], &header, 0), 1);
    struct cmsghdr *head = CMSG_FIRSTHDR(&header);
    expect_true("credentials", head != NULL && head->cmsg_type == SCM_CREDENTIALS);
    sent = (struct ucred *)CMSG_DATA(head);
    expect_true("of the child", sent->pid == child && sent->uid == getuid() && sent->gid == getgid());
    header.msg_controllen = CMSG_SPACE(sizeof(*sent));
    *head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(*sent)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS};
    *sent = (struct ucred){getpid(), getuid(), getgid()};
    expect_value("own ones", sendmsg(pair[1], &header, 0), 1);
    head->cmsg_len = CMSG_LEN(4);
    expect_error("too short", sendmsg(pair[1], &header, 0), EINVAL);
    head->cmsg_len = 4;
    expect_error("shorter than its head", sendmsg(pair[1], &header, 0), EINVAL);
    *head = (struct cmsghdr){.cmsg_len = CMSG_LEN(4), .cmsg_level = SOL_SOCKET, .cmsg_type = 77};
    expect_error("unknown", sendmsg(pair[1], &header, 0), EINVAL);
    close(pair[0]);
    close(pair[1]);
}

/* Sockets that lie in queues of each other, and that nobody else has. */
static void circles(void)
{
    int mark[2], pair[2], other[2];
    char byte;

    expect_value("pipe", pipe(mark), 0);
    for (int i = 0; i < 50; i++) {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || socketpair(AF_UNIX, SOCK_DGRAM, 0, other) != 0)
            expect_value("pair", errno, 0);
        send_fds(pair[0], (int[]){pair[1], mark[1]}, 2, "a");
        send_fds(pair[1], (int[]){pair[0], other[0]}, 2, "b");
        send_fds(other[1], (int[]){pair[0], other[0], mark[1]}, 3, "c");
        close(pair[0]);
        close(pair[1]);
        close(other[0]);
        close(other[1]);
    }
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    close(pair[0]);
    close(pair[1]);
    close(mark[1]);
    expect_value("all have been closed", read(mark[0], &byte, 1), 0);
    close(mark[0]);
}

/* A chain of sockets, each in the queue of the next: closed one after the other. */
static void chain(void)
{
    int mark[2], last[2], next[2];
    char byte;

    expect_value("pipe", pipe(mark), 0);
    socketpair(AF_UNIX, SOCK_DGRAM, 0, last);
    send_fds(last[0], mark + 1, 1, "end");
    for (int i = 0; i < 3000; i++) {
        socketpair(AF_UNIX, SOCK_DGRAM, 0, next);
        send_fds(next[0], last, 2, "link");
        close(last[0]);
        close(last[1]);
        last[0] = next[0];
        last[1] = next[1];
    }
    close(last[0]);
    close(last[1]);
    close(mark[1]);
    expect_value("all have been closed", read(mark[0], &byte, 1), 0);
    close(mark[0]);
}

/* How many files a user may have in queues. */
static void limit_of_a_user(uid_t user)
{
    const struct rlimit limit = {12, 12};
    int pair[2], got[4], count, flags, sent = 0, status;
    pid_t child = fork();

    if (child != 0) {
        waitpid(child, &status, 0);
        expect_value("the limit of a user", status, 0);
        return;
    }
    if (setresuid(user, user, user) != 0)
        _exit(9);
    setrlimit(RLIMIT_NOFILE, &limit);
    expect_value("pair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
    while (sent < 100 && send_fds(pair[0], (int[]){1, 2}, 2, "x") == 1)
        sent++;
    expect_value("messages", sent, user == 0 ? 100 : 7);
    if (user != 0) {
        expect_error("too many", send_fds(pair[0], (int[]){1}, 1, "x"), ETOOMANYREFS);
        expect_value("bytes alone", send(pair[0], "x", 1, 0), 1);
        expect_value("receive", receive_fds(pair[1], got, &count, 64, 0, &flags), 1);
        expect_value("again", send_fds(pair[0], (int[]){1}, 1, "x"), 1);
        expect_error("too many", send_fds(pair[0], (int[]){1}, 1, "x"), ETOOMANYREFS);
        close(pair[0]);
        close(pair[1]);
        expect_value("pair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
        expect_value("after the end", send_fds(pair[0], (int[]){1}, 1, "x"), 1);
    }
    _exit(program_failures);
}

int main(void)
{
    program_begin();
    files(SOCK_STREAM);
    files(SOCK_DGRAM);
    files(SOCK_SEQPACKET);
    boundaries();
    credentials();
    circles();
    chain();
    limit_of_a_user(7777);
    limit_of_a_user(0);
    return program_end();
}
