/* The per-CPU block. In ring 0 the GS base points to this CPU's block; SWAPGS exchanges it with the
 * program's on each way in and out. Assembly reaches the first fields by the offsets below. */
#ifndef LINTEL_ARCH_PERCPU_H
#define LINTEL_ARCH_PERCPU_H

#define PERCPU_SELF 0
#define PERCPU_KERNEL_STACK_TOP 8
#define PERCPU_USER_STACK_POINTER 16

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

/* Locks: c = touched by this CPU only, I = set before the CPU is started. */
struct percpu {
    struct percpu *self;          /* [I] */
    uint64_t kernel_stack_top;    /* [c] stack for the next SYSCALL; the TSS has the same for traps */
    uint64_t user_stack_pointer;  /* [c] scratch: RSP of ring 3 while SYSCALL changes stacks */
    uint32_t cpu_index;           /* [I] 0 is the CPU that booted */
    uint64_t timer_ticks;         /* [c] timer interrupts taken */
    uint64_t timer_ticks_user;    /* [c] of these, the ones that interrupted ring 3 */
};

_Static_assert(offsetof(struct percpu, self) == PERCPU_SELF, "assembly uses it");
_Static_assert(offsetof(struct percpu, kernel_stack_top) == PERCPU_KERNEL_STACK_TOP, "assembly uses it");
_Static_assert(offsetof(struct percpu, user_stack_pointer) == PERCPU_USER_STACK_POINTER,
               "assembly uses it");

/* Make `block` the per-CPU block of the CPU that runs this, with that index.
 * Context: early boot, once on each CPU, interrupts disabled, after descriptors_setup(): loading a selector
 * into GS clears its base. */
void percpu_setup(struct percpu *block, uint32_t cpu_index);

/* This CPU's block. Context: any in which the thread cannot move to another CPU. */
static inline struct percpu *percpu_get(void)
{
    struct percpu *block;

    __asm__("mov %%gs:%c1, %0" : "=r"(block) : "i"(PERCPU_SELF));
    return block;
}

/* The stack that traps from ring 3 and SYSCALL run on. */
void percpu_set_kernel_stack(uint64_t top);
#endif

#endif
