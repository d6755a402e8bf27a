/* Caches of CPUs as CPUID describes them, and which CPUs are found to share the largest. */
#include "arch/x86_64/cpu_topology.h"

#include <stdbool.h>

#include "arch/x86_64/regs.h"
#include "test.h"

#define CACHES_MAX 6
#define DATA 1u
#define INSTRUCTION 2u
#define UNIFIED 3u
/* EAX of a cache; bits above 25 (Intel: cores in the package) are not to be looked at. */
#define CACHE(type, level, cpus) ((type) | (level) << 5 | ((cpus)-1u) << 14 | 0xfc000000u)

struct machine {
    const char *what;
    uint32_t max_basic;
    uint32_t max_extended;
    uint32_t extended_ecx; /* of leaf 8000_0001h: bit 22 announces leaf 8000_001Dh */
    uint32_t intel[CACHES_MAX];
    uint32_t amd[CACHES_MAX];
    struct {
        uint32_t apic_id, group;
    } cpus[6];
};

#define TOPOLOGY_EXTENSIONS (1u << 22)
#define NO_EXTENSIONS (~TOPOLOGY_EXTENSIONS)
#define GARBAGE                                                                                 \
    {                                                                                           \
        CACHE(UNIFIED, 7, 2), CACHE(UNIFIED, 7, 2), CACHE(UNIFIED, 7, 2), CACHE(UNIFIED, 7, 2), \
            CACHE(3, 7, 2), 0                                                                   \
    }

static const struct machine machines[] = {
    {"Intel: L3 for 16 logical CPUs, two packages",
     0x16,
     0x80000008,
     NO_EXTENSIONS,
     {CACHE(DATA, 1, 2), CACHE(INSTRUCTION, 1, 2), CACHE(UNIFIED, 2, 2), CACHE(UNIFIED, 3, 16)},
     GARBAGE,
     {{0, 0}, {1, 0}, {15, 0}, {16, 16}, {31, 16}, {0xfffffff1, 0xfffffff0}}},
    {"12 CPUs take the APIC IDs of 16",
     0x16,
     0x80000008,
     0,
     {CACHE(DATA, 1, 2), CACHE(INSTRUCTION, 1, 2), CACHE(UNIFIED, 2, 2), CACHE(UNIFIED, 3, 12),
      CACHE(0u, 7, 2)},
     GARBAGE,
     {{0, 0}, {11, 0}, {15, 0}, {16, 16}, {27, 16}, {32, 32}}},
    {"nothing is shared",
     0x16,
     0x80000008,
     0,
     {CACHE(DATA, 1, 1), CACHE(INSTRUCTION, 1, 1), CACHE(UNIFIED, 2, 1)},
     GARBAGE,
     {{0, 0}, {1, 1}, {2, 2}, {255, 255}, {256, 256}, {0xfffffffe, 0xfffffffe}}},
    {"the largest stands first",
     4,
     0x80000008,
     0,
     {CACHE(UNIFIED, 3, 4), CACHE(UNIFIED, 2, 2), CACHE(DATA, 1, 1)},
     GARBAGE,
     {{0, 0}, {3, 0}, {4, 4}, {7, 4}, {8, 8}, {9, 8}}},
    {"a cache of 4096 CPUs",
     4,
     0x80000008,
     0,
     {CACHE(UNIFIED, 3, 4096)},
     GARBAGE,
     {{0, 0}, {4095, 0}, {4096, 4096}, {8191, 4096}, {8192, 8192}, {0xffffffff, 0xfffff000}}},
    {"AMD: L3 for 6 logical CPUs",
     0x10,
     0x8000001f,
     TOPOLOGY_EXTENSIONS,
     {0},
     {CACHE(DATA, 1, 2), CACHE(INSTRUCTION, 1, 2), CACHE(UNIFIED, 2, 2), CACHE(UNIFIED, 3, 6)},
     {{0, 0}, {5, 0}, {7, 0}, {8, 8}, {15, 8}, {16, 16}}},
    {"AMD that has no leaf 8000_001Dh, whatever it answers there",
     0x10,
     0x8000001c,
     TOPOLOGY_EXTENSIONS,
     {0},
     GARBAGE,
     {{0, 0}, {1, 0}, {2, 0}, {255, 0}, {256, 0}, {0xffffffff, 0}}},
    {"AMD without topology extensions",
     0x10,
     0x8000001f,
     NO_EXTENSIONS,
     {0},
     GARBAGE,
     {{0, 0}, {1, 0}, {2, 0}, {255, 0}, {256, 0}, {0xffffffff, 0}}},
    {"too old for leaf 4",
     3,
     0x80000000,
     0,
     GARBAGE,
     GARBAGE,
     {{0, 0}, {1, 0}, {2, 0}, {255, 0}, {256, 0}, {0xffffffff, 0}}},
};

static const struct machine *machine;
static bool has_endless_list;

struct cpuid_result cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result r = {0, 0, 0, 0};

    if (leaf == 4 || leaf == 0x8000001d) {
        const uint32_t *caches = leaf == 4 ? machine->intel : machine->amd;
        assert_true(subleaf < 64);
        r.eax = has_endless_list ? caches[0] : subleaf < CACHES_MAX ? caches[subleaf] : 0;
    } else if (leaf == 0) {
        r.eax = machine->max_basic;
    } else if (leaf == 0x80000000) {
        r.eax = machine->max_extended;
    } else {
        assert_int_equal(leaf, 0x80000001);
        r.ecx = machine->extended_ecx;
    }
    return r;
}

static void cpus_below_one_cache_are_a_group(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(machines); i++) {
        machine = &machines[i];
        for (size_t k = 0; k < COUNT_OF(machine->cpus); k++) {
            uint32_t group = cpu_topology_cache_group(machine->cpus[k].apic_id);
            if (group != machine->cpus[k].group)
                fail_msg("%s: APIC ID 0x%x is in group 0x%x", machine->what, machine->cpus[k].apic_id, group);
        }
    }
}

static void a_list_without_an_end_is_cut(void **state)
{
    (void)state;
    machine = &machines[0];
    has_endless_list = true;
    assert_int_equal(cpu_topology_cache_group(3), 2); /* the first level's, for 2 CPUs */
    has_endless_list = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpus_below_one_cache_are_a_group),
        cmocka_unit_test(a_list_without_an_end_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
