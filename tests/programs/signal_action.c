/* sigaction(): what can be set, what comes back, and what is wrong. */
#include <signal.h>

#include "program.h"

struct kernel_action {
    unsigned long handler, flags, restorer, mask;
};

static void nothing(int signal)
{
    (void)signal;
}

static long action_call(int signal, const void *new, void *old, long size)
{
    return syscall(SYS_rt_sigaction, signal, new, old, size);
}

int main(void)
{
    struct kernel_action action = {0}, old;
    unsigned long pending = 0, set = 1ul << (SIGUSR1 - 1);
    struct sigaction libc_action = {.sa_handler = nothing, .sa_flags = SA_RESTART | SA_SIGINFO};

    program_begin();
    for (int signal = 1; signal <= 64; signal++) {
        memset(&old, 0xff, sizeof(old));
        if (action_call(signal, NULL, &old, 8) != 0 || old.handler != 0 || old.flags != 0 || old.mask != 0)
            printf("signal %d: handler %lx flags %lx mask %lx\n", signal, old.handler, old.flags, old.mask);
    }
    expect_error("signal 0", action_call(0, NULL, &old, 8), EINVAL);
    expect_error("signal 65", action_call(65, NULL, &old, 8), EINVAL);
    expect_error("signal -1", action_call(-1, NULL, &old, 8), EINVAL);
    expect_error("KILL", action_call(SIGKILL, &action, NULL, 8), EINVAL);
    expect_error("STOP", action_call(SIGSTOP, &action, NULL, 8), EINVAL);
    expect_value("KILL can be asked for", action_call(SIGKILL, NULL, &old, 8), 0);
    expect_error("size 4", action_call(SIGUSR1, &action, NULL, 4), EINVAL);
    expect_error("size 128", action_call(SIGUSR1, &action, NULL, 128), EINVAL);
    expect_error("bad action", action_call(SIGUSR1, (void *)8, NULL, 8), EFAULT);
    expect_error("bad action, bad signal", action_call(99, (void *)8, NULL, 8), EFAULT);
    expect_error("bad old action", action_call(SIGUSR1, NULL, (void *)8, 8), EFAULT);

    action = (struct kernel_action){1, 0x12345678ul | 0xf00000000ul, 0x1234, ~0ul};
    expect_value("all kinds of flags", action_call(SIGUSR1, &action, NULL, 8), 0);
    expect_value("asked for", action_call(SIGUSR1, NULL, &old, 8), 0);
    printf("handler %lx flags %lx restorer %lx mask %lx\n", old.handler, old.flags, old.restorer, old.mask);
    expect_value("which is ignored now", kill(getpid(), SIGUSR1), 0);

    expect_value("sigaction", sigaction(SIGUSR1, &libc_action, NULL), 0);
    expect_value("asked for", action_call(SIGUSR1, NULL, &old, 8), 0);
    printf("flags %lx mask %lx\n", old.flags, old.mask);

    expect_value("block", syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8), 0);
    expect_value("kill", kill(getpid(), SIGUSR1), 0);
    expect_value("sigpending", syscall(SYS_rt_sigpending, &pending, 8), 0);
    expect_value("pends", (long)pending, (long)set);
    action = (struct kernel_action){.handler = 1};
    expect_value("ignore", action_call(SIGUSR1, &action, NULL, 8), 0);
    expect_value("sigpending", syscall(SYS_rt_sigpending, &pending, 8), 0);
    expect_value("forgotten", (long)pending, 0);
    expect_value("kill", kill(getpid(), SIGUSR1), 0);
    expect_value("sigpending", syscall(SYS_rt_sigpending, &pending, 8), 0);
    expect_value("pends though ignored, being blocked", (long)pending, (long)set);
    expect_value("unblock", syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &set, NULL, 8), 0);
    expect_value("sigpending", syscall(SYS_rt_sigpending, &pending, 8), 0);
    expect_value("gone", (long)pending, 0);
    return program_end();
}
