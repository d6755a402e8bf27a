/* Sending where nobody receives any more: which calls raise SIGPIPE, by the type of the socket. And accept()
 * without a free descriptor, which leaves the connection alone. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "show.h"
#include "sleeping.h"

static volatile int pipes; /* SIGPIPEs */

static void on_pipe(int signal)
{
    pipes += signal == SIGPIPE;
}

static void show_signals(void)
{
    printf("    SIGPIPE: %d\n", pipes);
    pipes = 0;
}

static void send_in_vain(int fd)
{
    const struct iovec part = {"ab", 2};
    const struct msghdr message = {.msg_iov = (struct iovec *)&part, .msg_iovlen = 1};
    int file = open("/tmp/send-in-vain", O_RDWR | O_CREAT | O_TRUNC, 0600);

    SHOW(write(fd, "ab", 2));
    show_signals();
    SHOW(writev(fd, &part, 1));
    show_signals();
    SHOW(send(fd, "ab", 2, 0));
    show_signals();
    SHOW(send(fd, "ab", 2, MSG_NOSIGNAL));
    show_signals();
    SHOW(sendmsg(fd, &message, 0));
    show_signals();
    SHOW(sendmsg(fd, &message, MSG_NOSIGNAL));
    show_signals();
    SHOW(write(file, "abcd", 4));
    SHOW(lseek(file, 0, SEEK_SET));
    SHOW(sendfile(fd, file, NULL, 4));
    show_signals();
    close(file);
    unlink("/tmp/send-in-vain");
}

static void type(const char *name, int kind)
{
    int fds[2];

    printf("-- %s, shut down\n", name);
    SHOW(socketpair(AF_UNIX, kind, 0, fds));
    SHOW(shutdown(fds[0], SHUT_WR));
    send_in_vain(fds[0]);
    close(fds[0]);
    close(fds[1]);
    printf("-- %s, the peer receives no more\n", name);
    SHOW(socketpair(AF_UNIX, kind, 0, fds));
    SHOW(shutdown(fds[1], SHUT_RD));
    send_in_vain(fds[0]);
    close(fds[0]);
    close(fds[1]);
    if (kind == SOCK_DGRAM) /* which would be another error, and then another one */
        return;
    printf("-- %s, the peer is gone\n", name);
    SHOW(socketpair(AF_UNIX, kind, 0, fds));
    close(fds[1]);
    send_in_vain(fds[0]);
    close(fds[0]);
}

static void limit_descriptors(rlim_t count)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = count;
    SHOW(setrlimit(RLIMIT_NOFILE, &limit));
}

static void accept_later(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/tmp/accept-later"};
    struct sockaddr *to = (struct sockaddr *)&address;
    char text[8] = "";

    printf("-- no descriptor is free\n");
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(bind(listener, to, sizeof(address)));
    SHOW(listen(listener, 3));
    SHOW(fcntl(listener, F_SETFL, O_NONBLOCK));
    limit_descriptors((rlim_t)client + 1);
    SHOW(accept(listener, NULL, NULL)); /* before anything waits */
    SHOW(connect(client, to, sizeof(address)));
    SHOW(write(client, "hello", 5));
    SHOW(accept(listener, NULL, NULL));
    SHOW(accept4(listener, NULL, NULL, 12345));
    SHOW(accept4(-1, NULL, NULL, 0));
    SHOW(write(client, "again", 5));
    show_signals();
    limit_descriptors(100);
    SHOW(accept(listener, BAD, &(socklen_t){4}));
    show_signals();
    SHOW(accept(listener, NULL, NULL));
    close(client);
    client = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(connect(client, to, sizeof(address)));
    SHOW(write(client, "hello", 5));
    int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    SHOW(accepted - client);
    SHOW(fcntl(accepted, F_GETFD));
    SHOW(read(accepted, text, sizeof(text)));
    printf("%s\n", text);
    close(accepted);
    /* A descriptor of a call that found nothing is free again. */
    SHOW(accept(listener, NULL, NULL));
    SHOW(dup(client) - client);
    unlink(address.sun_path);
}

/* A thread of another process's that waits in accept() has its descriptor reserved, but not open. */
static void accept_waits(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/tmp/accept-waits"};
    struct sockaddr *to = (struct sockaddr *)&address;
    int status, free_before;

    printf("-- while another one waits\n");
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(bind(listener, to, sizeof(address)));
    SHOW(listen(listener, 3));
    free_before = dup(client);
    close(free_before);
    long child = syscall(SYS_clone, 0x400 | SIGCHLD, 0, 0, 0, 0); /* CLONE_FILES */
    if (child == 0)
        _exit(accept(listener, NULL, NULL) == free_before ? 3 : 4);
    pid_t looker = fork(); /* not here: looking takes descriptors */
    if (looker == 0) {
        await_sleep((pid_t)child);
        _exit(0);
    }
    waitpid(looker, NULL, 0);
    SHOW(fcntl(free_before, F_GETFD));
    SHOW(close(free_before));
    SHOW(syscall(SYS_dup2, client, free_before)); /* musl would try again and again */
    SHOW(dup(client) - free_before);
    pid_t other = fork(); /* has a copy, without what is reserved */
    if (other == 0)
        _exit(dup2(client, free_before) == free_before ? 5 : 6);
    waitpid(other, &status, 0);
    printf("a copy of the descriptors: %#x\n", (unsigned)status);
    SHOW(connect(client, to, sizeof(address)));
    waitpid((pid_t)child, &status, 0);
    printf("the one who waited: %#x\n", (unsigned)status);
    SHOW(fcntl(free_before, F_GETFD));
    unlink(address.sun_path);
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_pipe};

    begin();
    sigaction(SIGPIPE, &action, NULL);
    type("stream", SOCK_STREAM);
    type("datagram", SOCK_DGRAM);
    type("packets", SOCK_SEQPACKET);
    accept_later();
    accept_waits();
    return 0;
}
