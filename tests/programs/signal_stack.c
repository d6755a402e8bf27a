/* Alternate stacks. */
#define _GNU_SOURCE
#include <signal.h>
#include <ucontext.h>

#include "program.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1u << 31)
#endif

static char first[32768] __attribute__((aligned(16))), second[32768] __attribute__((aligned(16)));
static int depth;

/* The C library has rules of its own. */
static int set_stack(const stack_t *stack)
{
    return (int)syscall(SYS_sigaltstack, stack, NULL);
}

static const char *where(const void *address)
{
    const char *at = address;

    return at > first && at <= first + sizeof(first)     ? "first"
           : at > second && at <= second + sizeof(second) ? "second"
                                                          : "other";
}

static void tell_stack(const char *what)
{
    stack_t stack;

    expect_value("asked", sigaltstack(NULL, &stack), 0);
    printf("%s: flags %x size %zu at %s\n", what, (unsigned)stack.ss_flags, stack.ss_size,
           stack.ss_sp == first ? "first" : stack.ss_sp == second ? "second" : stack.ss_sp == NULL ? "null" : "other");
}

static void handler(int signal, siginfo_t *info, void *context)
{
    const ucontext_t *uc = context;
    stack_t other = {.ss_sp = second, .ss_size = sizeof(second)};
    char here;

    (void)info;
    printf("handler of %d on %s, uc_stack flags %x size %zu, interrupted on %s\n", signal, where(&here),
           (unsigned)uc->uc_stack.ss_flags, uc->uc_stack.ss_size, where((void *)uc->uc_mcontext.gregs[REG_RSP]));
    tell_stack("inside");
    int result = set_stack(&other);
    printf("change inside: %d errno %d\n", result, result == 0 ? 0 : errno);
    if (depth++ == 0)
        raise(SIGUSR2);
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    stack_t stack = {.ss_sp = first, .ss_size = sizeof(first)};

    program_begin();
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGUSR2, &action, NULL);
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGTERM, &action, NULL);
    tell_stack("at first");
    raise(SIGUSR1);
    tell_stack("what the handlers have set is gone");

    expect_value("set", set_stack(&stack), 0);
    tell_stack("set");
    depth = 0;
    raise(SIGUSR1);
    depth = 1;
    raise(SIGTERM);
    tell_stack("afterwards");

    stack.ss_flags = (int)SS_AUTODISARM;
    expect_value("set to disarm itself", set_stack(&stack), 0);
    tell_stack("set");
    depth = 0;
    raise(SIGUSR1);
    tell_stack("afterwards");

    stack.ss_flags = SS_ONSTACK;
    expect_value("ONSTACK is accepted", set_stack(&stack), 0);
    tell_stack("set");
    stack.ss_flags = 3;
    expect_error("flags 3", set_stack(&stack), EINVAL);
    stack.ss_flags = 0;
    stack.ss_size = 2047;
    expect_error("2047 bytes", set_stack(&stack), ENOMEM);
    expect_error("bad stack", syscall(SYS_sigaltstack, 8, NULL), EFAULT);
    expect_error("bad old stack", syscall(SYS_sigaltstack, NULL, 8), EFAULT);
    stack.ss_flags = SS_DISABLE;
    expect_value("switched off", set_stack(&stack), 0);
    tell_stack("off");
    return program_end();
}
