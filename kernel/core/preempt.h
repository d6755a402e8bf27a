/* Preemption: a CPU that has been told to switch does so at once where it may: where interrupts are enabled,
 * hence where no spin lock is held. These places are the return from an interrupt and the moment at which
 * interrupts are enabled again by spin_unlock(). */
#ifndef LINTEL_CORE_PREEMPT_H
#define LINTEL_CORE_PREEMPT_H

#include <stdbool.h>

#include "arch/x86_64/percpu.h"

/* Called to switch, with interrupts disabled; returns, with interrupts disabled, when this thread runs again.
 * Set by the scheduler; until then nobody asks for a switch. Context: early boot, once. */
void preempt_set_handler(void (*handler)(void));

/* Ask this CPU to switch at the next opportunity. Context: interrupts disabled. */
static inline void preempt_request(void)
{
    percpu_set_must_switch(true);
}

/* Switch if that was asked for. Context: interrupts disabled, no spin lock held. */
void preempt_now(void);

/* The same where interrupts are enabled. Context: thread. */
void preempt_here(void);

static inline void preempt_point(void)
{
    if (percpu_must_switch())
        preempt_here();
}

#endif
