#include "fake_cpu.h"

#include <sched.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/regs.h"

struct fake_cpu fake_cpu = {.interrupts_are_enabled = true};
struct cpu_features cpu_features = {.physical_address_bits = 46, .has_pat = true};

uint64_t cpu_timestamp(void)
{
    return fake_cpu.timestamp += fake_cpu.timestamp_step;
}

void cpu_pause(void)
{
    fake_cpu.timestamp += fake_cpu.timestamp_step;
    sched_yield(); /* whoever is waited for may be another thread of the host that has no CPU now */
}

void cpu_interrupts_enable(void)
{
    fake_cpu.interrupts_are_enabled = true;
}

bool cpu_interrupts_save(void)
{
    bool were_enabled = fake_cpu.interrupts_are_enabled;

    fake_cpu.interrupts_are_enabled = false;
    return were_enabled;
}

void cpu_interrupts_restore(bool were_enabled)
{
    fake_cpu.interrupts_are_enabled |= were_enabled;
}

uint64_t cr3_read(void)
{
    return fake_cpu.cr3;
}

void cr3_write(uint64_t value)
{
    fake_cpu.cr3 = value;
}
