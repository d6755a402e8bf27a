/* An interrupt is a barrier, and its IRET synchronizes the instruction stream: one kind, sent to all CPUs, is
 * enough for all commands. A thread that does not run has had its barrier when it was switched from. */
#include "proc/barrier.h"

#include <stddef.h>

#include "abi/errno.h"
#include "abi/membarrier.h"
#include "arch/x86_64/ipi.h"
#include "arch/x86_64/percpu.h"
#include "lib/cpu_set.h"
#include "proc/process.h"

#define BARRIERS_KNOWN                                                                                    \
    (MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED | MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | \
     MEMBARRIER_CMD_PRIVATE_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED |                       \
     MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE |   \
     MEMBARRIER_CMD_GET_REGISTRATIONS)

/* Runs on each CPU. */
static void barrier_arrive(void *argument)
{
    (void)argument;
    atomic_thread_fence(memory_order_seq_cst);
}

static void barrier_send(void)
{
    const struct cpu_set online = cpu_set_first(cpu_count_online());

    ipi_call(&online, barrier_arrive, NULL);
}

int64_t process_barrier(int command)
{
    struct process *process = process_current();

    switch (command) {
    case MEMBARRIER_CMD_QUERY:
        return BARRIERS_KNOWN;
    case MEMBARRIER_CMD_GET_REGISTRATIONS:
        return process->barriers;
    case MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED:
    case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
    case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
        atomic_fetch_or(&process->barriers, (unsigned)command);
        return 0;
    case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
    case MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE:
        if ((process->barriers & (unsigned)command << 1) == 0) /* what registers is the next bit */
            return -EPERM;
        barrier_send();
        return 0;
    case MEMBARRIER_CMD_GLOBAL:
    case MEMBARRIER_CMD_GLOBAL_EXPEDITED:
        barrier_send();
        return 0;
    default:
        return -EINVAL;
    }
}
