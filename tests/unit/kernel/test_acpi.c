/* Root pointers, root tables and tables of every kind of wrongness. */
#include "dev/acpi.h"

#include "abi/errno.h"
#include "fake_acpi.h"
#include "test.h"

#define RSDP 0x101 /* nothing is aligned in these tests */
#define RSDT 0x203
#define XSDT 0x405
#define TABLE(number) (0x1001 + 0x100 * (paddr_t)(number))

static int start(void **state)
{
    (void)state;
    fake_acpi_reset();
    return 0;
}

static int finish(void **state)
{
    (void)state;
    fake_acpi_reset(); /* frees the views */
    return 0;
}

/* Three tables and both roots; the RSDT lacks the last table, which tells which root is in use. */
static void put_good_tables(uint8_t revision)
{
    const uint64_t addresses[] = {TABLE(0), TABLE(1), TABLE(2)};

    fake_acpi_put_table(TABLE(0), "FACP", "f", 1);
    fake_acpi_put_table(TABLE(1), "APIC", NULL, 0);
    fake_acpi_put_table(TABLE(2), "HPET", "h", 1);
    fake_acpi_put_root(XSDT, 8, addresses, 3);
    fake_acpi_put_root(RSDT, 4, addresses, 2);
    fake_acpi_put_rsdp(RSDP, revision, RSDT, XSDT);
}

static void assert_found(const char *signature, char body)
{
    const struct acpi_header *table = acpi_find(signature, sizeof(*table) + 1);

    assert_non_null(table);
    assert_memory_equal(table->signature, signature, 4);
    assert_int_equal(((const char *)(table + 1))[0], body);
}

static void assert_xsdt_is_used(void)
{
    assert_int_equal(acpi_setup(RSDP), 0);
    assert_found("FACP", 'f');
    assert_found("HPET", 'h');
}

static void assert_rsdt_is_used(void)
{
    assert_int_equal(acpi_setup(RSDP), 0);
    assert_found("FACP", 'f');
    assert_null(acpi_find("HPET", 0));
}

static void assert_refused(int error)
{
    assert_int_equal(acpi_setup(RSDP), error);
    assert_null(acpi_find("FACP", 0));
}

static void revision_2_uses_the_xsdt(void **state)
{
    (void)state;
    put_good_tables(2);
    assert_xsdt_is_used();
}

static void revision_0_uses_the_rsdt_and_reads_20_bytes(void **state)
{
    (void)state;
    put_good_tables(0);
    assert_rsdt_is_used();

    /* At the very end of memory */
    fake_acpi_put_rsdp(FAKE_ACPI_SIZE - 20, 0, RSDT, 0);
    assert_int_equal(acpi_setup(FAKE_ACPI_SIZE - 20), 0);
}

static void bad_root_pointers_are_refused(void **state)
{
    (void)state;
    assert_int_equal(acpi_setup(0), -ENODEV);
    assert_refused(-EINVAL); /* nothing there */
    assert_int_equal(acpi_setup(FAKE_ACPI_SIZE - 19), -EINVAL);
    assert_int_equal(acpi_setup(FAKE_ACPI_SIZE), -EINVAL);
    assert_int_equal(acpi_setup(UINT64_MAX), -EINVAL);

    for (paddr_t byte = 0; byte < 20; byte++) { /* signature, checksum, whatever is summed */
        start(NULL);
        put_good_tables(2);
        fake_acpi_memory[RSDP + byte] ^= 0x10;
        assert_refused(-EINVAL);
    }
    start(NULL);
    put_good_tables(2);
    fake_acpi_memory[RSDP + 3] = 'X'; /* wrong signature, right checksum */
    fake_acpi_fix_checksum(RSDP, 20, RSDP + 8);
    assert_refused(-EINVAL);
}

static void a_damaged_extension_falls_back_to_the_rsdt(void **state)
{
    (void)state;
    for (paddr_t byte = 20; byte < 36; byte++) {
        start(NULL);
        put_good_tables(2);
        fake_acpi_memory[RSDP + byte] ^= 0x10;
        assert_rsdt_is_used();
    }
    for (uint32_t length = 0; length < 36; length++) { /* too short, checksum right */
        start(NULL);
        put_good_tables(2);
        memcpy(fake_acpi_memory + RSDP + 20, &length, 4);
        fake_acpi_fix_checksum(RSDP, 36, RSDP + 32);
        assert_rsdt_is_used();
    }
    start(NULL);
    put_good_tables(2);
    fake_acpi_put_rsdp(FAKE_ACPI_SIZE - 20, 0, RSDT, 0); /* the extension lies beyond memory */
    fake_acpi_memory[FAKE_ACPI_SIZE - 20 + 15] = 2;
    fake_acpi_fix_checksum(FAKE_ACPI_SIZE - 20, 20, FAKE_ACPI_SIZE - 20 + 8);
    assert_int_equal(acpi_setup(FAKE_ACPI_SIZE - 20), 0);
    assert_null(acpi_find("HPET", 0));
}

static void a_damaged_xsdt_falls_back_to_the_rsdt(void **state)
{
    static const paddr_t addresses[] = {0,          TABLE(0),  FAKE_ACPI_SIZE - 35, FAKE_ACPI_SIZE,
                                        0x40000001, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        start(NULL);
        put_good_tables(2);
        fake_acpi_put_rsdp(RSDP, 2, RSDT, addresses[i]);
        assert_rsdt_is_used();
    }
    for (size_t byte = 0; byte < 36 + 24; byte++) {
        start(NULL);
        put_good_tables(2);
        fake_acpi_memory[XSDT + byte] ^= 0x04;
        assert_rsdt_is_used();
    }
}

static const uint32_t bad_lengths[] = {0,         1,          35,         FAKE_ACPI_SIZE, 0x1000000,
                                       0x1000001, 0x7fffffff, 0x80000000, UINT32_MAX};

static void without_any_valid_root_there_are_no_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad_lengths); i++) {
        start(NULL);
        put_good_tables(2);
        memcpy(fake_acpi_memory + XSDT + 4, &bad_lengths[i], 4);
        assert_rsdt_is_used();
        memcpy(fake_acpi_memory + RSDT + 4, &bad_lengths[i], 4);
        assert_refused(-EINVAL);
    }
    start(NULL);
    put_good_tables(0);
    fake_acpi_put_rsdp(RSDP, 0, XSDT, 0); /* an XSDT is no RSDT */
    assert_refused(-EINVAL);
}

static void damaged_tables_are_passed_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad_lengths); i++) {
        start(NULL);
        put_good_tables(2);
        memcpy(fake_acpi_memory + TABLE(0) + 4, &bad_lengths[i], 4);
        assert_int_equal(acpi_setup(RSDP), 0);
        assert_null(acpi_find("FACP", 0));
        assert_found("HPET", 'h');
    }
    for (size_t byte = 0; byte < 37; byte++) {
        start(NULL);
        put_good_tables(2);
        fake_acpi_memory[TABLE(0) + byte] ^= 0x40;
        assert_int_equal(acpi_setup(RSDP), 0);
        assert_null(acpi_find("FACP", 0));
        assert_found("HPET", 'h');
    }
}

static void entries_that_lead_nowhere_are_passed_over(void **state)
{
    const uint64_t addresses[] = {0,          FAKE_ACPI_SIZE - 35, FAKE_ACPI_SIZE, 0xffffffff,
                                  UINT64_MAX, UINT64_MAX - 35,     RSDP,           TABLE(0)};

    (void)state;
    put_good_tables(2);
    fake_acpi_put_root(XSDT, 8, addresses, COUNT_OF(addresses));
    fake_acpi_put_root(RSDT, 4, addresses, COUNT_OF(addresses));
    assert_int_equal(acpi_setup(RSDP), 0);
    assert_found("FACP", 'f');
    assert_null(acpi_find("HPET", 0));
    fake_acpi_put_rsdp(RSDP, 2, RSDT, 0);
    assert_int_equal(acpi_setup(RSDP), 0);
    assert_found("FACP", 'f');
}

static void the_first_good_one_of_several_is_found(void **state)
{
    const uint64_t addresses[] = {TABLE(0), TABLE(1), TABLE(2), TABLE(3)};

    (void)state;
    fake_acpi_put_table(TABLE(0), "HPET", "1", 1);
    fake_acpi_memory[TABLE(0) + 36] = 'x';          /* checksum wrong */
    fake_acpi_put_table(TABLE(1), "HPET", NULL, 0); /* too short for whoever asks */
    fake_acpi_put_table(TABLE(2), "HPET", "3", 1);
    fake_acpi_put_table(TABLE(3), "HPET", "4", 1);
    fake_acpi_put_root(XSDT, 8, addresses, COUNT_OF(addresses));
    fake_acpi_put_rsdp(RSDP, 2, 0, XSDT);
    assert_int_equal(acpi_setup(RSDP), 0);
    assert_found("HPET", '3');
    assert_int_equal(acpi_find("HPET", 36)->length, 36);
    assert_null(acpi_find("HPET", 38));
}

static void a_root_table_may_be_empty_or_end_in_half_an_entry(void **state)
{
    const uint64_t address = TABLE(0);
    uint8_t body[15];

    (void)state;
    put_good_tables(2);
    fake_acpi_put_root(XSDT, 8, NULL, 0);
    assert_int_equal(acpi_setup(RSDP), 0); /* valid, so it counts */
    assert_null(acpi_find("FACP", 0));

    memset(body, 0xff, sizeof(body));
    memcpy(body, &address, 8);
    fake_acpi_put_table(XSDT, "XSDT", body, sizeof(body));
    assert_int_equal(acpi_setup(RSDP), 0);
    assert_found("FACP", 'f');
    assert_null(acpi_find("APIC", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(revision_2_uses_the_xsdt, start, finish),
        cmocka_unit_test_setup_teardown(revision_0_uses_the_rsdt_and_reads_20_bytes, start, finish),
        cmocka_unit_test_setup_teardown(bad_root_pointers_are_refused, start, finish),
        cmocka_unit_test_setup_teardown(a_damaged_extension_falls_back_to_the_rsdt, start, finish),
        cmocka_unit_test_setup_teardown(a_damaged_xsdt_falls_back_to_the_rsdt, start, finish),
        cmocka_unit_test_setup_teardown(without_any_valid_root_there_are_no_tables, start, finish),
        cmocka_unit_test_setup_teardown(damaged_tables_are_passed_over, start, finish),
        cmocka_unit_test_setup_teardown(entries_that_lead_nowhere_are_passed_over, start, finish),
        cmocka_unit_test_setup_teardown(the_first_good_one_of_several_is_found, start, finish),
        cmocka_unit_test_setup_teardown(a_root_table_may_be_empty_or_end_in_half_an_entry, start, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
