/* Firmware gives the CPUs below a shared cache APIC IDs that differ in the low bits only: as many bits as it
 * takes to count the logical CPUs that may share it. The lowest APIC ID there may be names the group. So the
 * names of two groups differ even where groups are of several sizes, each CPU reading its own.
 *
 * Both vendors' leaves have the same layout in EAX; AMD's CPUs have Intel's leaf, too, but all 0. */
#include "arch/x86_64/cpu_topology.h"

#include "arch/x86_64/regs.h"

#define CPUID_CACHES_INTEL 4u
#define CPUID_CACHES_AMD 0x8000001du
#define CPUID_80000001_ECX_TOPOLOGY_EXTENSIONS (1u << 22)

#define CACHES_MAX 16u               /* far more than any CPU has: a hypervisor's list may have no end */
#define CACHE_TYPE(eax) ((eax)&0x1f) /* 0: no more caches */
#define CACHE_LEVEL(eax) ((eax) >> 5 & 7)
#define CACHE_CPUS(eax) (((eax) >> 14 & 0xfff) + 1)

/* 0 if the CPU has neither leaf. */
static uint32_t cpu_topology_cache_leaf(void)
{
    if (cpuid(0x80000000, 0).eax >= CPUID_CACHES_AMD &&
        (cpuid(0x80000001, 0).ecx & CPUID_80000001_ECX_TOPOLOGY_EXTENSIONS) != 0)
        return CPUID_CACHES_AMD;
    return cpuid(0, 0).eax >= CPUID_CACHES_INTEL ? CPUID_CACHES_INTEL : 0;
}

/* Number of logical CPUs that share the cache of the highest level; 0 if the CPU does not tell. */
static uint32_t cpu_topology_sharing_cpus(void)
{
    uint32_t leaf = cpu_topology_cache_leaf(), highest = 0, cpus = 0;

    for (uint32_t i = 0; i < CACHES_MAX && leaf != 0; i++) {
        uint32_t cache = cpuid(leaf, i).eax;
        if (CACHE_TYPE(cache) == 0)
            break;
        if (CACHE_LEVEL(cache) > highest) {
            highest = CACHE_LEVEL(cache);
            cpus = CACHE_CPUS(cache);
        }
    }
    return cpus;
}

uint32_t cpu_topology_cache_group(uint32_t apic_id)
{
    uint32_t cpus = cpu_topology_sharing_cpus(), ids = 1;

    if (cpus == 0)
        return 0;
    while (ids < cpus)
        ids <<= 1;
    return apic_id & ~(ids - 1);
}
