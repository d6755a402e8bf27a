/* Options of sockets; timeouts and signals while waiting. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "program.h"
#include "sleeping.h"

static int fds[2];

static int get(int option)
{
    int value = -1;
    socklen_t length = sizeof(value);

    expect_value("getsockopt", getsockopt(fds[0], SOL_SOCKET, option, &value, &length), 0);
    return value;
}

static int set(int option, int value)
{
    return setsockopt(fds[0], SOL_SOCKET, option, &value, sizeof(value));
}

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

/* Again and again, as the first may come before the wait begins; or no more, if `ms` is 0. */
static void alarm_each_ms(int ms)
{
    struct itimerval often = {{0, ms * 1000}, {0, ms * 1000}};

    setitimer(ITIMER_REAL, &often, NULL);
}

static void expect_caught(int signal)
{
    alarm_each_ms(0);
    expect_value("signal", caught, signal);
    caught = 0;
}

/* When the first thread waits, again if a signal is to come first: `argument` is not NULL. */
static void *writer(void *argument)
{
    while (argument != NULL && caught == 0)
        usleep(1000);
    await_sleep(getpid());
    return (void *)write(fds[1], "late", 4);
}

static void waiting(void)
{
    struct timeval timeout = {0, 30000}, got, bad = {0, 1000000};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    socklen_t length = sizeof(got);
    char text[16];
    struct timespec start, end;
    pthread_t thread;
    sigset_t alarm_only;

    sigaction(SIGALRM, &action, NULL);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarm_only, NULL);
    pthread_create(&thread, NULL, writer, &alarm_only);
    sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
    alarm_each_ms(50);
    expect_value("a read begins again", read(fds[0], text, 16), 4);
    expect_caught(SIGALRM);
    void *written;
    pthread_join(thread, &written);
    expect_value("written", (long)written, 4);
    expect_value("SO_RCVTIMEO", setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)), 0);
    expect_value("SO_RCVTIMEO", getsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &got, &length), 0);
    expect_true("about that", got.tv_sec == 0 && got.tv_usec >= 30000 && got.tv_usec <= 40000);
    clock_gettime(CLOCK_MONOTONIC, &start);
    expect_error("too late", recv(fds[0], text, 16, 0), EAGAIN);
    clock_gettime(CLOCK_MONOTONIC, &end);
    expect_true("not too early",
                (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 >= 29);
    timeout = (struct timeval){1000, 0};
    setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    alarm_each_ms(20);
    expect_error("with a timeout it does not", read(fds[0], text, 16), EINTR);
    expect_caught(SIGALRM);
    expect_error("bad timeout", setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &bad, sizeof(bad)), EDOM);
    timeout = (struct timeval){0, 0};
    setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    action.sa_flags = 0;
    sigaction(SIGALRM, &action, NULL);
    alarm_each_ms(20);
    expect_error("interrupted", read(fds[0], text, 16), EINTR);
    expect_caught(SIGALRM);
}

static void wait_for_all(void)
{
    char text[16] = "";
    pthread_t thread;

    expect_value("write", write(fds[1], "begin ", 6), 6);
    pthread_create(&thread, NULL, writer, NULL);
    expect_value("MSG_WAITALL", recv(fds[0], text, 10, MSG_WAITALL), 10);
    void *written;
    pthread_join(thread, &written);
    expect_value("written", (long)written, 4);
    expect_text("text", text, "begin late");
}

static void broken_pipe(void)
{
    signal(SIGPIPE, on_signal);
    close(fds[1]);
    expect_error("with a signal", send(fds[0], "x", 1, 0), EPIPE);
    expect_caught(SIGPIPE);
    expect_error("without", send(fds[0], "x", 1, MSG_NOSIGNAL), EPIPE);
    expect_caught(0);
    expect_error("write", write(fds[0], "x", 1), EPIPE);
    expect_caught(SIGPIPE);
}

int main(void)
{
    int value = 1;
    socklen_t length = 2;

    program_begin();
    expect_value("pair", socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    expect_value("SO_TYPE", get(SO_TYPE), SOCK_STREAM);
    expect_value("SO_DOMAIN", get(SO_DOMAIN), AF_UNIX);
    expect_value("SO_PROTOCOL", get(SO_PROTOCOL), 0);
    expect_value("SO_ERROR", get(SO_ERROR), 0);
    expect_value("SO_ACCEPTCONN", get(SO_ACCEPTCONN), 0);
    expect_value("SO_SNDBUF", get(SO_SNDBUF), 212992);
    expect_value("SO_RCVBUF", get(SO_RCVBUF), 212992);
    expect_value("SO_PASSCRED", get(SO_PASSCRED), 0);
    expect_value("set SO_REUSEADDR", set(SO_REUSEADDR, 1), 0);
    expect_value("set SO_SNDBUF", set(SO_SNDBUF, 10000), 0);
    expect_value("doubled", get(SO_SNDBUF), 20000);
    expect_value("set SO_SNDBUF", set(SO_SNDBUF, 1), 0);
    expect_value("at least", get(SO_SNDBUF), 4608);
    expect_value("set SO_RCVBUF", set(SO_RCVBUF, 1), 0);
    expect_value("at least", get(SO_RCVBUF), 2304);
    expect_error("unknown", set(9999, 1), ENOPROTOOPT);
    expect_error("get unknown", getsockopt(fds[0], SOL_SOCKET, 9999, &value, (length = 4, &length)),
                 ENOPROTOOPT);
    expect_error("short", setsockopt(fds[0], SOL_SOCKET, SO_REUSEADDR, &value, 3), EINVAL);
    expect_error("bad pointer", setsockopt(fds[0], SOL_SOCKET, SO_REUSEADDR, (void *)16, 4), EFAULT);
    expect_error("another level", setsockopt(fds[0], 6, 1, &value, 4), EOPNOTSUPP);
    length = 2;
    value = -1;
    expect_value("a short answer", getsockopt(fds[0], SOL_SOCKET, SO_TYPE, &value, &length), 0);
    expect_value("two bytes", value, (int)0xffff0001);
    waiting();
    wait_for_all();
    broken_pipe();
    return program_end();
}
