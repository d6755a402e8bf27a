/* Threads. A kernel thread is a function and a stack; a user thread is a kernel thread with a user context.
 *
 *                 thread_create()
 *                       |
 *                       v        picked by its CPU
 *                     READY <-----------------------> RUNNING ------> DEAD
 *                       ^     preempted, yields, RR      |    thread_exit()
 *                       |                                |
 *                       +----------- BLOCKED <-----------+
 *                        woken, timeout       waits
 *
 * A thread that has ended and is joined, or detached, is gone: stack and structure go to the next one.
 * sched/thread_internal.h has the structure. docs/scheduling.md tells how it all works. */
#ifndef LINTEL_SCHED_THREAD_H
#define LINTEL_SCHED_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86_64/percpu.h"
#include "lib/cpu_set.h"
#include "sched/run_queue.h"

#define THREAD_NAME_SIZE 16 /* with the 0 at its end, as Linux's */

struct addr_space;
struct fpu_state;
struct thread;

/* How a thread is to be; a member that is 0 means the default. */
struct thread_options {
    enum sched_policy policy;   /* SCHED_NORMAL */
    int nice;                   /* of NORMAL: NICE_MIN .. NICE_MAX */
    unsigned priority;          /* of FIFO and RR: REALTIME_PRIORITY_MIN .. MAX */
    const struct cpu_set *cpus; /* that it may run on; NULL: all */
    bool has_fpu;               /* it uses vector registers */
    bool copies_fpu;            /* it begins with the caller's vector registers, if that has any */
    bool is_detached;           /* nobody will join it */
    struct addr_space *space;   /* a user thread's address space, which outlives it; NULL: a kernel thread */
    uint64_t fs_base;           /* of a user thread: where its FS segment starts (thread-local storage) */
    void *owner;                /* whose user thread it is: proc/ */
};

/* Set up what threads are made of. Context: early boot, once, by sched_setup(). */
void thread_setup(void);

/* Give memory that is kept for new threads back. Context: thread.  Sleeps: no. */
void thread_trim(void);

/* Make a thread that runs function(argument), and let it run: with `options`, NULL for all defaults. The name
 * is cut to THREAD_NAME_SIZE. When the function returns, the thread ends with the value 0. The thread must be
 * joined or detached. ret_thread may be NULL if it is created detached.
 * Errors: -ENOMEM; -EINVAL (priority or nice out of range, no online CPU in the set).
 * Context: thread or interrupts disabled.  Takes: all locks of sched/ and mm/.  Sleeps: no. */
int thread_create(const char *name, void (*function)(void *argument), void *argument,
                  const struct thread_options *options, struct thread **ret_thread);

/* The same in two steps, for who has something to do in between with a thread that does not run yet: others
 * may interrupt it, and change its policy, meanwhile. thread_discard() gives up one that was not started.
 * Context: thread or interrupts disabled. */
int thread_prepare(const char *name, void (*function)(void *argument), void *argument,
                   const struct thread_options *options, struct thread **ret_thread);
void thread_start(struct thread *thread);
void thread_discard(struct thread *thread);

/* End the calling thread. */
_Noreturn void thread_exit(int value);

/* Wait until the thread has ended and give it back; returns the value it ended with. Once for each thread
 * that is not detached, by one thread, not by itself. When it returns, stack and structure are free. Context:
 * thread.  Sleeps: yes. */
int thread_join(struct thread *thread);

/* Nobody will join it: the thread gives itself back when it ends. The caller may not use it any more.
 * Context: thread or interrupts disabled. */
void thread_detach(struct thread *thread);

/* The calling thread; a CPU's idle thread before the scheduler runs on it. Context: any. */
static inline struct thread *thread_current(void)
{
    return percpu_current_thread();
}

/* Let others run that are as important. Context: thread, no spin lock held. */
void thread_yield(void);

/* Sleep until clock_monotonic_ns() is at least deadline_ns; returns at once where the clock does not run.
 * Context: thread.  Sleeps: yes. */
void thread_sleep_until(uint64_t deadline_ns);
void thread_sleep_ns(uint64_t duration_ns);

/* The same for a sleep that sched_wake() may cut short when is_interrupted() has turned true. Returns 0, or
 * -EINTR. The clock must run. */
int thread_sleep_unless(uint64_t deadline_ns, bool (*is_interrupted)(void));

/* Change how a thread is scheduled: at once, also when it runs or waits. What it inherits counts on
 * (inheritance.h). `nice` of FIFO and RR is kept until they are NORMAL again. Errors: -EINVAL as
 * thread_create(). Context: thread.  Takes: the lock of inheritance.c, run queues' locks.  Sleeps: no. */
int thread_set_policy(struct thread *thread, enum sched_policy policy, int nice, unsigned priority);

/* How it is scheduled as far as that is its own; `priority` of FIFO and RR. Context: any. */
struct thread_policy {
    enum sched_policy policy;
    int nice;
    unsigned priority;
};
struct thread_policy thread_get_policy(struct thread *thread);

/* Where it may run. Context: any. */
struct cpu_set thread_get_affinity(struct thread *thread);

/* Change where a thread may run. A thread that runs elsewhere leaves that CPU at once; the calling thread has
 * left it on return. Errors: -EINVAL (no online CPU in the set).
 * Context: thread, no spin lock held.  Sleeps: no. */
int thread_set_affinity(struct thread *thread, const struct cpu_set *cpus);

/* Number that names the thread in listings, never used twice. */
uint32_t thread_id(const struct thread *thread);
const char *thread_name(const struct thread *thread);

/* Where its FS segment starts; change that of the calling thread, which has an address space. */
uint64_t thread_fs_base(const struct thread *thread);
void thread_set_fs_base(uint64_t base);

/* The calling thread's vector registers: have its own save area show what they are, and return that, which
 * stays so until ring 3 goes on; make them those of a new program. Context: thread with vector registers. */
struct fpu_state *thread_sync_fpu(void);
void thread_reset_fpu(void);

/* Change the calling thread's name; it is cut to THREAD_NAME_SIZE. */
void thread_set_name(const char *name);

/* The same of another thread, which exists. Who reads a name meanwhile may see parts of both. */
void thread_rename(struct thread *thread, const char *name);

/* The address space that it runs in; NULL: none. */
struct addr_space *thread_space(const struct thread *thread);

/* The calling thread is done with its address space, and does not need it to stay any more: until others
 * free it, it may be loaded still. */
void thread_leave_space(void);

/* How the structure of each thread begins: what system calls ask for again and again. */
struct thread_head {
    void *owner;
    unsigned priority; /* thread_priority() */
};

/* The real-time priority that it runs at, its own or an inherited one; 0: none. Context: any. */
static inline unsigned thread_priority(const struct thread *thread)
{
    return __atomic_load_n(&((const struct thread_head *)thread)->priority, __ATOMIC_RELAXED);
}

/* What thread_options.owner was. */
static inline void *thread_owner(const struct thread *thread)
{
    return ((const struct thread_head *)thread)->owner;
}

/* Run time in ns up to its last switch, or up to now for the calling thread. */
uint64_t thread_run_time_ns(const struct thread *thread);

/* How often it was switched to. */
uint64_t thread_switch_count(const struct thread *thread);

/* How often it was found in ring 3, and how often in the kernel: sched/sampling.h. */
struct thread_samples {
    uint64_t user, system;
};

struct thread_samples thread_samples(const struct thread *thread);

/* Page faults that were resolved for it; count one more for the calling thread. */
uint64_t thread_fault_count(const struct thread *thread);
void thread_count_fault(void);

/* Whether it waits, rather than runs or is ready to; the CPU where it runs, or ran last. Context: any. */
bool thread_is_blocked(const struct thread *thread);
unsigned thread_last_cpu(const struct thread *thread);

/* Threads that exist, idle threads included. Context: any. */
unsigned thread_count(void);

/* Log one line for each thread, up to 64: id, name, state, CPU, policy, run time, switches; for one that does
 * not run also where. Then one for each CPU. Takes the list's lock for a line at a time or, if that is not to
 * be had within a millisecond, goes without: for a kernel that hangs. Context: any but NMI. */
void thread_log_all(void);

#endif
