#include "arch/x86_64/cpu.h"
#include "arch/x86_64/cpu_flags.h"
#include "arch/x86_64/percpu.h"
#include "core/clock.h"
#include "procfs/system_files.h"

#define HZ_PER_MHZ 1000000

static void add_flag(const char *name, void *argument)
{
    text_print(argument, " %s", name);
}

static void show_cpu(struct text *text, unsigned cpu, const struct cpu_model *model)
{
    const uint64_t hz = clock_tsc_hz();

    text_print(text, "processor\t: %u\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\nmodel name\t: %s\n",
               cpu, cpu_features.vendor, model->family, model->model,
               cpu_features.brand[0] != '\0' ? cpu_features.brand : "unknown");
    text_print(text,
               "stepping\t: %u\ncpu MHz\t\t: %lu.%03lu\nphysical id\t: 0\nsiblings\t: %u\ncore id\t\t: %u\n",
               model->stepping, hz / HZ_PER_MHZ, hz % HZ_PER_MHZ / 1000, cpu_count_online(), cpu);
    text_print(
        text,
        "cpu cores\t: %u\nfpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: %u\nwp\t\t: yes\nflags\t\t:",
        cpu_count_online(), model->cpuid_level);
    cpu_flags_visit(add_flag, text);
    text_print(text, "\nbogomips\t: %lu.%02lu\nclflush size\t: %u\ncache_alignment\t: %u\n",
               hz * 2 / HZ_PER_MHZ, hz * 2 % HZ_PER_MHZ / 10000, model->cache_line, model->cache_line);
    text_print(text, "address sizes\t: %u bits physical, %u bits virtual\npower management:\n\n",
               model->physical_address_bits, model->virtual_address_bits);
}

int system_show_cpuinfo(struct pseudo_node *node, struct text *text)
{
    const struct cpu_model model = cpu_model_get();

    (void)node;
    for (unsigned cpu = 0; cpu < cpu_count_online(); cpu++)
        show_cpu(text, cpu, &model);
    return 0;
}
