/* Signals over execve(): ignored ones stay so, caught ones get the default action; mask and pending ones
 * stay; the alternate stack is gone. */
#include <signal.h>

#include "again.h"

static void handler(int signal)
{
    (void)signal;
}

static void prepare(void *argument)
{
    static char memory[65536];
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof(memory)};
    sigset_t mask;

    (void)argument;
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, handler);
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, handler);
    sigaltstack(&stack, NULL);
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGRTMIN + 1);
    sigaddset(&mask, SIGKILL);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    raise(SIGTERM);
    sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 77});
    sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 78});
    execve(own_path(), (char *[]){"x", "show", NULL}, (char *[]){NULL});
    printf("execve: errno %d\n", errno);
}

static void show_action(const char *name, int signal)
{
    struct sigaction action;

    expect_value("sigaction", sigaction(signal, NULL, &action), 0);
    printf("%s: %s\n", name,
           action.sa_handler == SIG_DFL   ? "default"
           : action.sa_handler == SIG_IGN ? "ignored"
                                          : "handler");
}

static void show(void)
{
    sigset_t mask, pending;
    stack_t stack;
    siginfo_t info;

    show_action("USR1", SIGUSR1);
    show_action("USR2", SIGUSR2);
    show_action("CHLD", SIGCHLD);
    show_action("PIPE", SIGPIPE);
    sigprocmask(SIG_SETMASK, NULL, &mask);
    sigpending(&pending);
    for (int i = 1; i < 40; i++) {
        if (i != 32 && i != 33)
            printf("%s%s", sigismember(&mask, i) == 1 ? "b" : "-",
                   sigismember(&pending, i) == 1 ? "p " : "- ");
    }
    printf("\n");
    for (int i = 0; i < 2; i++) {
        int signal = sigwaitinfo(&mask, &info);
        printf("signal %d, code %d\n", signal, info.si_code);
    }
    printf("signal %d, value %d\n", sigwaitinfo(&mask, &info), info.si_value.sival_int);
    sigaltstack(NULL, &stack);
    printf("stack: flags %d\n", stack.ss_flags);
}

int main(int argc, char **argv)
{
    (void)argv;
    program_begin();
    if (argc > 1)
        show();
    else
        expect_value("status", in_child(prepare, NULL), 0);
    return program_end();
}
