/* The structure of a thread, for sched/ alone. */
#ifndef LINTEL_SCHED_THREAD_INTERNAL_H
#define LINTEL_SCHED_THREAD_INTERNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86_64/fpu.h"
#include "core/lock_rank.h"
#include "core/ref_count.h"
#include "core/spinlock.h"
#include "lib/list.h"
#include "lib/tree.h"
#include "mm/types.h"
#include "sched/thread.h"
#include "sched/wait_queue.h"

struct inheritance;

enum thread_state {
    THREAD_READY,   /* in the queue of its CPU */
    THREAD_MOVING,  /* ready, and on its way to the CPU `cpu`: in no queue */
    THREAD_RUNNING, /* its CPU's current thread */
    THREAD_BLOCKED,
    THREAD_DEAD, /* leaves its stack for the last time */
};

/* What is to be done with a thread by the one that comes after it on its CPU. */
enum thread_departure {
    DEPARTURE_NONE,
    DEPARTURE_MOVE, /* queue it on the CPU `cpu`, which is another one now */
    DEPARTURE_END,  /* thread_reap() */
};

/* Locks: I = set before publication   a = atomic   l = thread.lock   t = the list's lock (thread.c)
 *        q = the lock of the run queue of CPU `cpu`; who waits for that must look at `cpu` again afterwards,
 *            sched_lock_of() does
 *        i = the lock of inheritance.c
 *        own = changed by the thread itself, with interrupts disabled
 * Always: a thread that is MOVING is in the hands of the one function in sched.c that takes it to another
 * CPU. */
struct thread {
    struct thread_head head;         /* [I], priority [q]; first, where thread.h looks for it */
    struct run_entity entity;        /* [q] as it is scheduled, with what it inherits */
    uint64_t stack_pointer;          /* [q] while it does not run */
    enum thread_state state;         /* [q] */
    bool has_return_work;            /* [q] of a user thread: for percpu.has_return_work */
    bool is_wake_pending;            /* [q] it was woken since it last blocked */
    uint8_t rank;                    /* [q] for placement.h: PLACEMENT_RANK_* or more */
    enum thread_departure departure; /* [q] */
    bool has_context;                /* [I] an address space or vector registers: a switch has more to do */
    atomic_uint cpu;                 /* [a] changed under the old CPU's lock */
    struct cpu_set affinity;         /* [q] */
    _Atomic(uint64_t) run_time_ns;   /* [a] changed by its CPU only */
    _Atomic(uint64_t) switch_count;  /* [a] changed by its CPU only */
    _Atomic(uint64_t) user_samples, system_samples; /* [a] changed by its CPU only */
    _Atomic(uint64_t) fault_count;                  /* [a] changed by itself only */

    struct addr_space *space;         /* [own] NULL: a kernel thread, or one that has left its program */
    struct fpu_state *fpu;            /* [I] NULL: it has no vector registers */
    uint64_t fs_base;                 /* [own] */
    uint64_t context_id;              /* [own] a new number whenever fs_base changes */
    vaddr_t stack_top;                /* [I] */
    void (*function)(void *argument); /* [I] */
    void *argument;                   /* [I] */
    uint32_t id;                      /* [I] */
    char name[THREAD_NAME_SIZE];      /* [I] */

    struct thread_policy policy; /* [q] as it was asked for */
    uint8_t inherited;        /* [q] changed under i, too: its heirs' highest real-time priority; 0: none */
    struct tree heirs;        /* [i] struct inheritance: who waits for what it has */
    struct inheritance *wait; /* [i] its own; NULL: none */

    struct spinlock lock;        /* rank LOCK_RANK_THREAD */
    bool has_ended;              /* [l] off its stack, which is free */
    struct ref_count references; /* of the thread itself until it has ended, and of who may join it; dropped
                                    under the lock */
    int value;                   /* [l] that it ended with */
    struct wait_queue joiners;   /* [l] */
    struct list link;            /* [t] in the list of all threads */
    LOCK_RANK_LIST_FIELD         /* mutexes that it holds, where that is checked */
};

_Static_assert(offsetof(struct thread, head) == 0, "thread.h relies on it");

/* A CPU's idle thread: the context that booted it. It is in the list, never in a queue, never freed.
 * NULL: no memory. Context: early boot or the CPU's way up. */
struct thread *thread_create_idle(unsigned cpu);

/* The first steps of each new thread, called by sched.c on its stack, interrupts disabled: run its function
 * with interrupts enabled, and end. */
_Noreturn void thread_run(struct thread *thread);

/* Take back a dead thread that is off its stack. Context: interrupts disabled, no lock held. */
void thread_reap(struct thread *thread);

#endif
