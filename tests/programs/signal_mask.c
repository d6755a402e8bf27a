/* Masks: blocking, what pends meanwhile, and the order in which it comes when it is let through. */
#include <signal.h>

#include "program.h"

static char order[256];

static void note(int signal)
{
    size_t length = strlen(order);

    snprintf(order + length, sizeof(order) - length, " %d", signal);
}

static unsigned long mask_now(void)
{
    unsigned long mask = 0;

    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
    return mask;
}

int main(void)
{
    const int signals[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGTERM, SIGCHLD, SIGWINCH, 40, 64};
    struct sigaction action = {.sa_handler = note};
    unsigned long set = 0, old = 0;
    sigset_t pending;

    program_begin();
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        expect_value("sigaction", sigaction(signals[i], &action, NULL), 0);
    expect_value("nothing is blocked", (long)mask_now(), 0);

    set = ~0ul;
    expect_value("block all", syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, &old, 8), 0);
    expect_value("but KILL and STOP", (long)mask_now(), (long)~(1ul << (SIGKILL - 1) | 1ul << (SIGSTOP - 1)));
    for (size_t i = COUNT_OF(signals); i-- > 0;)
        expect_value("kill", kill(getpid(), signals[i]), 0);
    expect_text("none came yet", order, "");
    expect_value("sigpending", sigpending(&pending), 0);
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        expect_value("pends", sigismember(&pending, signals[i]), 1);
    expect_value("SIGINT does not", sigismember(&pending, SIGINT), 0);

    set = 1ul << (SIGUSR2 - 1);
    expect_value("unblock one", syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &set, NULL, 8), 0);
    expect_text("it came", order, " 12");
    set = 0;
    expect_value("unblock all", syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, NULL, 8), 0);
    printf("all came:%s\n", order);
    expect_value("sigpending", sigpending(&pending), 0);
    expect_value("nothing pends", sigismember(&pending, SIGUSR1), 0);

    set = 1ul << (SIGUSR1 - 1);
    expect_error("no such way", syscall(SYS_rt_sigprocmask, 3, &set, NULL, 8), EINVAL);
    expect_value("which does not matter without a set", syscall(SYS_rt_sigprocmask, 3, NULL, NULL, 8), 0);
    expect_error("size 4", syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 4), EINVAL);
    expect_error("size 16", syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 16), EINVAL);
    expect_error("bad set", syscall(SYS_rt_sigprocmask, SIG_BLOCK, 8, NULL, 8), EFAULT);
    expect_error("bad old set", syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, 8, 8), EFAULT);
    expect_value("but it is blocked", (long)mask_now(), 1l << (SIGUSR1 - 1));
    expect_error("sigpending, bad set", syscall(SYS_rt_sigpending, 8, 8), EFAULT);
    expect_error("sigpending, size 16", syscall(SYS_rt_sigpending, &set, 16), EINVAL);
    set = ~0ul;
    expect_value("sigpending, size 4", syscall(SYS_rt_sigpending, &set, 4), 0);
    expect_value("writes 4 bytes", (long)set, (long)0xffffffff00000000);
    return program_end();
}
