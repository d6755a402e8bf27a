/* What the system calls on files need of limits and signals, as long as nobody else defines it. */
#include "fs/fd_table.h"
#include "proc/limits.h"
#include "proc/signal.h"

__attribute__((weak)) uint64_t limit_current(enum resource resource)
{
    return resource == RLIMIT_NOFILE ? FD_TABLE_LIMIT_DEFAULT : RLIM_INFINITY;
}

__attribute__((weak)) int signal_send_thread(struct user_thread *thread, const struct siginfo *info)
{
    (void)thread;
    (void)info;
    return 0;
}

__attribute__((weak)) struct siginfo signal_info_kernel(int signal)
{
    return (struct siginfo){.signal = signal, .code = SI_KERNEL};
}
