/* CPUs that no emulator here has, by what CPUID says of them. */
#include "arch/x86_64/cpu.h"

#include "arch/x86_64/pat.h"
#include "arch/x86_64/regs.h"
#include "test.h"

#define LEAVES_MAX 16

struct leaf {
    uint32_t number;
    struct cpuid_result result;
};

static const struct leaf *leaves;
static uint64_t cr0, cr4;
static unsigned pat_setups;

/* Vendors answer leaves beyond the highest with data of another leaf, or garbage. */
struct cpuid_result cpuid(uint32_t leaf, uint32_t subleaf)
{
    assert_int_equal(subleaf, 0);
    for (size_t i = 0; i < LEAVES_MAX; i++) {
        if (leaves[i].number == leaf && (i == 0 || leaf != 0))
            return leaves[i].result;
    }
    return (struct cpuid_result){0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff};
}

uint64_t cr0_read(void)
{
    return cr0;
}

void cr0_write(uint64_t value)
{
    cr0 = value;
}

void cr4_write(uint64_t value)
{
    cr4 = value;
}

static uint64_t interrupt_pending;
static unsigned msr_accesses;

uint64_t msr_read(uint32_t msr)
{
    assert_int_equal(msr, MSR_AMD_INTERRUPT_PENDING);
    msr_accesses++;
    return interrupt_pending;
}

void msr_write(uint32_t msr, uint64_t value)
{
    assert_int_equal(msr, MSR_AMD_INTERRUPT_PENDING);
    interrupt_pending = value;
}

void pat_setup(void)
{
    pat_setups++;
}

#define INTEL(max)                                  \
    {                                               \
        0,                                          \
        {                                           \
            max, 0x756e6547, 0x6c65746e, 0x49656e69 \
        }                                           \
    }
#define AMD(max)                                    \
    {                                               \
        0,                                          \
        {                                           \
            max, 0x68747541, 0x444d4163, 0x69746e65 \
        }                                           \
    }
#define FEATURES(ecx, edx)       \
    {                            \
        1,                       \
        {                        \
            0x906e9, 0, ecx, edx \
        }                        \
    }

#define BASIC_EDX (1u << 7 | 1u << 13 | 1u << 16) /* MCE, PGE, PAT */
#define SMEP_SMAP (1u << 7 | 1u << 20)
#define UMIP (1u << 2)
#define HYPERVISOR (1u << 31)
#define PLAIN_CR4 (CR4_PAE | CR4_DE | CR4_OSFXSR | CR4_OSXMMEXCPT)

static const struct {
    const char *what;
    struct leaf leaves[LEAVES_MAX];
    uint64_t cr4;
    uint64_t tsc_hz;
    uint8_t address_bits;
    const char *protections;
} cpus[] = {
    {"the oldest there is",
     {INTEL(1), FEATURES(0, 0), {0x80000000, {0, 0, 0, 0}}},
     PLAIN_CR4,
     0,
     36,
     "nx wp"},
    {"Intel with crystal and ratio (leaf 15h)",
     {INTEL(0x16),
      FEATURES(0, BASIC_EDX),
      {7, {0, SMEP_SMAP, UMIP, 0}},
      {0x15, {2, 216, 24000000, 0}},
      {0x16, {2600, 0, 0, 0}},
      {0x80000000, {0x80000008, 0, 0, 0}},
      {0x80000001, {0, 0, 0, 1u << 26}},
      {0x80000007, {0, 0, 0, 1u << 8}},
      {0x80000008, {0x3027, 0, 0, 0}}},
     PLAIN_CR4 | CR4_PGE | CR4_MCE | CR4_SMEP | CR4_SMAP | CR4_UMIP,
     2592000000,
     39,
     "nx wp smep smap umip"},
    {"Intel with a ratio, no crystal: base frequency (leaf 16h)",
     {INTEL(0x16),
      FEATURES(0, BASIC_EDX),
      {7, {0, 1u << 7, 0, 0}},
      {0x15, {2, 216, 0, 0}},
      {0x16, {0xabcd0000 | 2600, 0, 0, 0}},
      {0x80000000, {0x80000008, 0, 0, 0}},
      {0x80000001, {0, 0, 0, 0}},
      {0x80000007, {0, 0, 0, 0}},
      {0x80000008, {46, 0, 0, 0}}},
     PLAIN_CR4 | CR4_PGE | CR4_MCE | CR4_SMEP,
     2600000000,
     46,
     "nx wp smep"},
    {"a ratio, and no leaf 16h",
     {INTEL(0x15),
      FEATURES(0, BASIC_EDX),
      {7, {0, 0, UMIP, 0}},
      {0x15, {2, 216, 0, 0}},
      {0x80000000, {0x80000001, 0, 0, 0}},
      {0x80000001, {0, 0, 0, 0}}},
     PLAIN_CR4 | CR4_PGE | CR4_MCE | CR4_UMIP,
     0,
     36,
     "nx wp umip"},
    {"leaves 15h and 16h of zeros",
     {INTEL(0x16),
      FEATURES(0, 0),
      {7, {0, 1u << 20, 0, 0}},
      {0x15, {0, 0, 0, 0}},
      {0x16, {0, 0, 0, 0}},
      {0x80000000, {0x80000001, 0, 0, 0}},
      {0x80000001, {0, 0, 0, 0}}},
     PLAIN_CR4 | CR4_SMAP,
     0,
     36,
     "nx wp smap"},
    {"a ratio, and base frequency 0",
     {INTEL(0x16),
      FEATURES(0, 0),
      {7, {0, 0, 0, 0}},
      {0x15, {2, 216, 0, 0}},
      {0x16, {0, 0, 0, 0}},
      {0x80000000, {0x80000001, 0, 0, 0}},
      {0x80000001, {0, 0, 0, 0}}},
     PLAIN_CR4,
     0,
     36,
     "nx wp"},
    {"AMD under a hypervisor that tells",
     {AMD(0xd),
      FEATURES(HYPERVISOR, BASIC_EDX),
      {7, {0, 0, 0, 0}},
      {0x40000000, {0x40000010, 0, 0, 0}},
      {0x40000010, {3393624, 1000000, 0, 0}},
      {0x80000000, {0x80000008, 0, 0, 0}},
      {0x80000001, {0, 0, 0, 0}},
      {0x80000007, {0, 0, 0, 0}},
      {0x80000008, {48, 0, 0, 0}}},
     PLAIN_CR4 | CR4_PGE | CR4_MCE,
     3393624000,
     48,
     "nx wp"},
    {"a hypervisor that does not tell",
     {AMD(0xd),
      FEATURES(HYPERVISOR, BASIC_EDX),
      {7, {0, 0, 0, 0}},
      {0x40000000, {0x40000001, 0, 0, 0}},
      {0x80000000, {0x80000001, 0, 0, 0}},
      {0x80000001, {0, 0, 0, 0}}},
     PLAIN_CR4 | CR4_PGE | CR4_MCE,
     0,
     36,
     "nx wp"},
    {"no hypervisor, but somebody answers its leaves",
     {AMD(0xd),
      FEATURES(0, BASIC_EDX),
      {7, {0, 0, 0, 0}},
      {0x40000000, {0x40000010, 0, 0, 0}},
      {0x40000010, {3393624, 0, 0, 0}},
      {0x80000000, {0x80000001, 0, 0, 0}},
      {0x80000001, {0, 0, 0, 0}}},
     PLAIN_CR4 | CR4_PGE | CR4_MCE,
     0,
     36,
     "nx wp"},
};

static void only_features_that_are_there_are_used(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cpus); i++) {
        leaves = cpus[i].leaves;
        memset(&cpu_features, 0, sizeof(cpu_features));
        cr0 = 1u << 31 | CR0_EM | CR0_TS | 1;
        cpu_features_setup();
        cpu_setup();
        if (cr4 != cpus[i].cr4 || cpu_features.tsc_hz != cpus[i].tsc_hz)
            fail_msg("%s: CR4 0x%lx, TSC %lu Hz", cpus[i].what, cr4, cpu_features.tsc_hz);
        assert_int_equal(cpu_features.physical_address_bits, cpus[i].address_bits);
        assert_string_equal(cpu_protections(), cpus[i].protections);
        assert_int_equal(cr0, 1u << 31 | CR0_MP | CR0_NE | CR0_WP | CR0_AM | 1);
        assert_int_equal(pat_setups, i + 1);
    }
}

static void names_and_flags_are_read(void **state)
{
    static const struct leaf laptop[LEAVES_MAX] = {
        INTEL(7),
        FEATURES(1u << 21 | 1u << 24, BASIC_EDX),
        {6, {1u << 2, 0, 0, 0}},
        {7, {0, 0, 0, 0}},
        {0x80000000, {0x80000008, 0, 0, 0}},
        {0x80000001, {0, 0, 0, 1u << 26}},
        {0x80000002, {0x65746e49, 0x2952286c, 0x726f4320, 0x4d542865}},
        {0x80000003, {0x35692029, 0, 0, 0}},
        {0x80000004, {0, 0, 0, 0}},
        {0x80000007, {0, 0, 0, 1u << 8}},
        {0x80000008, {39, 0, 0, 0}}};

    (void)state;
    leaves = laptop;
    memset(&cpu_features, 0, sizeof(cpu_features));
    cpu_features_setup();
    cpu_setup();
    assert_string_equal(cpu_features.vendor, "GenuineIntel");
    assert_string_equal(cpu_features.brand, "Intel(R) Core(TM) i5");
    assert_true(cpu_features.has_x2apic && cpu_features.has_page_1g && cpu_features.has_invariant_tsc);
    assert_true(cpu_features.has_tsc_deadline && cpu_features.has_arat);
    assert_true(cpu_features.has_pge && cpu_features.has_pat && cpu_features.has_mce);
    assert_false(cpu_features.has_smep || cpu_features.has_smap || cpu_features.has_umip);

    leaves = cpus[0].leaves;
    memset(&cpu_features, 0, sizeof(cpu_features));
    cpu_features_setup();
    assert_false(cpu_features.has_tsc_deadline || cpu_features.has_arat);
}

static void table_indices_wrap(void **state)
{
    static const uint64_t cases[][3] = {
        {0, 1, 0},
        {1, 1, 0},
        {7, 8, 7},
        {8, 8, 0},
        {~0ull, 4096, 4095},
        {1ull << 63, 8, 0},
        {(1ull << 32) + 3, 8, 3},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(cpu_wrap_index(cases[i][0], cases[i][1]), cases[i][2]);
}

/* Signatures of leaf 1 and what becomes of the MSR's bits 27 and 28, which other CPUs do not have. */
static void c1e_is_switched_off_where_it_stops_the_timer(void **state)
{
    static const struct {
        bool is_amd;
        uint32_t signature;
        bool is_switched_off;
    } models[] = {
        {true, 0x00020fb1, true},   /* Athlon 64 X2: family 0Fh */
        {true, 0x00100f43, true},   /* Phenom II: family 10h */
        {true, 0x00600f12, false},  /* Bulldozer: family 15h */
        {true, 0x00800f11, false},  /* Zen: family 17h */
        {false, 0x00000f4a, false}, /* Pentium 4: family 0Fh */
        {false, 0x000906e9, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
        const struct leaf model[LEAVES_MAX] = {
            models[i].is_amd ? (struct leaf)AMD(1) : (struct leaf)INTEL(1),
            {1, {models[i].signature, 0, 0, 0}},
            {0x80000000, {0, 0, 0, 0}},
        };
        leaves = model;
        interrupt_pending = 3ull << 27 | 0x1234;
        msr_accesses = 0;
        cpu_features = (struct cpu_features){0};
        cpu_features_setup();
        cpu_setup();
        assert_int_equal(interrupt_pending, models[i].is_switched_off ? 0x1234 : 3ull << 27 | 0x1234);
        assert_int_equal(msr_accesses, models[i].is_switched_off);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_features_that_are_there_are_used),
        cmocka_unit_test(c1e_is_switched_off_where_it_stops_the_timer),
        cmocka_unit_test(names_and_flags_are_read),
        cmocka_unit_test(table_indices_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
