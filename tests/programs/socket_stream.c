/* Stream sockets of AF_UNIX: pairs, names, connections, end of file, errors. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "program.h"

static int poll_one(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP | POLLPRI};

    (void)poll(&one, 1, 0);
    return one.revents;
}

static void pair(void)
{
    int fds[2], waiting;
    char text[32] = "";

    expect_value("pair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    expect_value("close on exec", fcntl(fds[1], F_GETFD), FD_CLOEXEC);
    expect_value("idle", poll_one(fds[0]), POLLOUT);
    expect_value("write", write(fds[0], "hello, ", 7), 7);
    expect_value("send", send(fds[0], "world", 6, 0), 6);
    expect_value("readable", poll_one(fds[1]), POLLIN | POLLOUT);
    expect_value("FIONREAD", (ioctl(fds[1], FIONREAD, &waiting), waiting), 13);
    expect_value("peek", recv(fds[1], text, 9, MSG_PEEK), 9);
    expect_text("peeked", text, "hello, wo");
    expect_value("read", read(fds[1], text, sizeof(text)), 13);
    expect_text("text", text, "hello, world");
    expect_error("nothing left", recv(fds[1], text, 1, MSG_DONTWAIT), EAGAIN);
    expect_value("read nothing", read(fds[1], text, 0), 0);
    expect_error("lseek", lseek(fds[0], 0, SEEK_SET), ESPIPE);
    expect_error("pread", pread(fds[0], text, 1, 0), ESPIPE);
    expect_error("bad pointer", send(fds[0], (void *)16, 4, 0), EFAULT);
    expect_value("write", write(fds[0], "ab", 2), 2);
    expect_error("bad pointer", read(fds[1], (void *)16, 4), EFAULT);
    expect_value("they are still there", read(fds[1], text, 4), 2);
    expect_value("shut down", shutdown(fds[0], SHUT_WR), 0);
    expect_value("end of file", read(fds[1], text, 4), 0);
    expect_value("half closed", poll_one(fds[1]), POLLIN | POLLOUT | POLLRDHUP);
    expect_error("nobody may send", send(fds[0], "x", 1, MSG_NOSIGNAL), EPIPE);
    expect_value("the other way", write(fds[1], "back", 4), 4);
    expect_value("arrives", read(fds[0], text, 4), 4);
    close(fds[1]);
    expect_value("hung up", poll_one(fds[0]), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
    expect_value("end of file", read(fds[0], text, 4), 0);
    close(fds[0]);
}

static void reset(void)
{
    int fds[2], error = -1;
    socklen_t length = sizeof(error);
    char text[8];

    expect_value("pair", socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    expect_value("write", write(fds[0], "lost", 4), 4);
    close(fds[1]);
    expect_value("reset", poll_one(fds[0]), POLLIN | POLLOUT | POLLERR | POLLRDHUP | POLLHUP);
    expect_value("SO_ERROR", getsockopt(fds[0], SOL_SOCKET, SO_ERROR, &error, &length), 0);
    expect_value("the error", error, ECONNRESET);
    expect_value("told once", read(fds[0], text, 4), 0);
    signal(SIGPIPE, SIG_IGN);
    expect_error("nobody there", write(fds[0], "x", 1), EPIPE);
    close(fds[0]);
}

static void fill(void)
{
    int fds[2];
    static char block[65536];
    long total = 0, count, drained = 0;

    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds);
    while ((count = write(fds[0], block, sizeof(block))) > 0)
        total += count;
    expect_value("full", errno, EAGAIN);
    expect_true("some hundred KiB", total >= 100000 && total <= 600000);
    expect_value("no room", poll_one(fds[0]) & POLLOUT, 0);
    while ((count = read(fds[1], block, sizeof(block))) > 0)
        drained += count;
    expect_true("all of them", drained == total);
    expect_value("room", poll_one(fds[0]), POLLOUT);
    close(fds[0]);
    close(fds[1]);
}

static void through_a_child(void)
{
    int fds[2], status;
    static char block[300000];
    long done = 0, count, sum = 0;

    socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
    pid_t child = fork();
    if (child == 0) {
        close(fds[0]);
        for (unsigned i = 0; i < sizeof(block); i++)
            block[i] = (char)i;
        _exit(write(fds[1], block, sizeof(block)) == sizeof(block) ? 0 : 1);
    }
    close(fds[1]);
    while ((count = read(fds[0], block, 7777)) > 0) {
        for (long i = 0; i < count; i++)
            sum += block[i] == (char)(done + i);
        done += count;
    }
    expect_value("bytes", done, 300000);
    expect_value("right ones", sum, 300000);
    waitpid(child, &status, 0);
    expect_value("child", status, 0);
    expect_value("last one", count, 0);
    close(fds[0]);
}

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    strcpy(address.sun_path, path);
    return address;
}

static void names(void)
{
    const char *folder = make_folder();
    struct sockaddr_un address = address_of(path_in(folder, "socket")), got;
    struct sockaddr *generic = (struct sockaddr *)&address;
    socklen_t length = offsetof(struct sockaddr_un, sun_path) + strlen(address.sun_path) + 1;
    int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0), other;
    char text[16] = "";
    struct stat status;

    expect_error("listen without a name", listen(server, 5), EINVAL);
    expect_value("fresh", poll_one(client), POLLOUT | POLLHUP);
    expect_error("read", read(client, text, 4), EINVAL);
    expect_error("send", send(client, text, 4, 0), ENOTCONN);
    expect_error("no such path", connect(client, generic, length), ENOENT);
    expect_value("bind", bind(server, generic, sizeof(address)), 0);
    expect_error("bind twice", bind(server, generic, sizeof(address)), EADDRINUSE);
    expect_error("bind another", bind(client, generic, sizeof(address)), EADDRINUSE);
    expect_value("stat", stat(address.sun_path, &status), 0);
    expect_true("a socket", S_ISSOCK(status.st_mode));
    expect_error("open", open(address.sun_path, O_RDWR), ENXIO);
    expect_error("nobody listens", connect(client, generic, length), ECONNREFUSED);
    expect_error("accept", accept(server, NULL, NULL), EINVAL);
    expect_value("listen", listen(server, 1), 0);
    expect_value("connect", connect(client, generic, length), 0);
    expect_error("connect again", connect(client, generic, length), EISCONN);
    expect_value("somebody comes", poll_one(server), POLLIN);
    expect_value("write before accept", write(client, "early", 5), 5);
    length = sizeof(got);
    other = accept4(server, (struct sockaddr *)&got, &length, SOCK_CLOEXEC);
    expect_true("accept", other >= 0);
    expect_value("the client has no name", length, 2);
    expect_value("read", read(other, text, sizeof(text)), 5);
    expect_text("text", text, "early");
    length = sizeof(got);
    expect_value("peer's name", getpeername(client, (struct sockaddr *)&got, &length), 0);
    expect_true("its length", length == 2 + strlen(address.sun_path) + 1);
    expect_true("it is the server's", strcmp(got.sun_path, address.sun_path) == 0);
    length = sizeof(got);
    expect_value("own name", getsockname(other, (struct sockaddr *)&got, &length), 0);
    expect_true("the same", strcmp(got.sun_path, address.sun_path) == 0);
    length = 4;
    expect_value("a short buffer", getsockname(other, (struct sockaddr *)&got, &length), 0);
    expect_true("tells the length", length == 2 + strlen(address.sun_path) + 1);
    length = sizeof(got);
    expect_error("no peer", getpeername(server, (struct sockaddr *)&got, &length), ENOTCONN);
    expect_error("nobody comes", (fcntl(server, F_SETFL, O_NONBLOCK), accept(server, NULL, NULL)), EAGAIN);
    int more[4], taken = 0;
    for (int i = 0; i < 4; i++) {
        more[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        length = sizeof(address);
        taken += connect(more[i], generic, length) == 0;
    }
    expect_value("connections that may wait", taken, 2);
    expect_value("the last was refused", errno, EAGAIN);
    close(server);
    expect_error("read of one that was not accepted", read(more[0], text, 4), ECONNRESET);
    expect_error("nobody listens", connect(more[3], generic, sizeof(address)), ECONNREFUSED);
    unlink(address.sun_path);
    rmdir(folder);
}

static void abstract_names(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX}, got;
    socklen_t length = 2 + 1 + 12;
    int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(address.sun_path, "\0lintel-test-", 13);
    expect_value("bind", bind(server, (struct sockaddr *)&address, length), 0);
    expect_error("taken", bind(client, (struct sockaddr *)&address, length), EADDRINUSE);
    expect_value("listen", listen(server, 5), 0);
    expect_error("another length", connect(client, (struct sockaddr *)&address, length - 1), ECONNREFUSED);
    expect_value("connect", connect(client, (struct sockaddr *)&address, length), 0);
    close(server);
    close(client);
    client = socket(AF_UNIX, SOCK_STREAM, 0);
    expect_error("gone", connect(client, (struct sockaddr *)&address, length), ECONNREFUSED);
    expect_value("automatic", bind(client, (struct sockaddr *)&address, 2), 0);
    length = sizeof(got);
    expect_value("its name", getsockname(client, (struct sockaddr *)&got, &length), 0);
    expect_value("length", length, 8);
    expect_value("abstract", got.sun_path[0], 0);
    close(client);
}

static void errors(void)
{
    int fds[2];
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/tmp"};

    expect_error("family", socket(99, SOCK_STREAM, 0), EAFNOSUPPORT);
    expect_error("type", socket(AF_UNIX, 4, 0), ESOCKTNOSUPPORT);
    expect_error("type flags", socket(AF_UNIX, SOCK_STREAM | 0x100, 0), EINVAL);
    expect_error("protocol", socket(AF_UNIX, SOCK_STREAM, 6), EPROTONOSUPPORT);
    expect_error("pair, bad pointer", syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, 16), EFAULT);
    expect_error("not a socket", listen(0, 5), ENOTSOCK);
    expect_error("closed", listen(77, 5), EBADF);
    socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
    expect_error("bind, short", bind(fds[0], (struct sockaddr *)&address, 1), EINVAL);
    expect_error("bind, long", bind(fds[0], (struct sockaddr *)&address, 111), EINVAL);
    expect_error("bind, bad pointer", bind(fds[0], (struct sockaddr *)16, 10), EFAULT);
    expect_error("bind to a folder", bind(fds[0], (struct sockaddr *)&address, sizeof(address)), EADDRINUSE);
    expect_error("connect", connect(fds[0], (struct sockaddr *)&address, sizeof(address)), ECONNREFUSED);
    expect_error("sendto", sendto(fds[0], "x", 1, 0, (struct sockaddr *)&address, sizeof(address)), EISCONN);
    expect_error("shutdown", shutdown(fds[0], 3), EINVAL);
    close(fds[0]);
    close(fds[1]);
    int fresh = socket(AF_UNIX, SOCK_STREAM, 0);
    expect_error("connect to a folder", connect(fresh, (struct sockaddr *)&address, sizeof(address)),
                 ECONNREFUSED);
    expect_value("shutdown of a fresh one", shutdown(fresh, SHUT_RDWR), 0);
    close(fresh);
}

int main(void)
{
    program_begin();
    pair();
    reset();
    fill();
    through_a_child();
    names();
    abstract_names();
    errors();
    return program_end();
}
