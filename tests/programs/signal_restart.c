/* lintel: timeout=60 */
/* Calls that wait, interrupted by a handler with SA_RESTART and without, and by a stop: which are restarted,
 * which end with EINTR, and what is left of a sleep. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

#define DONE 77

static int ends[2], full[2];
static volatile int handled;

static void handler(int signal)
{
    (void)signal;
    handled++;
}

static long call_read(void)
{
    char byte;
    return read(ends[0], &byte, 1);
}

static long call_write(void)
{
    return write(full[1], "x", 1);
}

static long call_wait(void)
{
    int child = fork(), status;

    if (child == 0) {
        usleep(250000);
        _exit(3);
    }
    return waitpid(child, &status, 0) == child ? DONE : -1;
}

static long call_waitid(void)
{
    siginfo_t info;

    if (fork() == 0) {
        usleep(250000);
        _exit(3);
    }
    return waitid(P_ALL, 0, &info, WEXITED);
}

static long call_nanosleep(void)
{
    struct timespec duration = {0, 200000000};
    return syscall(SYS_nanosleep, &duration, NULL);
}

static long call_clock_nanosleep(void)
{
    struct timespec duration = {0, 200000000};
    return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &duration, NULL);
}

static long call_clock_nanosleep_until(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += 200000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_nsec -= 1000000000;
        time.tv_sec++;
    }
    return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static long call_poll(void)
{
    return poll(NULL, 0, 200);
}

static long call_select(void)
{
    return select(0, NULL, NULL, NULL, &(struct timeval){0, 200000});
}

static long call_pselect(void)
{
    return pselect(0, NULL, NULL, NULL, &(struct timespec){0, 200000000}, NULL);
}

static long call_ppoll(void)
{
    return ppoll(NULL, 0, &(struct timespec){0, 200000000}, NULL);
}

static long call_epoll(void)
{
    struct epoll_event event;
    return epoll_wait(epoll_create1(0), &event, 1, 200);
}

static long call_futex(void)
{
    static int word;
    return syscall(SYS_futex, &word, 0, 0, NULL, NULL, 0);
}

static long call_futex_timeout(void)
{
    static int word;
    struct timespec limit = {0, 200000000};
    return syscall(SYS_futex, &word, 0, 0, &limit, NULL, 0);
}

static long call_accept(void)
{
    static int listener;
    int address[4] = {1}; /* AF_UNIX, autobind */

    if (listener == 0) {
        listener = socket(AF_UNIX, SOCK_STREAM, 0);
        bind(listener, (struct sockaddr *)address, 2);
        listen(listener, 1);
    }
    return accept(listener, NULL, NULL);
}

static long call_recv(void)
{
    int pair[2];
    char byte;

    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    return recv(pair[0], &byte, 1, 0);
}

/* Returns the status of a child that makes the call: errno, 0 for success, or how it was ended because the call
 * did not return. */
static int run(long (*call)(void), int flags, int is_stop)
{
    int child = fork(), status;

    if (child == 0) {
        struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
        sigaction(SIGUSR1, &action, NULL);
        long result = call();
        _exit(result < 0 ? errno : is_stop || handled ? 0 : 200);
    }
    usleep(100000);
    if (is_stop) {
        kill(child, SIGSTOP);
        waitpid(child, &status, WUNTRACED);
        kill(child, SIGCONT);
    } else {
        kill(child, SIGUSR1);
    }
    for (int i = 0; i < 40; i++) {
        if (waitpid(child, &status, WNOHANG) == child)
            return status >> 8;
        usleep(10000);
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return -1;
}

static const char *word(int status)
{
    static char text[4][32];
    static int next;
    char *to = text[next++ % 4];

    if (status == -1)
        return "waits on";
    if (status == 0)
        return "goes on, done";
    snprintf(to, sizeof(text[0]), status == ETIMEDOUT ? "goes on, timeout" : "errno %d", status);
    return status == EINTR ? "EINTR" : to;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        long (*call)(void);
    } calls[] = {
        {"read", call_read},
        {"write", call_write},
        {"waitpid", call_wait},
        {"waitid", call_waitid},
        {"pause", (long (*)(void))(void *)pause},
        {"nanosleep", call_nanosleep},
        {"clock_nanosleep", call_clock_nanosleep},
        {"clock_nanosleep until", call_clock_nanosleep_until},
        {"poll", call_poll},
        {"ppoll", call_ppoll},
        {"select", call_select},
        {"pselect", call_pselect},
        {"epoll_wait", call_epoll},
        {"futex", call_futex},
        {"futex with timeout", call_futex_timeout},
        {"accept", call_accept},
        {"recv", call_recv},
    };

    program_begin();
    (void)!pipe(ends);
    (void)!pipe(full);
    for (char block[4096] = {0}; write(full[1], block, sizeof(block)) > 0;) {
        int used = 0;
        static int total;
        (void)used;
        total += (int)sizeof(block);
        if (total == 65536)
            break;
    }
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        if (argc > 1 && strcmp(argv[1], calls[i].name) != 0)
            continue;
        int none = run(calls[i].call, 0, 0), restart = run(calls[i].call, SA_RESTART, 0),
            stop = run(calls[i].call, 0, 1);
        printf("%s: %s; SA_RESTART: %s; stop: %s\n", calls[i].name, word(none), word(restart), word(stop));
    }
    return program_end();
}
