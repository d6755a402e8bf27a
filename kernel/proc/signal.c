#include "proc/signal.h"

#include "arch/x86_64/trap.h"
#include "proc/process.h"
#include "sched/sched.h"

bool signal_is_pending(void)
{
    struct user_thread *self = user_thread_current();

    return self != NULL && self->process->is_ending;
}

void signal_return_work(struct trap_frame *frame)
{
    (void)frame;
    sched_interrupt_taken();
    if (signal_is_pending())
        process_exit_thread(0);
}

void signal_setup(void)
{
    trap_set_return_work(signal_return_work);
    readiness_set_interrupted(signal_is_pending);
}
