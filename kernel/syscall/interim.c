/* What system calls need of limits, signals and processes, as long as nobody else defines it. */
#include "abi/errno.h"
#include "fs/fd_table.h"
#include "proc/limits.h"
#include "proc/process.h"
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

__attribute__((weak)) void signal_reset_for_exec(struct process *process, struct user_thread *thread)
{
    (void)process;
    (void)thread;
}

__attribute__((weak)) int process_end_other_threads(void)
{
    return process_current()->thread_count > 1 ? -EAGAIN : 0;
}

__attribute__((weak)) void process_release_vfork_parent(void)
{
}
