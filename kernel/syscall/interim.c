/* What system calls need of signals, as long as nobody else defines it. */
#include "proc/signal.h"

__attribute__((weak)) void signal_reset_for_exec(struct process *process, struct user_thread *thread)
{
    (void)process;
    (void)thread;
}
