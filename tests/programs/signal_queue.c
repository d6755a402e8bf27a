/* Signals with values: real-time ones queue in the order in which they were sent, standard ones do not; the
 * lowest number comes first. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

static int count, signals[64], values[64], codes[64];

static void note(int signal, siginfo_t *info, void *context)
{
    (void)context;
    signals[count] = signal;
    values[count] = info->si_value.sival_int;
    codes[count++] = info->si_code;
}

static void tell(const char *what)
{
    printf("%s:", what);
    for (int i = 0; i < count; i++)
        printf(" %d:%d:%d", signals[i], values[i], codes[i]);
    printf("\n");
    count = 0;
}

static long queue(int signal, int value)
{
    return sigqueue(getpid(), signal, (union sigval){.sival_int = value});
}

static long queue_info(int signal, int code, long pid)
{
    siginfo_t info = {.si_code = code, .si_signo = 5};

    info.si_value.sival_int = 77;
    return syscall(SYS_rt_sigqueueinfo, pid, signal, &info);
}

/* RLIMIT_SIGPENDING counts what all of a user's processes have queued, each by its own limit, and timers. The
 * sender's user does not matter. */
static void limit_of_a_user(void)
{
    const struct rlimit limit = {6, 6};
    struct sigevent none = {.sigev_notify = SIGEV_NONE};
    int ends[2], child, sent = 0;
    timer_t timer, another;
    sigset_t all;
    char byte;

    (void)!pipe(ends);
    expect_value("a limit", setrlimit(RLIMIT_SIGPENDING, &limit), 0);
    if (setresuid(54321, 54321, 54321) != 0)
        _exit(9);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    child = fork();
    if (child == 0) {
        expect_value("create a timer", timer_create(CLOCK_MONOTONIC, &none, &timer), 0);
        (void)!write(ends[1], "x", 1);
        for (;;)
            sigwaitinfo(&(sigset_t){0}, NULL);
    }
    (void)!read(ends[0], &byte, 1);
    while (sent < 4 && sigqueue(child, SIGRTMIN, (union sigval){0}) == 0)
        sent++;
    expect_value("queued by one process", sent, 4);
    expect_value("the last one", queue(SIGRTMIN, 1), 0);
    expect_error("one too many", queue(SIGRTMIN, 2), EAGAIN);
    expect_error("by the other one", sigqueue(child, SIGRTMIN, (union sigval){0}), EAGAIN);
    expect_error("a timer too many", timer_create(CLOCK_MONOTONIC, &none, &another), EAGAIN);
    expect_value("kill() always goes", kill(child, SIGRTMIN), 0);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    for (sent = 0; sent < 10 && queue(SIGRTMIN, 3) == 0;)
        sent++;
    expect_value("after its end, of which SIGCHLD tells", sent, 4);
    sigtimedwait(&all, NULL, &(struct timespec){0});
    expect_value("after one was taken", timer_create(CLOCK_MONOTONIC, &none, &another), 0);
    expect_error("no more", queue(SIGRTMIN, 3), EAGAIN);
    expect_value("delete the timer", timer_delete(another), 0);
    expect_value("one more", queue(SIGRTMIN, 3), 0);
    _exit(program_failures);
}

/* One whose last byte is not 0. */
static long queue_long(int signal, int code)
{
    siginfo_t info = {.si_code = code};

    ((char *)&info)[sizeof(info) - 1] = 1;
    return syscall(SYS_rt_sigqueueinfo, getpid(), signal, &info);
}

static void note_last(int signal, siginfo_t *info, void *context)
{
    (void)context;
    printf("signal %d: code %d, last byte %d\n", signal, info->si_code, ((char *)info)[sizeof(*info) - 1]);
}

static void queue_longer_ones(void)
{
    struct sigaction action = {.sa_sigaction = note_last, .sa_flags = SA_SIGINFO};

    sigaction(SIGUSR2, &action, NULL);
    sigaction(SIGILL, &action, NULL);
    expect_value("more than sigqueue() tells", queue_long(SIGUSR2, SI_QUEUE), 0);
    expect_value("more than a thread tells", queue_long(SIGUSR2, -7), 0);
    expect_error("more, with a code of nobody", queue_long(SIGUSR2, -8), E2BIG);
    expect_value("more, with a code of names", queue_long(SIGUSR2, -60), 0);
    expect_error("more, with another one", queue_long(SIGUSR2, -61), E2BIG);
    expect_value("more, with the kernel's code", queue_long(SIGUSR2, 0x80), 0);
    expect_value("more, with a code of files", queue_long(SIGUSR2, 6), 0);
    expect_error("more, with none", queue_long(SIGUSR2, 7), E2BIG);
    expect_value("more, with the signal's own", queue_long(SIGILL, 11), 0);
    expect_error("more, with none of its own", queue_long(SIGILL, 12), E2BIG);
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
    struct rlimit limit = {0, 0}; /* a user's processes share what it is: any other number could be used up */
    sigset_t all, none;
    siginfo_t info;

    program_begin();
    sigfillset(&all);
    sigemptyset(&none);
    sigfillset(&action.sa_mask);
    for (int signal = SIGRTMIN; signal < SIGRTMIN + 4; signal++)
        sigaction(signal, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (int i = 0; i < 3; i++) {
        expect_value("queue", queue(SIGRTMIN + 2, 10 + i), 0);
        expect_value("queue", queue(SIGRTMIN + 1, 20 + i), 0);
        expect_value("queue of a standard one", queue(SIGUSR1, 30 + i), 0);
    }
    kill(getpid(), SIGRTMIN + 1);
    sigprocmask(SIG_SETMASK, &none, NULL);
    tell("with handlers that block all");

    sigprocmask(SIG_SETMASK, &all, NULL);
    for (int i = 0; i < 3; i++) {
        queue(SIGRTMIN + 2, 10 + i);
        queue(SIGRTMIN + 1, 20 + i);
        queue(SIGUSR1, 30 + i);
    }
    syscall(SYS_tgkill, getpid(), getpid(), SIGRTMIN + 3);
    printf("taken:");
    for (int signal; (signal = sigtimedwait(&all, &info, &(struct timespec){0, 0})) > 0;)
        printf(" %d:%d:%d", signal, info.si_code == SI_QUEUE ? info.si_value.sival_int : 0, info.si_code);
    printf("\n");

    sigprocmask(SIG_SETMASK, &none, NULL);
    queue_longer_ones();
    sigprocmask(SIG_SETMASK, &all, NULL);
    expect_error("signal 65", queue(65, 0), EINVAL);
    expect_error("signal -1", queue(-1, 0), EINVAL);
    expect_value("signal 0", queue(0, 0), 0);
    expect_error("nobody", sigqueue(0x3fffffff, SIGUSR1, (union sigval){0}), ESRCH);
    expect_error("nobody, signal 65", sigqueue(0x3fffffff, 65, (union sigval){0}), ESRCH);
    expect_error("bad siginfo", syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, 8), EFAULT);
    expect_value("as the kernel's, to oneself", queue_info(SIGRTMIN, 0x80, getpid()), 0);
    expect_value("as kill()'s, to oneself", queue_info(SIGRTMIN, 0, getpid()), 0);
    expect_value("as tkill()'s, to oneself", queue_info(SIGRTMIN, -6, getpid()), 0);
    expect_error("as kill()'s, to others", queue_info(SIGRTMIN, 0, getppid()), EPERM);
    expect_error("as tkill()'s, to others", queue_info(SIGRTMIN, -6, getppid()), EPERM);
    expect_value("to a thread",
                 syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGRTMIN, &(siginfo_t){.si_code = -60}),
                 0);
    expect_error("thread 0", syscall(SYS_rt_tgsigqueueinfo, getpid(), 0, SIGRTMIN, &info), EINVAL);
    expect_error("thread 0, as kill()'s",
                 syscall(SYS_rt_tgsigqueueinfo, getpid(), 0, SIGRTMIN, &(siginfo_t){.si_code = 0}), EINVAL);
    expect_error("thread 0, bad siginfo", syscall(SYS_rt_tgsigqueueinfo, getpid(), 0, SIGRTMIN, 8), EFAULT);
    expect_error("another process's thread",
                 syscall(SYS_rt_tgsigqueueinfo, getppid(), getpid(), SIGRTMIN, &(siginfo_t){.si_code = -60}),
                 ESRCH);
    sigprocmask(SIG_SETMASK, &none, NULL);
    tell("made up");

    int status, child = fork();
    if (child == 0)
        limit_of_a_user();
    waitpid(child, &status, 0);
    expect_value("of a user", status, 0);
    sigprocmask(SIG_SETMASK, &all, NULL);
    expect_value("a limit", setrlimit(RLIMIT_SIGPENDING, &limit), 0);
    expect_error("one too many", queue(SIGRTMIN, 3), EAGAIN);
    expect_error("and of another number", queue(SIGRTMIN + 1, 3), EAGAIN);
    expect_value("a standard one goes without its value", queue(SIGUSR1, 3), 0);
    expect_value("kill() always goes", kill(getpid(), SIGRTMIN + 1), 0);
    sigprocmask(SIG_SETMASK, &none, NULL);
    tell("within the limit");
    return program_end();
}
