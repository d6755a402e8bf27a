/* On which CPU a thread should run: what the scheduler's other part knows about many CPUs at once. It takes
 * no locks; what it reads of busy CPUs is a hint.
 *
 * Idle CPUs stand in a set. Who gives work to one takes it out of the set (claims it), so that the next one
 * chooses another; the CPU enters again when it idles again. It enters BEFORE it looks for work for the last
 * time: work that comes later finds it there, work that came before is found by it. */
#ifndef LINTEL_SCHED_PLACEMENT_H
#define LINTEL_SCHED_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "sched/run_queue.h"

struct cpu_set;
struct sched_cpu;
struct thread;

/* What a CPU's current thread is worth; a real-time thread: 1 + its priority. */
#define PLACEMENT_RANK_IDLE 0
#define PLACEMENT_RANK_NORMAL 1

static inline uint8_t placement_rank_of(enum sched_policy policy, unsigned priority)
{
    return (uint8_t)(policy == SCHED_NORMAL ? PLACEMENT_RANK_NORMAL : 1 + priority);
}

/* Enter and leave the set of idle CPUs. Leaving says whether the CPU was in it still: nobody claimed it. */
void placement_idle_enter(unsigned cpu);
bool placement_idle_leave(unsigned cpu);

/* Claim an idle CPU of the set for a thread that was last on CPU `last`: that one, else one that shares its
 * largest cache, else any. Returns false if there is none. */
bool placement_claim_idle(const struct cpu_set *allowed, unsigned last, unsigned *ret_cpu);

/* The CPU for a thread that was woken, and for one that is new, or may not stay where it was. A real-time
 * thread for which no CPU is idle gets the one with the least important current thread. At least one CPU of
 * the thread's affinity must be online. */
unsigned placement_for_woken(const struct thread *thread);
unsigned placement_for_new(const struct thread *thread);

/* A CPU with threads waiting, of which `taker` may take some: the nearest first, of these the longest queue;
 * NULL if there is none. Those in `tried` are left out. */
struct sched_cpu *placement_find_busy(const struct sched_cpu *taker, const struct cpu_set *tried);

#endif
