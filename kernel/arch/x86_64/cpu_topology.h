/* Which CPUs share a cache.
 * Source: Intel SDM volume 2, CPUID leaf 4; AMD APM volume 3, CPUID leaf 8000_001Dh. */
#ifndef LINTEL_ARCH_CPU_TOPOLOGY_H
#define LINTEL_ARCH_CPU_TOPOLOGY_H

#include <stdint.h>

/* Number of the group of CPUs that share the largest cache with the CPU whose APIC ID this is: two CPUs share
 * it exactly if their groups are equal. Where the CPU does not tell, all CPUs are one group.
 * Context: after cpu_features_setup(). */
uint32_t cpu_topology_cache_group(uint32_t apic_id);

#endif
