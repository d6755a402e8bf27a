#include "arch/x86_64/cpu_flags.h"

#include <stdbool.h>
#include <stddef.h>

#include "arch/x86_64/regs.h"

enum cpuid_register { EAX, EBX, ECX, EDX };

#define LEAF_EXTENDED 0x80000000u

/* Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E. In Linux's order. */
static const struct cpu_flag {
    const char *name;
    uint32_t leaf;
    uint8_t subleaf, from, bit;
} flags[] = {
    {"fpu", 1, 0, EDX, 0},
    {"vme", 1, 0, EDX, 1},
    {"de", 1, 0, EDX, 2},
    {"pse", 1, 0, EDX, 3},
    {"tsc", 1, 0, EDX, 4},
    {"msr", 1, 0, EDX, 5},
    {"pae", 1, 0, EDX, 6},
    {"mce", 1, 0, EDX, 7},
    {"cx8", 1, 0, EDX, 8},
    {"apic", 1, 0, EDX, 9},
    {"sep", 1, 0, EDX, 11},
    {"mtrr", 1, 0, EDX, 12},
    {"pge", 1, 0, EDX, 13},
    {"mca", 1, 0, EDX, 14},
    {"cmov", 1, 0, EDX, 15},
    {"pat", 1, 0, EDX, 16},
    {"pse36", 1, 0, EDX, 17},
    {"clflush", 1, 0, EDX, 19},
    {"mmx", 1, 0, EDX, 23},
    {"fxsr", 1, 0, EDX, 24},
    {"sse", 1, 0, EDX, 25},
    {"sse2", 1, 0, EDX, 26},
    {"ss", 1, 0, EDX, 27},
    {"ht", 1, 0, EDX, 28},
    {"syscall", 0x80000001, 0, EDX, 11},
    {"nx", 0x80000001, 0, EDX, 20},
    {"mmxext", 0x80000001, 0, EDX, 22},
    {"fxsr_opt", 0x80000001, 0, EDX, 25},
    {"pdpe1gb", 0x80000001, 0, EDX, 26},
    {"rdtscp", 0x80000001, 0, EDX, 27},
    {"lm", 0x80000001, 0, EDX, 29},
    {"3dnowext", 0x80000001, 0, EDX, 30},
    {"3dnow", 0x80000001, 0, EDX, 31},
    {"constant_tsc", 0x80000007, 0, EDX, 8},
    {"nonstop_tsc", 0x80000007, 0, EDX, 8},
    {"pni", 1, 0, ECX, 0},
    {"pclmulqdq", 1, 0, ECX, 1},
    {"monitor", 1, 0, ECX, 3},
    {"ssse3", 1, 0, ECX, 9},
    {"fma", 1, 0, ECX, 12},
    {"cx16", 1, 0, ECX, 13},
    {"sse4_1", 1, 0, ECX, 19},
    {"sse4_2", 1, 0, ECX, 20},
    {"x2apic", 1, 0, ECX, 21},
    {"movbe", 1, 0, ECX, 22},
    {"popcnt", 1, 0, ECX, 23},
    {"tsc_deadline_timer", 1, 0, ECX, 24},
    {"aes", 1, 0, ECX, 25},
    {"xsave", 1, 0, ECX, 26},
    {"avx", 1, 0, ECX, 28},
    {"f16c", 1, 0, ECX, 29},
    {"rdrand", 1, 0, ECX, 30},
    {"hypervisor", 1, 0, ECX, 31},
    {"lahf_lm", 0x80000001, 0, ECX, 0},
    {"svm", 0x80000001, 0, ECX, 2},
    {"abm", 0x80000001, 0, ECX, 5},
    {"sse4a", 0x80000001, 0, ECX, 6},
    {"3dnowprefetch", 0x80000001, 0, ECX, 8},
    {"fsgsbase", 7, 0, EBX, 0},
    {"bmi1", 7, 0, EBX, 3},
    {"avx2", 7, 0, EBX, 5},
    {"smep", 7, 0, EBX, 7},
    {"bmi2", 7, 0, EBX, 8},
    {"erms", 7, 0, EBX, 9},
    {"avx512f", 7, 0, EBX, 16},
    {"avx512dq", 7, 0, EBX, 17},
    {"rdseed", 7, 0, EBX, 18},
    {"adx", 7, 0, EBX, 19},
    {"smap", 7, 0, EBX, 20},
    {"clflushopt", 7, 0, EBX, 23},
    {"clwb", 7, 0, EBX, 24},
    {"avx512cd", 7, 0, EBX, 28},
    {"sha_ni", 7, 0, EBX, 29},
    {"avx512bw", 7, 0, EBX, 30},
    {"avx512vl", 7, 0, EBX, 31},
    {"xsaveopt", 0xd, 1, EAX, 0},
    {"xsavec", 0xd, 1, EAX, 1},
    {"xgetbv1", 0xd, 1, EAX, 2},
    {"xsaves", 0xd, 1, EAX, 3},
    {"arat", 6, 0, EAX, 2},
    {"umip", 7, 0, ECX, 2},
    {"pku", 7, 0, ECX, 3},
    {"gfni", 7, 0, ECX, 8},
    {"vaes", 7, 0, ECX, 9},
    {"vpclmulqdq", 7, 0, ECX, 10},
    {"la57", 7, 0, ECX, 16},
    {"rdpid", 7, 0, ECX, 22},
    {"fsrm", 7, 0, EDX, 4},
};

static uint32_t flag_word(const struct cpu_flag *flag)
{
    const struct cpuid_result result = cpuid(flag->leaf, flag->subleaf);

    switch (flag->from) {
    case EAX:
        return result.eax;
    case EBX:
        return result.ebx;
    case ECX:
        return result.ecx;
    default:
        return result.edx;
    }
}

void cpu_flags_visit(void (*add)(const char *name, void *argument), void *argument)
{
    const uint32_t basic_max = cpuid(0, 0).eax, extended_max = cpuid(LEAF_EXTENDED, 0).eax;

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        const uint32_t max = flags[i].leaf >= LEAF_EXTENDED ? extended_max : basic_max;
        if (flags[i].leaf <= max && (flag_word(&flags[i]) >> flags[i].bit & 1) != 0)
            add(flags[i].name, argument);
    }
}

struct cpu_model cpu_model_get(void)
{
    const struct cpuid_result version = cpuid(1, 0);
    const unsigned family = version.eax >> 8 & 0xf, model = version.eax >> 4 & 0xf;
    const bool is_extended = cpuid(LEAF_EXTENDED, 0).eax >= 0x80000008;
    const uint32_t sizes = is_extended ? cpuid(0x80000008, 0).eax : 36 | 48 << 8;

    return (struct cpu_model){
        .family = family == 0xf ? family + (version.eax >> 20 & 0xff) : family,
        .model = family == 0xf || family == 6 ? model + (version.eax >> 16 & 0xf) * 16 : model,
        .stepping = version.eax & 0xf,
        .cpuid_level = cpuid(0, 0).eax,
        .physical_address_bits = sizes & 0xff,
        .virtual_address_bits = 48, /* what four levels of page tables reach */
        .cache_line = (version.ebx >> 8 & 0xff) * 8,
    };
}
