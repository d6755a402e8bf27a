/* The PAT's value, on MSRs made of variables. */
#include "arch/x86_64/pat.h"

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/regs.h"
#include "test.h"

static uint64_t pat;
static unsigned pat_writes;

uint64_t msr_read(uint32_t msr)
{
    fail_msg("MSR 0x%x is read", msr);
    return 0;
}

void msr_write(uint32_t msr, uint64_t value)
{
    assert_int_equal(msr, 0x277);
    pat = value;
    pat_writes++;
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
        cmocka_unit_test(the_pat_has_the_types_that_page_tables_select),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
