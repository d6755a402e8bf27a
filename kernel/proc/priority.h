/* How much of the CPUs programs get: nice levels, policies, affinity; who may change that of whom.
 *
 * A thread is named by its ID, 0: the caller; a process's ID names its first thread, or the oldest that is
 * left. Batch and idle threads are scheduled as normal ones, idle ones at the lowest nice level.
 *
 * Errors of all functions: -ESRCH (there is nobody of that name), -EINVAL, -EPERM.
 * Context: system call.  Takes: process_tree. */
#ifndef LINTEL_PROC_PRIORITY_H
#define LINTEL_PROC_PRIORITY_H

#include <stdint.h>

#include "lib/cpu_set.h"

/* getpriority(), setpriority() of PRIO_PROCESS, PRIO_PGRP, PRIO_USER; get returns 20 - the lowest nice level.
 * Errors: -EACCES (a better level than RLIMIT_NICE allows). */
int priority_get(int which, int who);
int priority_set(int which, int who, int nice);

/* As programs see them: SCHED_*, with SCHED_RESET_ON_FORK. */
struct thread_scheduling {
    int policy;
    int priority;
    int nice; /* of who is not scheduled by priority; SCHEDULING_NICE_SAME: as it is */
};

#define SCHEDULING_NICE_SAME 100

int scheduling_get(int id, struct thread_scheduling *ret_scheduling);

#define SCHEDULING_POLICY_SAME (-1) /* sched_setparam() */
int scheduling_set(int id, const struct thread_scheduling *scheduling);

/* ioprio_get(), ioprio_set() of IOPRIO_WHO_*: what a thread is to be of those who wait for a disk, IOPRIO_*.
 * There is none: it is kept, and inherited. Get returns the best one; of a single thread 0 if none was set.
 */
int io_priority_get(int which, int who);
int io_priority_set(int which, int who, unsigned priority);

/* Errors: -EINVAL (no CPU of the set is online). */
int affinity_get(int id, struct cpu_set *ret_cpus);
int affinity_set(int id, const struct cpu_set *cpus);

#endif
