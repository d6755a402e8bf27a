/* Processes that connect, send files to each other and close, all at the same time; and one that is closed
 * while others wait for it. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "program.h"

#define CLIENTS 4
#define ROUNDS 60

static struct sockaddr_un address;
static socklen_t address_size;

/* Send one file with one byte. */
static int send_file(int fd, int file)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {
        .head = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    struct iovec piece = {"f", 1};
    struct msghdr header = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};

    memcpy(CMSG_DATA(&control.head), &file, sizeof(file));
    return sendmsg(fd, &header, MSG_NOSIGNAL) == 1;
}

/* Each round: connect, send an end of a pair, hear through it, close. */
static void client(void)
{
    char text[8];

    for (int i = 0; i < ROUNDS; i++) {
        int pair[2], fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&address, address_size) != 0 ||
            socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
            _exit(1);
        if (!send_file(fd, pair[1]))
            _exit(2);
        close(pair[1]);
        if (read(pair[0], text, 8) != 5 || read(pair[0], text, 8) != 0)
            _exit(3);
        close(pair[0]);
        close(fd);
    }
    _exit(0);
}

static int receive_file(int fd)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    char byte;
    struct iovec piece = {&byte, 1};
    struct msghdr header = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    int file = -1;

    if (recvmsg(fd, &header, 0) == 1 && header.msg_controllen > 0)
        memcpy(&file, CMSG_DATA(&control.head), sizeof(file));
    return file;
}

static void *serve(void *argument)
{
    long served = 0;

    for (;;) {
        int fd = accept(*(int *)argument, NULL, NULL);
        if (fd < 0)
            return (void *)served;
        int file = receive_file(fd);
        served += file >= 0 && write(file, "hello", 5) == 5;
        close(file);
        close(fd);
    }
}

static void *wait_for_bytes(void *argument)
{
    char byte;

    return (void *)read(*(int *)argument, &byte, 1);
}

static void shut_down_while_waiting(void)
{
    int pair[2];
    pthread_t threads[3];
    void *result;

    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, wait_for_bytes, &pair[0]);
    usleep(10000);
    close(pair[1]);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], &result);
        expect_value("end of file", (long)result, 0);
    }
    close(pair[0]);
}

int main(void)
{
    pthread_t threads[2];
    long total = 0;
    void *result;

    program_begin();
    address.sun_family = AF_UNIX;
    address_size = 3 + snprintf(address.sun_path + 1, 50, "lintel-stress-%d", (int)getpid());
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    expect_value("bind", bind(server, (struct sockaddr *)&address, address_size), 0);
    expect_value("listen", listen(server, 1), 0);
    for (int i = 0; i < CLIENTS; i++) {
        if (fork() == 0)
            client();
    }
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, serve, &server);
    for (int i = 0; i < CLIENTS; i++) {
        int status = -1;
        wait(&status);
        expect_value("client", status, 0);
    }
    shutdown(server, SHUT_RDWR);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], &result);
        total += (long)result;
    }
    expect_value("served", total, CLIENTS * ROUNDS);
    shut_down_while_waiting();
    return program_end();
}
