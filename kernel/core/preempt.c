#include "core/preempt.h"

#include <stddef.h>

#include "arch/x86_64/cpu.h"

static void (*preempt_handler)(void);

void preempt_set_handler(void (*handler)(void))
{
    preempt_handler = handler;
}

void preempt_now(void)
{
    while (percpu_must_switch() && preempt_handler != NULL)
        preempt_handler();
}

void preempt_here(void)
{
    cpu_interrupts_disable();
    preempt_now();
    cpu_interrupts_enable();
}
