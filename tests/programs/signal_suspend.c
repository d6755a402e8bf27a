/* sigsuspend() and pause(): the mask changes and the wait begins in one step, the handler runs before the
 * mask is put back, and no signal is lost between. */
#include <signal.h>
#include <sys/wait.h>

#include "program.h"
#include "sleeping.h"

#define ROUNDS 300

static volatile int handled;
static unsigned long mask_in_handler;

static unsigned long mask_now(void)
{
    unsigned long mask = 0;

    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
    return mask;
}

static void handler(int signal)
{
    (void)signal;
    handled++;
    mask_in_handler = mask_now();
}

/* The child and the parent take turns: each waits for the other's signal. */
static void ping_pong(void)
{
    sigset_t none, usr;
    int parent = getpid(), status;

    sigemptyset(&none);
    sigemptyset(&usr);
    sigaddset(&usr, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr, NULL);
    handled = 0;
    int child = fork();
    for (int i = 0; i < ROUNDS; i++) {
        if (child != 0)
            kill(child, SIGUSR1);
        while (handled == i)
            sigsuspend(&none);
        if (child == 0)
            kill(parent, SIGUSR1);
    }
    if (child == 0)
        _exit(handled == ROUNDS ? 7 : 8);
    waitpid(child, &status, 0);
    expect_value("turns", handled, ROUNDS);
    expect_value("the child's status", status, 7 << 8);
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigset_t usr1, usr2, none;
    int status;

    program_begin();
    sigemptyset(&none);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    usr2 = none;
    sigaddset(&usr2, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    sigprocmask(SIG_SETMASK, &usr1, NULL);
    raise(SIGUSR1);
    expect_value("not yet", handled, 0);
    expect_error("sigsuspend", sigsuspend(&usr2), EINTR);
    expect_value("handled", handled, 1);
    expect_value("mask in the handler: the call's and the signal", (long)mask_in_handler, 0xa00);
    expect_value("mask afterwards", (long)mask_now(), 0x200);
    expect_error("size 4", syscall(SYS_rt_sigsuspend, &usr2, 4), EINVAL);
    expect_error("bad set", syscall(SYS_rt_sigsuspend, 8, 8), EFAULT);
    ping_pong();

    /* An ignored signal, and a stop, do not end the wait. */
    int child = fork();
    if (child == 0) {
        signal(SIGUSR2, SIG_IGN);
        handled = 0;
        int result = sigsuspend(&none);
        _exit(result == -1 && errno == EINTR && handled == 1 ? 5 : 6);
    }
    await_sleep(child);
    kill(child, SIGUSR2);
    kill(child, SIGWINCH);
    await_sleep(child);
    kill(child, SIGSTOP);
    expect_true("stopped", waitpid(child, &status, WUNTRACED) == child);
    expect_true("by SIGSTOP", WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    kill(child, SIGCONT);
    await_sleep(child);
    expect_value("waits still", waitpid(child, &status, WNOHANG), 0);
    kill(child, SIGUSR1);
    waitpid(child, &status, 0);
    expect_value("ended by the handler", status, 5 << 8);

    child = fork();
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &none, NULL);
        handled = 0;
        int result = pause();
        _exit(result == -1 && errno == EINTR && handled == 1 ? 5 : 6);
    }
    await_sleep(child);
    kill(child, SIGSTOP);
    kill(child, SIGCONT);
    await_sleep(child);
    expect_value("pauses still", waitpid(child, &status, WNOHANG), 0);
    kill(child, SIGUSR1);
    waitpid(child, &status, 0);
    expect_value("pause() ended by the handler", status, 5 << 8);
    return program_end();
}
