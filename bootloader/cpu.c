#include "cpu.h"

static struct cpuid_result cpu_cpuid_raw(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result result;

    __asm__ volatile("cpuid"
                     : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx)
                     : "a"(leaf), "c"(subleaf));
    return result;
}

struct cpuid_result cpu_cpuid(uint32_t leaf, uint32_t subleaf)
{
    /* Intel CPUs answer a leaf beyond the last with the last one's data. */
    if (cpu_cpuid_raw(leaf & 0x80000000u, 0).eax < leaf)
        return (struct cpuid_result){0, 0, 0, 0};
    return cpu_cpuid_raw(leaf, subleaf);
}

uint64_t cpu_read_tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

uint64_t cpu_read_msr(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

void cpu_write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

uint64_t cpu_read_cr4(void)
{
    uint64_t value;

    __asm__ volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

bool cpu_rdseed(uint64_t *ret_value)
{
    bool is_valid;

    __asm__ volatile("rdseed %0" : "=r"(*ret_value), "=@ccc"(is_valid));
    return is_valid;
}

bool cpu_rdrand(uint64_t *ret_value)
{
    bool is_valid;

    __asm__ volatile("rdrand %0" : "=r"(*ret_value), "=@ccc"(is_valid));
    return is_valid;
}

void cpu_pause(void)
{
    __asm__ volatile("pause" : : : "memory");
}

_Noreturn void cpu_halt(void)
{
    for (;;)
        __asm__ volatile("cli\n\thlt" : : : "memory");
}
