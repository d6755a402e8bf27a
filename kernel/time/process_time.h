/* The time that processes use.
 *
 * Time on a CPU is the scheduler's account (thread_run_time_ns()): exact. How much of it was spent in ring 3
 * and how much in the kernel is known by sampling, as on Linux (sched/sampling.h): the exact time is divided
 * as the samples are. So what ran for less than a sample's time has spent all of it in ring 3, as far as
 * anybody knows.
 *
 * Locks: s = process_signals.lock */
#ifndef LINTEL_TIME_PROCESS_TIME_H
#define LINTEL_TIME_PROCESS_TIME_H

#include <stdint.h>

#include "time/time_split.h"

struct process;
struct process_times;
struct thread;
struct user_thread;

/* What some threads used, as it was counted. */
struct time_usage {
    uint64_t run_ns;
    uint64_t user_samples, system_samples;
    uint64_t switches;
    uint64_t faults;
};

/* All zeros for a new process. */
struct process_time {
    struct time_usage ended; /* [s] of its threads that have ended */
    struct time_split told;  /* [s] so that no part of it ever goes backwards */
};

/* What the process has used until now: its threads that have ended and those that run, not its children. The
 * maximum of resident pages is told to its own threads only, as long as it has its address space. Context:
 * thread.  Takes: process->signals.lock. */
struct process_times process_times_now(struct process *process);

/* The same of the calling thread alone. */
struct process_times process_times_of_thread(void);

/* The same of any thread, but for the resident pages; *thread exists. Context: any. */
struct process_times process_times_of(const struct thread *thread);

/* Run time in ns; of other threads as of their last switch or sample. Context: any but NMI; interrupts
 * included.  Takes: process->signals.lock. */
uint64_t process_run_time_ns(struct process *process);

/* What ITIMER_VIRTUAL counts. The same. */
uint64_t process_user_time_ns(struct process *process);

/* The calling thread is about to leave its process's list of threads: add up what it used.
 * Holds: process->signals.lock. */
void process_time_leave(struct user_thread *self);

#endif
