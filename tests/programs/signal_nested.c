/* Handlers within handlers: what blocks what, SA_NODEFER, SA_RESETHAND, sa_mask. */
#include <signal.h>

#include "program.h"

static int depth, deepest, calls;
static int raise_inside;

static unsigned long mask_now(void)
{
    unsigned long mask = 0;

    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8);
    return mask;
}

static void handler(int signal)
{
    struct sigaction now;

    if (++depth > deepest)
        deepest = depth;
    sigaction(signal, NULL, &now);
    printf("enter %d, depth %d, mask %lx, %s\n", signal, depth, mask_now(),
           now.sa_handler == SIG_DFL ? "default now" : "still set");
    if (calls++ < 2 && raise_inside != 0)
        raise(raise_inside);
    printf("leave %d\n", signal);
    depth--;
}

static void run(const char *what, int flags, int blocked, int inside)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    sigemptyset(&action.sa_mask);
    if (blocked != 0)
        sigaddset(&action.sa_mask, blocked);
    sigaction(SIGUSR1, &action, NULL);
    action.sa_flags &= ~SA_RESETHAND;
    sigaction(SIGUSR2, &action, NULL);
    depth = deepest = calls = 0;
    raise_inside = inside;
    printf("== %s\n", what);
    raise(SIGUSR1);
    printf("%s: %d calls, %d deep\n", what, calls, deepest);
    expect_value("nothing stays blocked", (long)mask_now(), 0);
}

int main(void)
{
    program_begin();
    run("alone", 0, 0, 0);
    run("the same again", 0, 0, SIGUSR1);
    run("the same at once", SA_NODEFER, 0, SIGUSR1);
    run("another one", 0, 0, SIGUSR2);
    run("another one, blocked", 0, SIGUSR2, SIGUSR2);
    run("once only", SA_RESETHAND, 0, 0);
    run("once only, another one inside", SA_RESETHAND | SA_NODEFER, 0, SIGUSR2);
    run("NODEFER, but in the mask", SA_NODEFER, SIGUSR1, SIGUSR1);
    run("KILL cannot be blocked", 0, SIGKILL, 0);
    return program_end();
}
