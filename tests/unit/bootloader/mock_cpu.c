#include "mock_cpu.h"

#include <string.h>

#include "bootloader/cpu.h"
#include "bootloader/debugger.h"
#include "bootloader/handoff.h"

struct mock_cpu mock_cpu;

void mock_cpu_init(void)
{
    memset(&mock_cpu, 0, sizeof(mock_cpu));
    mock_cpu.is_intel = mock_cpu.has_nx = mock_cpu.has_1g_pages = mock_cpu.has_rdseed = mock_cpu.has_rdrand =
        true;
    mock_cpu.physical_bits = 46;
    mock_cpu.tsc = 1000;
}

_Noreturn void mock_cpu_end(enum mock_end end)
{
    mock_cpu.end = end;
    longjmp(mock_cpu.ended, 1);
}

struct cpuid_result cpu_cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result result = {0, 0, 0, 0};

    (void)subleaf;
    switch (leaf) {
    case 0:
        memcpy(&result.ebx, mock_cpu.is_intel ? "Genu" : "Auth", 4);
        memcpy(&result.edx, mock_cpu.is_intel ? "ineI" : "enti", 4);
        memcpy(&result.ecx, mock_cpu.is_intel ? "ntel" : "cAMD", 4);
        break;
    case 1:
        result.ecx = (uint32_t)mock_cpu.has_rdrand << 30;
        break;
    case 7:
        result.ebx = (uint32_t)mock_cpu.has_rdseed << 18;
        break;
    case 0x80000001:
        result.edx = (uint32_t)mock_cpu.has_1g_pages << 26;
        if (mock_cpu.has_nx && !(mock_cpu.misc_enable & MISC_ENABLE_XD_BIT_DISABLE))
            result.edx |= 1u << 20;
        break;
    case 0x80000008:
        result.eax = mock_cpu.physical_bits;
        break;
    }
    return result;
}

uint64_t cpu_read_tsc(void)
{
    return mock_cpu.tsc += 20;
}

/* Registers that only Intel CPUs have would fault on another. */
uint64_t cpu_read_msr(uint32_t msr)
{
    if (msr != MSR_IA32_MISC_ENABLE || !mock_cpu.is_intel)
        __builtin_trap();
    return mock_cpu.misc_enable;
}

void cpu_write_msr(uint32_t msr, uint64_t value)
{
    if (msr != MSR_IA32_MISC_ENABLE || !mock_cpu.is_intel)
        __builtin_trap();
    mock_cpu.misc_enable = value;
}

uint64_t cpu_read_cr4(void)
{
    return mock_cpu.cr4;
}

static bool mock_random(bool has_instruction, uint64_t *ret_value)
{
    if (!has_instruction)
        __builtin_trap();
    mock_cpu.random_asked++;
    if (mock_cpu.random_is_stuck) {
        *ret_value = UINT64_MAX;
        return mock_cpu.random_asked % 2;
    }
    *ret_value = mock_cpu.random = mock_cpu.random * 6364136223846793005u + 1442695040888963407u;
    return true;
}

bool cpu_rdseed(uint64_t *ret_value)
{
    return mock_random(mock_cpu.has_rdseed, ret_value);
}

bool cpu_rdrand(uint64_t *ret_value)
{
    return mock_random(mock_cpu.has_rdrand, ret_value);
}

void cpu_pause(void)
{
    mock_cpu.tsc += MOCK_TSC_HZ / 1000;
}

_Noreturn void cpu_halt(void)
{
    mock_cpu_end(MOCK_HALT);
}

_Noreturn void handoff(uint64_t page_table, uint64_t stack_top, uint64_t entry, uint64_t boot_info)
{
    mock_cpu.handoff_page_table = page_table;
    mock_cpu.handoff_stack_top = stack_top;
    mock_cpu.handoff_entry = entry;
    mock_cpu.handoff_boot_info = boot_info;
    mock_cpu_end(MOCK_HANDOFF);
}

void debugger_spin(uint64_t image_base)
{
    mock_cpu.debugger_image_base = image_base;
}
