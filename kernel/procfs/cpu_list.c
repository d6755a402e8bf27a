#include "procfs/cpu_list.h"

#include "arch/x86_64/percpu.h"

struct cpu_set cpu_list_online(void)
{
    return cpu_set_first(cpu_count_online());
}

/* The first CPU from `from` on that is in the set, or is not; CPU_SET_SIZE: there is none. */
static unsigned next_cpu(const struct cpu_set *cpus, unsigned from, bool is_in_set)
{
    while (from < CPU_SET_SIZE && cpu_set_has(cpus, from) != is_in_set)
        from++;
    return from;
}

void cpu_list_show(struct text *text, const struct cpu_set *cpus)
{
    const char *comma = "";

    for (unsigned first = next_cpu(cpus, 0, true); first < CPU_SET_SIZE;) {
        unsigned behind = next_cpu(cpus, first, false);
        text_print(text, behind - first > 1 ? "%s%u-%u" : "%s%u", comma, first, behind - 1);
        comma = ",";
        first = next_cpu(cpus, behind, true);
    }
}

static uint32_t mask_group(const struct cpu_set *cpus, unsigned group)
{
    return (uint32_t)(cpus->bits[group / 2] >> group % 2 * 32);
}

void cpu_list_show_mask(struct text *text, const struct cpu_set *cpus)
{
    unsigned group = cpu_count_online() == 0 ? 0 : (cpu_count_online() - 1) / 32;

    text_print(text, "%x", mask_group(cpus, group));
    while (group-- > 0)
        text_print(text, ",%08x", mask_group(cpus, group));
}
