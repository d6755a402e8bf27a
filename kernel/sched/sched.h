/* The scheduler: which thread runs on which CPU. One run queue a CPU (run_queue.h has the policy); a lock for
 * each, held by one CPU at a time, one at a time; and held across the switch, by the thread that leaves and
 * then by the one that arrives, so that nobody sees a thread half switched.
 *
 * docs/scheduling.md tells how it works, docs/hazards/wake-up-races.md what could go wrong. */
#ifndef LINTEL_SCHED_SCHED_H
#define LINTEL_SCHED_SCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "sched/run_queue.h"

struct addr_space;
struct cpu_set;
struct thread;
struct thread_policy;

/* Set up threads and timers, and make the caller the boot CPU's idle thread: from now on threads can be
 * created; they run as soon as it idles. Errors: -ENOMEM.
 * Context: early boot, once, interrupts disabled; CPUs that are online do not yet have an entry (ap_start.h).
 */
int sched_setup(void);

/* Let the other CPUs that are online run threads. They do on return, or come later if they take more than a
 * second. Context: early boot, once, after sched_setup(). */
void sched_start_others(void);

/* What a CPU does when it has nothing to do: run threads, take some over from others, sleep.
 * Context: the CPU's idle thread. */
_Noreturn void sched_idle(void);

/* Block the calling thread until sched_wake(); at once again if that was called since it last blocked. It may
 * come back for no reason: callers look again at what they wait for. Context: thread, no spin lock held.
 * Sleeps: yes. */
void sched_block(void);

/* Let the thread go on from sched_block(), now or the next time. The caller makes sure that it still exists.
 * Context: any but NMI.  Takes: run queues' locks. */
void sched_wake(struct thread *thread);

/* The same for a user thread, and have it do its return work (trap_set_return_work()) before it is in ring 3
 * for the next time; where it is there now, it is interrupted at once. */
void sched_interrupt(struct thread *thread);

/* sched_interrupt() of the thread that runs here, in fewer steps. Context: any but NMI. */
void sched_interrupt_current(void);

/* The calling thread begins with its return work; what comes later makes it do it again. */
void sched_interrupt_taken(void);

/* Have the calling thread run in another address space from now on; NULL: in none, as one of the kernel,
 * which it may then drop its reference to the old one. Context: thread, of a program. */
void sched_set_space(struct addr_space *space);

/* See thread_set_fs_base(). */
void sched_set_fs_base(uint64_t base, uint64_t context_id);

/* End the calling thread's life on its CPU: thread_reap() gets it. Context: interrupts disabled. */
_Noreturn void sched_exit(void);

/* Make a new thread, MOVING, one that others may interrupt; put it into a queue for the first time. Context:
 * any. */
void sched_prepare(struct thread *thread);
void sched_start(struct thread *thread);

struct thread_policy sched_get_policy(struct thread *thread);
struct cpu_set sched_get_affinity(struct thread *thread);

/* Change how a thread is scheduled: what is its own; what it inherits, for inheritance.c. */
void sched_set_policy(struct thread *thread, const struct thread_policy *policy);
void sched_set_inherited(struct thread *thread, unsigned priority);

void sched_set_affinity(struct thread *thread, const struct cpu_set *cpus);

/* True while the thread runs on some CPU: for a lock's waiter that wonders whether to spin. Context: any; the
 * thread exists. */
bool sched_is_running(const struct thread *thread);

/* Charge the calling thread for the time until now. Context: thread. */
void sched_account_current(void);

/* The same for a thread that may run on any CPU, or not at all. */
void sched_account(const struct thread *thread);

/* Switches of threads on a CPU. Context: any. */
uint64_t sched_switch_count(unsigned cpu);

#endif
