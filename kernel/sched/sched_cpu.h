/* The scheduler's part of a CPU, for sched/ alone. */
#ifndef LINTEL_SCHED_SCHED_CPU_H
#define LINTEL_SCHED_SCHED_CPU_H

#include <stdatomic.h>
#include <stdint.h>

#include "arch/x86_64/percpu.h"
#include "core/spinlock.h"
#include "sched/run_queue.h"

struct addr_space;
struct thread;

/* Locks: I = set before publication   s = lock   a = atomic   c = this CPU only, interrupts disabled */
struct sched_cpu {
    struct spinlock lock;           /* rank LOCK_RANK_RUN_QUEUE */
    unsigned index;                 /* [I] */
    struct run_queue queue;         /* [s] */
    struct thread *current;         /* [s] */
    struct thread *idle;            /* [I] */
    uint64_t charged_ns;            /* [s] until when the current thread has been charged */
    uint64_t slice_end_ns;          /* [c] that the timer has been told */
    struct addr_space *space;       /* [c] that is loaded: the last user thread's; NULL: none */
    uint64_t user_context_id;       /* [c] whose FS base is loaded: thread.context_id; 0: nobody's */
    uint32_t cache_group;           /* [I] cpu_topology.h */
    atomic_uint ready_count;        /* [a] threads in the queue, for other CPUs to look at */
    atomic_uint rank;               /* [a] of the current thread, likewise */
    atomic_bool is_polling;         /* [a] it idles, and looks at must_switch all the time */
    _Atomic(uint64_t) switch_count; /* [a] changed by this CPU only */
};

/* By index; set by sched.c. */
extern _Atomic(struct sched_cpu *) sched_cpus[CPU_COUNT_MAX];

/* The CPU with that index; NULL if it does not run threads (yet). Context: any. */
static inline struct sched_cpu *sched_cpu_of(unsigned index)
{
    return atomic_load_explicit(&sched_cpus[index], memory_order_acquire);
}

#endif
