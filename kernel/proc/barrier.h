/* membarrier(2): all threads that run have a memory barrier behind what the caller did before, and before
 * what it does next. */
#ifndef LINTEL_PROC_BARRIER_H
#define LINTEL_PROC_BARRIER_H

#include <stdint.h>

/* command: MEMBARRIER_CMD_*. Errors: -EINVAL (no such command), -EPERM (the process has not registered for
 * it). Context: system call.  Sleeps: no. */
int64_t process_barrier(int command);

#endif
