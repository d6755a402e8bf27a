/* What each signal does to a process that has no handler for it, blocks it, or ignores it. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "program.h"

/* Sends it to itself, or has the parent do so while it waits. */
static void child(int signal, int is_ignored)
{
    if (is_ignored)
        syscall(SYS_rt_sigaction, signal, &(unsigned long[4]){1}, NULL, 8);
    syscall(SYS_kill, getpid(), signal);
    _exit(42);
}

static void tell(int signal, int is_ignored)
{
    int status = -1, pid = fork();

    if (pid == 0)
        child(signal, is_ignored);
    waitpid(pid, &status, WUNTRACED);
    printf("%d%s: %04x\n", signal, is_ignored ? " ignored" : "", status);
    if (WIFSTOPPED(status)) {
        kill(pid, SIGCONT);
        waitpid(pid, &status, 0);
        printf("  continued: %04x\n", status);
    }
}

int main(void)
{
    const struct rlimit none = {0, 0};

    program_begin();
    setrlimit(RLIMIT_CORE, &none);
    for (int signal = 1; signal <= 64; signal++) {
        if (signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU)
            continue; /* depends on the session: signal_stop.c */
        tell(signal, 0);
        tell(signal, 1);
    }
    return program_end();
}
