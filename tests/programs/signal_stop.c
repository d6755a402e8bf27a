/* Stop and continue: what the parent is told, what sleeps go on, which signals undo each other. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"
#include "sleeping.h"

#define ROUNDS 100

static volatile int handled, child_signals;
static siginfo_t child_info;

static void handler(int signal)
{
    handled = signal;
}

static void child_handler(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    child_signals++;
    child_info = *info;
}

static void tell_wait(const char *what, int child, int options)
{
    int status = 0, result = waitpid(child, &status, options);

    printf("%s: %s %04x\n", what, result == child ? "child" : result == 0 ? "nothing" : "error", status);
}

static long long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

/* A child that sleeps; its status says what became of the sleep. */
static int sleeper(int seconds)
{
    int child = fork();

    if (child == 0) {
        struct timespec duration = {seconds, 0};
        long long start = now_ms();
        int result = nanosleep(&duration, NULL);
        long long took = now_ms() - start;
        _exit(result != 0 ? 1 : took < seconds * 1000 ? 3 : 10);
    }
    await_sleep(child);
    return child;
}

/* SIGCHLD may come later than what waitpid() tells. */
static void await_child_signals(int count)
{
    for (int i = 0; i < 5000 && child_signals < count; i++)
        usleep(1000);
    expect_value("SIGCHLD", child_signals, count);
}

static void terminal_stops(const char *what, int signal)
{
    int child = fork();

    if (child == 0) {
        raise(signal);
        _exit(9);
    }
    tell_wait(what, child, WUNTRACED);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void in_own_session(void)
{
    int child = fork(), status;

    if (child == 0) {
        setsid();
        /* The parent of this group is in another session: nobody could continue it. */
        raise(SIGTSTP);
        raise(SIGTTIN);
        raise(SIGTTOU);
        int inner = fork();
        if (inner == 0) {
            setpgid(0, 0);
            raise(SIGTSTP);
            _exit(4);
        }
        waitpid(inner, &status, WUNTRACED);
        int stopped = WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP;
        kill(inner, SIGCONT);
        waitpid(inner, &status, 0);
        _exit(stopped && status == 4 << 8 ? 11 : 12);
    }
    waitpid(child, &status, 0);
    expect_value("an orphaned group is not stopped by the terminal", status, 11 << 8);
}

/* Who asks right behind SIGCONT is told of it, once. */
static void continued_at_once(void)
{
    int at_once = 0, twice = 0, stops = 0, child = fork();

    if (child == 0)
        for (;;)
            pause();
    for (int i = 0; i < ROUNDS; i++) {
        int status = 0;
        kill(child, SIGSTOP);
        stops += waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status);
        kill(child, SIGCONT);
        at_once += waitpid(child, &status, WCONTINUED | WNOHANG) == child && WIFCONTINUED(status);
        usleep(i % 8 == 0 ? 5000 : 0);
        twice += waitpid(child, &status, WCONTINUED | WUNTRACED | WNOHANG) == child;
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    expect_value("stops", stops, ROUNDS);
    expect_value("continued, at once", at_once, ROUNDS);
    expect_value("continued, told again", twice, 0);
}

int main(void)
{
    struct sigaction on_child = {.sa_sigaction = child_handler, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigaction action = {.sa_handler = handler};
    sigset_t set, pending;
    int child;

    program_begin();
    sigaction(SIGCHLD, &on_child, NULL);
    child = sleeper(1);
    expect_value("stop", kill(child, SIGSTOP), 0);
    tell_wait("stopped", child, WUNTRACED);
    await_child_signals(1);
    expect_value("code", child_info.si_code, CLD_STOPPED);
    expect_value("status", child_info.si_status, SIGSTOP);
    tell_wait("told once", child, WUNTRACED | WNOHANG);
    usleep(250000);
    tell_wait("stopped still", child, WNOHANG);
    expect_value("continue", kill(child, SIGCONT), 0);
    tell_wait("continued", child, WCONTINUED);
    await_child_signals(2);
    expect_value("code", child_info.si_code, CLD_CONTINUED);
    expect_value("status", child_info.si_status, SIGCONT);
    tell_wait("its sleep went on", child, 0);
    expect_value("code", child_info.si_code, CLD_EXITED);

    on_child.sa_flags |= SA_NOCLDSTOP;
    sigaction(SIGCHLD, &on_child, NULL);
    child_signals = 0;
    child = sleeper(1000);
    kill(child, SIGSTOP);
    tell_wait("stopped", child, WUNTRACED);
    kill(child, SIGTERM);
    usleep(20000);
    tell_wait("SIGTERM waits", child, WNOHANG | WUNTRACED);
    expect_value("no SIGCHLD", child_signals, 0);
    kill(child, SIGCONT);
    tell_wait("until it continues", child, 0);
    child = sleeper(1000);
    kill(child, SIGSTOP);
    tell_wait("stopped", child, WUNTRACED);
    kill(child, SIGKILL);
    tell_wait("killed", child, 0);

    /* In this process: what pends, and is undone. */
    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    kill(getpid(), SIGTSTP);
    kill(getpid(), SIGTTIN);
    sigpending(&pending);
    printf("pending: %d %d %d\n", sigismember(&pending, SIGTSTP), sigismember(&pending, SIGTTIN),
           sigismember(&pending, SIGCONT));
    kill(getpid(), SIGCONT);
    sigpending(&pending);
    printf("pending: %d %d %d\n", sigismember(&pending, SIGTSTP), sigismember(&pending, SIGTTIN),
           sigismember(&pending, SIGCONT));
    kill(getpid(), SIGTTOU);
    sigpending(&pending);
    printf("pending: %d %d %d\n", sigismember(&pending, SIGTSTP), sigismember(&pending, SIGTTOU),
           sigismember(&pending, SIGCONT));
    kill(getpid(), SIGCONT);
    sigaction(SIGCONT, &action, NULL);
    kill(getpid(), SIGCONT);
    sigemptyset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    expect_value("SIGCONT has a handler", handled, SIGCONT);
    sigaction(SIGTSTP, &action, NULL);
    raise(SIGTSTP);
    expect_value("so has SIGTSTP, which does not stop", handled, SIGTSTP);
    signal(SIGTSTP, SIG_DFL);

    /* SIGCONT that is blocked continues all the same, and is handled later. */
    child = fork();
    if (child == 0) {
        sigemptyset(&set);
        sigaddset(&set, SIGCONT);
        sigprocmask(SIG_BLOCK, &set, NULL);
        handled = 0;
        raise(SIGSTOP);
        int before = handled;
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        _exit(before == 0 && handled == SIGCONT ? 5 : 6);
    }
    tell_wait("stopped", child, WUNTRACED);
    kill(child, SIGCONT);
    tell_wait("with SIGCONT blocked", child, 0);
    in_own_session();
    terminal_stops("SIGSTOP", SIGSTOP);
    continued_at_once();
    return program_end();
}
