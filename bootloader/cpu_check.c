#include "cpu_check.h"

#include "abi/errno.h"
#include "boot_info.h"
#include "cpu.h"
#include "lib/string.h"

/* CPUID leaves and bits: Intel SDM volume 2, CPUID, tables 3-8 and 3-9. */
#define CPUID_VENDOR 0u
#define CPUID_EXTENDED_FEATURES 0x80000001u
#define CPUID_EXTENDED_NX (1u << 20)       /* EDX */
#define CPUID_EXTENDED_1G_PAGES (1u << 26) /* EDX */
#define CPUID_ADDRESS_WIDTHS 0x80000008u
#define PHYSICAL_BITS_DEFAULT 36 /* of a CPU without that leaf */

static bool cpu_has_nx(void)
{
    return cpu_cpuid(CPUID_EXTENDED_FEATURES, 0).edx & CPUID_EXTENDED_NX;
}

static bool cpu_is_intel(void)
{
    struct cpuid_result vendor = cpu_cpuid(CPUID_VENDOR, 0);
    uint32_t name[3] = {vendor.ebx, vendor.edx, vendor.ecx};

    return memcmp(name, "GenuineIntel", 12) == 0;
}

/* A firmware setting ("Execute Disable Bit") hides NX; the bit behind it can be cleared again. */
static void cpu_unhide_nx(void)
{
    if (cpu_is_intel())
        cpu_write_msr(MSR_IA32_MISC_ENABLE, cpu_read_msr(MSR_IA32_MISC_ENABLE) & ~MISC_ENABLE_XD_BIT_DISABLE);
}

static uint64_t cpu_physical_limit(void)
{
    uint32_t bits = cpu_cpuid(CPUID_ADDRESS_WIDTHS, 0).eax & 0xff;
    uint64_t limit = 1ull << (bits == 0 ? PHYSICAL_BITS_DEFAULT : bits < 52 ? bits : 52);

    return limit < DIRECT_MAP_SIZE ? limit : DIRECT_MAP_SIZE;
}

int cpu_check(struct cpu_features *ret_features, struct error *error)
{
    if (!cpu_has_nx())
        cpu_unhide_nx();
    if (!cpu_has_nx()) {
        error_set(error, -ENODEV, "CPU",
                  "it has no no-execute bit (NX), which Lintel protects its memory with");
        error_hint(error, "Turn on \"Execute Disable\", \"NX\" or \"No-Execute\" in the firmware's setup.");
        return -ENODEV;
    }
    if (cpu_read_cr4() & CR4_LA57) {
        error_set(error, -ENODEV, "CPU", "the firmware has turned on 5-level paging; Lintel uses 4 levels");
        error_hint(error, "Turn off \"5-Level Paging\" or \"LA57\" in the firmware's setup.");
        return -ENODEV;
    }
    ret_features->has_1g_pages = cpu_cpuid(CPUID_EXTENDED_FEATURES, 0).edx & CPUID_EXTENDED_1G_PAGES;
    ret_features->physical_limit = cpu_physical_limit();
    return 0;
}
