#include "arch/x86_64/percpu.h"

#include "abi/errno.h"
#include "arch/x86_64/regs.h"
#include "mm/kernel_map.h"

struct percpu *percpu_blocks[CPU_COUNT_MAX];
static atomic_uint online_count = 1;

void percpu_setup(struct percpu *block)
{
    block->self = block;
    percpu_blocks[block->cpu_index] = block;
    descriptors_load(&block->descriptors); /* before the base: loading a selector into GS clears it */
    msr_write(MSR_IA32_GS_BASE, (uint64_t)block);
    msr_write(MSR_IA32_KERNEL_GS_BASE, 0); /* ring 3's, after the first SWAPGS */
    msr_write(MSR_IA32_FS_BASE, 0);
}

int percpu_create_interrupt_stacks(struct percpu *block)
{
    for (unsigned ist = 1; ist <= IST_COUNT; ist++) {
        vaddr_t top = kernel_stack_create();
        if (top == 0)
            return -ENOMEM;
        descriptors_set_interrupt_stack(&block->descriptors, ist, top);
    }
    return 0;
}

/* What was taken before memory ran out is not given back: it is little, and the machine has other worries. */
static struct percpu *percpu_create(unsigned cpu_index)
{
    struct percpu *block = kernel_map_alloc(page_round_up(sizeof(*block)) / PAGE_SIZE);

    if (block == NULL || percpu_create_interrupt_stacks(block) != 0)
        return NULL;
    block->idle_stack_top = kernel_stack_create();
    if (block->idle_stack_top == 0)
        return NULL;
    block->cpu_index = cpu_index;
    return block;
}

struct percpu *percpu_next(void)
{
    unsigned cpu_index = cpu_count_online();

    if (cpu_index == CPU_COUNT_MAX)
        return NULL;
    if (percpu_blocks[cpu_index] == NULL)
        percpu_blocks[cpu_index] = percpu_create(cpu_index);
    return percpu_blocks[cpu_index];
}

void percpu_add_online(void)
{
    atomic_fetch_add(&online_count, 1);
}

unsigned cpu_count_online(void)
{
    return atomic_load(&online_count);
}
