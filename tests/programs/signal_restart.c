/* Calls that wait, interrupted by a handler with SA_RESTART and without, and by a stop: which are restarted,
 * which end with EINTR, and what is left of a sleep. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"
#include "sleeping.h"

#define DONE 77
#define TOO_LATE 200 /* a child's status: its call was over before anything came */
#define TIMED_MS 600 /* calls that end by themselves */
#define TIMED_NS (TIMED_MS * 1000000)

static int ends[2], full[2];
static volatile int *handled; /* shared with the children */
static volatile int is_over;  /* the call; what comes then comes too late */

static void handler(int signal)
{
    (void)signal;
    *handled += !is_over;
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
        usleep(TIMED_MS * 1000);
        _exit(3);
    }
    return waitpid(child, &status, 0) == child ? DONE : -1;
}

static long call_waitid(void)
{
    siginfo_t info;

    if (fork() == 0) {
        usleep(TIMED_MS * 1000);
        _exit(3);
    }
    return waitid(P_ALL, 0, &info, WEXITED);
}

static long call_nanosleep(void)
{
    struct timespec duration = {0, TIMED_NS};
    return syscall(SYS_nanosleep, &duration, NULL);
}

static long call_clock_nanosleep(void)
{
    struct timespec duration = {0, TIMED_NS};
    return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &duration, NULL);
}

static long call_clock_nanosleep_until(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += TIMED_NS;
    if (time.tv_nsec >= 1000000000) {
        time.tv_nsec -= 1000000000;
        time.tv_sec++;
    }
    return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static long call_poll(void)
{
    return poll(NULL, 0, TIMED_MS);
}

static long call_select(void)
{
    return select(0, NULL, NULL, NULL, &(struct timeval){0, TIMED_MS * 1000});
}

static long call_pselect(void)
{
    return pselect(0, NULL, NULL, NULL, &(struct timespec){0, TIMED_NS}, NULL);
}

static long call_ppoll(void)
{
    return ppoll(NULL, 0, &(struct timespec){0, TIMED_NS}, NULL);
}

static long call_epoll(void)
{
    struct epoll_event event;
    return epoll_wait(epoll_create1(0), &event, 1, TIMED_MS);
}

static long call_futex(void)
{
    static int word;
    return syscall(SYS_futex, &word, 0, 0, NULL, NULL, 0);
}

static long call_futex_timeout(void)
{
    static int word;
    struct timespec limit = {0, TIMED_NS};
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

static int make_call(long (*call)(void), int flags, int is_stop)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    sigaction(SIGUSR1, &action, NULL);
    long result = call();
    is_over = 1;
    return result < 0 ? errno : is_stop || *handled ? 0 : TOO_LATE;
}

/* Interrupts a child that waits. Says whether it still did. */
static int interrupt(int child, int is_stop)
{
    int status;

    await_sleep(child);
    if (!is_stop)
        return kill(child, SIGUSR1) == 0;
    kill(child, SIGSTOP);
    waitpid(child, &status, WUNTRACED);
    if (!WIFSTOPPED(status))
        return 0;
    kill(child, SIGCONT);
    return 1;
}

/* Returns the status of a child that makes the call: errno, 0 for success, or -1 because the call, which does
 * not end by itself, did not return. */
static int run_once(long (*call)(void), int is_timed, int flags, int is_stop)
{
    *handled = 0;
    int child = fork(), status;

    if (child == 0)
        _exit(make_call(call, flags, is_stop));
    if (!interrupt(child, is_stop))
        return TOO_LATE;
    while (waitpid(child, &status, is_timed ? 0 : WNOHANG) != child) {
        if ((is_stop || *handled) && is_sleeping(child)) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            return -1;
        }
        usleep(1000);
    }
    return status >> 8;
}

static int run(long (*call)(void), int is_timed, int flags, int is_stop)
{
    int status = TOO_LATE;

    for (int tries = 0; tries < 10 && status == TOO_LATE; tries++)
        status = run_once(call, is_timed, flags, is_stop);
    return status;
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
        int is_timed;
    } calls[] = {
        {"read", call_read, 0},
        {"write", call_write, 0},
        {"waitpid", call_wait, 1},
        {"waitid", call_waitid, 1},
        {"pause", (long (*)(void))(void *)pause, 0},
        {"nanosleep", call_nanosleep, 1},
        {"clock_nanosleep", call_clock_nanosleep, 1},
        {"clock_nanosleep until", call_clock_nanosleep_until, 1},
        {"poll", call_poll, 1},
        {"ppoll", call_ppoll, 1},
        {"select", call_select, 1},
        {"pselect", call_pselect, 1},
        {"epoll_wait", call_epoll, 1},
        {"futex", call_futex, 0},
        {"futex with timeout", call_futex_timeout, 1},
        {"accept", call_accept, 0},
        {"recv", call_recv, 0},
    };

    program_begin();
    handled = mmap(NULL, sizeof(*handled), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
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
        int none = run(calls[i].call, calls[i].is_timed, 0, 0);
        int restart = run(calls[i].call, calls[i].is_timed, SA_RESTART, 0);
        int stop = run(calls[i].call, calls[i].is_timed, 0, 1);
        printf("%s: %s; SA_RESTART: %s; stop: %s\n", calls[i].name, word(none), word(restart), word(stop));
    }
    return program_end();
}
