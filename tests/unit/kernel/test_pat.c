/* What the MTRRs say of a range, on MSRs made of variables, and the PAT's value. */
#include "arch/x86_64/pat.h"

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/page_table.h"
#include "arch/x86_64/regs.h"
#include "test.h"

#define MIB 0x100000ull
#define ENABLED (1u << 11)
#define VALID (1u << 11)
#define MTRRS_MAX 4

#define UC MTRR_TYPE_UC
#define WC MTRR_TYPE_WC
#define WT MTRR_TYPE_WT
#define WP MTRR_TYPE_WP
#define WB MTRR_TYPE_WB
#define MIXED MTRR_TYPE_MIXED

struct mtrr {
    uint64_t base, size; /* size 0: not in use */
    uint8_t type;
};

static const struct mtrr *mtrrs;
static uint64_t default_type, pat;
static unsigned pat_writes;

/* As a CPU with 39 address bits keeps them: the mask ends there. */
uint64_t msr_read(uint32_t msr)
{
    uint32_t index = (msr - 0x200) / 2;

    if (msr == 0xfe)
        return 0x500 | MTRRS_MAX;
    if (msr == 0x2ff)
        return default_type;
    assert_in_range(msr, 0x200, 0x200 + 2 * MTRRS_MAX - 1);
    if (msr % 2 == 0)
        return mtrrs[index].base | mtrrs[index].type;
    return mtrrs[index].size == 0 ? 0 : ((0x7fffffffffull & ~(mtrrs[index].size - 1)) | VALID);
}

void msr_write(uint32_t msr, uint64_t value)
{
    assert_int_equal(msr, 0x277);
    pat = value;
    pat_writes++;
}

static const struct {
    const char *what;
    uint64_t base, size;
    uint64_t default_type;
    struct mtrr mtrrs[MTRRS_MAX];
    uint8_t expected;
} cases[] = {
    {"MTRRs off", 0xd0000000, 16 * MIB, WB, {{0xd0000000, 16 * MIB, WC}}, UC},
    {"none covers it", 0xd0000000, 16 * MIB, ENABLED | WB, {{0xe0000000, 16 * MIB, UC}}, WB},
    {"the default is all there is", 0xd0000000, 16 * MIB, ENABLED | UC, {{0}}, UC},
    {"one covers it", 0xd0000000, 16 * MIB, ENABLED | UC, {{0xc0000000, 512 * MIB, WC}}, WC},
    {"one covers it exactly", 0xd0000000, 16 * MIB, ENABLED | UC, {{0xd0000000, 16 * MIB, WC}}, WC},
    {"the last page", 0xd0fff000, 0x1000, ENABLED | UC, {{0xd0000000, 16 * MIB, WC}}, WC},
    {"odd sizes", 0xd0000123, 0x54321, ENABLED | UC, {{0xd0000000, 16 * MIB, WC}}, WC},
    {"a register not in use", 0xd0000000, MIB, ENABLED | WB, {{0xd0000000, 0, UC}}, WB},
    {"above 4 GiB", 0x4000000000, 256 * MIB, ENABLED | WB, {{0x4000000000, 256 * MIB, UC}}, UC},
    {"UC wins over WB",
     0xd0000000,
     MIB,
     ENABLED | WB,
     {{0, 0x100000000, WB}, {0xc0000000, 512 * MIB, UC}},
     UC},
    {"UC wins over WC, too",
     0xd0000000,
     MIB,
     ENABLED | WB,
     {{0xc0000000, 512 * MIB, UC}, {0xd0000000, MIB, WC}},
     UC},
    {"WT wins over WB",
     0xd0000000,
     MIB,
     ENABLED | UC,
     {{0xd0000000, MIB, WT}, {0xc0000000, 512 * MIB, WB}},
     WT},
    {"in either order",
     0xd0000000,
     MIB,
     ENABLED | UC,
     {{0xc0000000, 512 * MIB, WB}, {0xd0000000, MIB, WT}},
     WT},
    {"twice the same",
     0xd0000000,
     MIB,
     ENABLED | UC,
     {{0xc0000000, 512 * MIB, WP}, {0xd0000000, MIB, WP}},
     WP},
    {"WC and WB are not defined",
     0xd0000000,
     MIB,
     ENABLED | UC,
     {{0, 0x100000000, WB}, {0xd0000000, MIB, WC}},
     MIXED},
    {"the front only", 0xd0000000, 2 * MIB, ENABLED | UC, {{0xd0000000, MIB, WC}}, MIXED},
    {"the end only", 0xd0000000, 2 * MIB, ENABLED | UC, {{0xd0100000, MIB, WC}}, MIXED},
    {"the middle only", 0xd0000000, 4 * MIB, ENABLED | UC, {{0xd0100000, MIB, WC}}, MIXED},
    {"the byte before", 0xd0000000, MIB, ENABLED | WB, {{0xcff00000, MIB, UC}}, WB},
    {"the byte behind", 0xd0000000, MIB, ENABLED | WB, {{0xd0100000, MIB, UC}}, WB},
};

static void ranges_have_the_type_that_the_manual_says(void **state)
{
    (void)state;
    cpu_features.physical_address_bits = 39;
    cpu_features.has_mtrr = true;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        mtrrs = cases[i].mtrrs;
        default_type = cases[i].default_type;
        uint8_t type = mtrr_type(cases[i].base, cases[i].size);
        if (type != cases[i].expected)
            fail_msg("%s: %u, expected %u", cases[i].what, type, cases[i].expected);
    }
}

static void without_mtrrs_nothing_is_asked(void **state)
{
    (void)state;
    cpu_features.has_mtrr = false;
    mtrrs = NULL;
    assert_int_equal(mtrr_type(0xd0000000, MIB), UC);
}

static void the_pat_has_the_types_that_page_tables_select(void **state)
{
    (void)state;
    cpu_features.has_pat = false;
    pat_setup();
    assert_int_equal(pat_writes, 0);
    cpu_features.has_pat = true;
    pat_setup();
    assert_int_equal(pat_writes, 1);
    const uint8_t *entries = (const uint8_t *)&pat;
    assert_int_equal(entries[PAT_INDEX_WRITE_BACK], 6);
    assert_int_equal(entries[PAT_INDEX_UNCACHED], 0);
    assert_int_equal(entries[PAT_INDEX_WRITE_COMBINING], 1);
    assert_int_equal(pat & 0xffffffff, 0x00070406); /* entries 0 to 3 as at reset */
    for (size_t i = 0; i < 8; i++)
        assert_true(entries[i] <= 7 && entries[i] != 2 && entries[i] != 3); /* reserved: #GP */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_have_the_type_that_the_manual_says),
        cmocka_unit_test(without_mtrrs_nothing_is_asked),
        cmocka_unit_test(the_pat_has_the_types_that_page_tables_select),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
