/* The per-CPU block. In ring 0 the GS base points to this CPU's block; SWAPGS exchanges it with the
 * program's on each way in and out. Assembly reaches the first fields by the offsets below.
 *
 * CPUs have indices: 0 is the CPU that booted, the others count up in the order in which they come online.
 * A CPU that is online stays so. */
#ifndef LINTEL_ARCH_PERCPU_H
#define LINTEL_ARCH_PERCPU_H

#define PERCPU_SELF 0
#define PERCPU_KERNEL_STACK_TOP 8
#define PERCPU_USER_STACK_POINTER 16
#define PERCPU_CURRENT_THREAD 24
#define PERCPU_MUST_SWITCH 32
#define PERCPU_HAS_RETURN_WORK 33

#define CPU_COUNT_MAX 256

#ifndef __ASSEMBLER__
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86_64/cpu_where.h"
#include "arch/x86_64/descriptors.h"
#include "arch/x86_64/pcid.h"
#include "arch/x86_64/trap.h"
#include "mm/types.h"

struct sched_cpu;
struct thread;

/* A function that this CPU asks others to call: ipi_call(). */
struct percpu_call {
    void (*function)(void *argument);
    void *argument;
    atomic_uint waiting_for; /* CPUs that have not called it yet */
    bool is_under_way;
};

/* Locks: c = touched by this CPU only, I = set before the CPU is started, a = atomic. */
struct percpu {
    struct percpu *self;           /* [I] */
    uint64_t kernel_stack_top;     /* [c] stack for the next SYSCALL; the TSS has the same for traps */
    uint64_t user_stack_pointer;   /* [c] scratch: RSP of ring 3 while SYSCALL changes stacks */
    struct thread *current_thread; /* [c] sched/: whose stack this CPU runs on */
    atomic_bool must_switch;       /* [a] core/preempt.h: switch threads at the next opportunity */
    atomic_bool has_return_work;   /* [a] trap_set_return_work() has something to do before ring 3 goes on */
    uint32_t cpu_index;            /* [I] 0 is the CPU that booted */
    struct sched_cpu *sched;       /* [I] sched/: this CPU's run queue; NULL until it has one */

    uint32_t apic_id;                   /* [I] */
    vaddr_t idle_stack_top;             /* [I] the stack it comes up on; 0 for the boot CPU: the boot stack */
    struct cpu_descriptors descriptors; /* [c] */

    struct pcid_slots pcids; /* [c] */

    uint32_t interrupt_counts[TRAP_VECTOR_COUNT]; /* [c] to change: of each vector, since it is up */

    struct percpu_call call;                       /* [c] to change */
    _Atomic(uint64_t) callers[CPU_COUNT_MAX / 64]; /* [a] the CPUs whose call waits for this one */
    struct cpu_where where;                        /* cpu_where.h */
    atomic_bool is_stopped;                        /* [a] for a panic, for good */
    uint64_t stopped_rip;                          /* valid when is_stopped */
};

_Static_assert(offsetof(struct percpu, self) == PERCPU_SELF, "assembly uses it");
_Static_assert(offsetof(struct percpu, kernel_stack_top) == PERCPU_KERNEL_STACK_TOP, "assembly uses it");
_Static_assert(offsetof(struct percpu, user_stack_pointer) == PERCPU_USER_STACK_POINTER, "assembly uses it");
_Static_assert(offsetof(struct percpu, current_thread) == PERCPU_CURRENT_THREAD, "assembly uses it");
_Static_assert(offsetof(struct percpu, has_return_work) == PERCPU_HAS_RETURN_WORK, "assembly uses it");
_Static_assert(offsetof(struct percpu, must_switch) == PERCPU_MUST_SWITCH, "assembly uses it");

/* Make `block` the per-CPU block of the CPU that runs this, and load its descriptors.
 * Context: early boot, once on each CPU, interrupts disabled, after descriptors_setup(). */
void percpu_setup(struct percpu *block);

/* Give a CPU that has not started the stacks of its exceptions, with a guard page each. Errors: -ENOMEM. */
int percpu_create_interrupt_stacks(struct percpu *block);

/* The block for the CPU that comes online next, made if there is none yet, with all its stacks. NULL: no
 * memory, or CPU_COUNT_MAX CPUs are online. Context: early boot, on the boot CPU. */
struct percpu *percpu_next(void);

/* Count the CPU of percpu_next() as online: others may send it interrupts. Context: as percpu_next(). */
void percpu_add_online(void);

/* Number of CPUs that are online: those with an index below it. Context: any. */
unsigned cpu_count_online(void);

/* By index; percpu.c's to set. */
extern struct percpu *percpu_blocks[CPU_COUNT_MAX];

/* The block of the CPU with that index, which is online. Context: any. */
static inline struct percpu *percpu_of(unsigned cpu_index)
{
    return percpu_blocks[cpu_index];
}

/* This CPU's block. Context: any in which the thread cannot move to another CPU: interrupts disabled, or
 * before there are threads. The result is stale after a switch of threads. */
static inline struct percpu *percpu_get(void)
{
    struct percpu *block;

    __asm__ volatile("mov %%gs:%c1, %0" : "=r"(block) : "i"(PERCPU_SELF));
    return block;
}

/* The thread that runs here: as good as a constant for the code of a thread, wherever it moves. Context: any.
 */
static inline struct thread *percpu_current_thread(void)
{
    struct thread *thread;

    __asm__("mov %%gs:%c1, %0" : "=r"(thread) : "i"(PERCPU_CURRENT_THREAD));
    return thread;
}

/* Whether this CPU is asked to switch threads, and the asking. Context: any; what a thread with interrupts
 * enabled is told may be of a CPU that it has left meanwhile. */
static inline bool percpu_must_switch(void)
{
    bool is_set;

    __asm__ volatile("cmpb $0, %%gs:%c1" : "=@ccne"(is_set) : "i"(PERCPU_MUST_SWITCH) : "memory");
    return is_set;
}

static inline void percpu_set_must_switch(bool is_set)
{
    __asm__ volatile("movb %0, %%gs:%c1" : : "qi"((char)is_set), "i"(PERCPU_MUST_SWITCH) : "memory");
}

/* The stack that this CPU's traps from ring 3 and SYSCALL run on. Context: interrupts disabled. */
static inline void percpu_set_kernel_stack(uint64_t top)
{
    struct percpu *block = percpu_get();

    block->kernel_stack_top = top;
    block->descriptors.tss.rsp[0] = top;
}
#endif

#endif
