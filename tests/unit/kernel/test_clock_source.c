/* The timers that ACPI names, on made-up hardware, and which of them the clock is started with. */
#include "dev/clock_source.h"

#include <stdbool.h>

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/port.h"
#include "core/clock.h"
#include "dev/acpi.h"
#include "dev/acpi_pm_timer.h"
#include "dev/hpet.h"
#include "fake_acpi.h"
#include "fake_cpu.h"
#include "test.h"

#define RSDP 0x100
#define XSDT 0x200
#define FADT 0x301
#define HPET 0x503

#define PM_TIMER_PORT 0x608
#define PM_TIMER_HZ 3579545
#define TSC_HZ 2500000000ull
#define HPET_PERIOD_FS 10000000u /* 100 MHz */

static bool pm_timer_runs;
static volatile uint32_t hpet_registers[0x400 / 4];

uint32_t port_read32(uint16_t port)
{
    assert_int_equal(port, PM_TIMER_PORT);
    fake_cpu.timestamp += 2000;
    return pm_timer_runs ? (uint32_t)((unsigned __int128)fake_cpu.timestamp * PM_TIMER_HZ / TSC_HZ)
                         : 0xffffffff;
}

static void change_fadt(size_t offset, uint32_t value, size_t size)
{
    fake_acpi_change_table(FADT, offset, &value, size);
}

static int start(void **state)
{
    const uint64_t addresses[] = {FADT, HPET}, hpet_address = 0xfed00000;
    uint8_t body[256] = {0};

    (void)state;
    fake_acpi_reset();
    fake_acpi_put_table(FADT, "FACP", body, 116 - 36);
    change_fadt(76, PM_TIMER_PORT, 4);
    change_fadt(91, 4, 1);
    fake_acpi_put_table(HPET, "HPET", body, 16);
    fake_acpi_change_table(HPET, 44, &hpet_address, 8);
    fake_acpi_put_root(XSDT, 8, addresses, COUNT_OF(addresses));
    fake_acpi_put_rsdp(RSDP, 2, 0, XSDT);

    pm_timer_runs = true;
    fake_cpu.timestamp_step = 50;
    cpu_features.tsc_hz = 0;
    memset((void *)hpet_registers, 0, sizeof(hpet_registers));
    hpet_registers[1] = HPET_PERIOD_FS;
    fake_acpi_device = hpet_registers;
    return acpi_setup(RSDP);
}

static int finish(void **state)
{
    (void)state;
    fake_acpi_reset();
    return 0;
}

static void the_pm_timer_is_described_as_the_fadt_says(void **state)
{
    struct clock_reference reference;

    (void)state;
    assert_int_equal(acpi_pm_timer_setup(&reference), 0);
    assert_int_equal(reference.hz, PM_TIMER_HZ);
    assert_int_equal(reference.mask, 0xffffff);
    fake_cpu.timestamp = TSC_HZ;
    assert_in_range(reference.read(), PM_TIMER_HZ, PM_TIMER_HZ + 10);

    change_fadt(112, 1u << 8, 4); /* TMR_VAL_EXT */
    assert_int_equal(acpi_pm_timer_setup(&reference), 0);
    assert_int_equal(reference.mask, 0xffffffff);
}

static void a_pm_timer_that_makes_no_sense_is_not_used(void **state)
{
    static const struct {
        const char *what;
        size_t offset;
        uint32_t value;
        size_t size;
    } cases[] = {
        {"no port", 76, 0, 4},
        {"a port beyond 64 KiB", 76, 0x10608, 4},
        {"no register", 91, 0, 1},
        {"a register of 3 bytes", 91, 3, 1},
        {"hardware-reduced ACPI", 112, 1u << 20, 4},
    };
    struct clock_reference reference;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        start(NULL);
        change_fadt(cases[i].offset, cases[i].value, cases[i].size);
        if (acpi_pm_timer_setup(&reference) != -ENODEV)
            fail_msg("%s was accepted", cases[i].what);
    }
    start(NULL);
    fake_acpi_put_table(FADT, "FACP", fake_acpi_memory + FADT + 36, 115 - 36);
    assert_int_equal(acpi_pm_timer_setup(&reference), -ENODEV); /* a table of a byte too few */
    fake_acpi_memory[FADT] = 'x';
    assert_int_equal(acpi_pm_timer_setup(&reference), -ENODEV); /* no table */
}

static void the_hpet_is_started_and_described(void **state)
{
    static const struct {
        uint32_t period, hz;
    } periods[] = {{10000000, 100000000}, {69841279, 14318179}, {100000000, 10000000}, {1000000, 1000000000}};
    struct clock_reference reference;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(periods); i++) {
        hpet_registers[1] = periods[i].period;
        hpet_registers[4] = 0x2; /* other configuration stays */
        assert_int_equal(hpet_setup(&reference), 0);
        assert_int_equal(reference.hz, periods[i].hz);
        assert_int_equal(reference.mask, UINT32_MAX);
        assert_int_equal(hpet_registers[4], 0x3);
        assert_int_equal(fake_acpi_device_address, 0xfed00000);
        hpet_registers[0xf0 / 4] = 0xcafe;
        assert_int_equal(reference.read(), 0xcafe);
    }
}

static void an_hpet_that_makes_no_sense_is_not_used(void **state)
{
    const uint8_t io_space = 1;
    const uint64_t nowhere = 0;
    struct clock_reference reference;

    (void)state;
    hpet_registers[1] = 0;
    assert_int_equal(hpet_setup(&reference), -ENODEV);
    hpet_registers[1] = 100000001; /* the specification's limit is 100 ns */
    assert_int_equal(hpet_setup(&reference), -ENODEV);
    hpet_registers[1] = UINT32_MAX; /* nobody answers */
    assert_int_equal(hpet_setup(&reference), -ENODEV);
    fake_acpi_device = NULL;
    assert_int_equal(hpet_setup(&reference), -ENOMEM);

    fake_acpi_change_table(HPET, 44, &nowhere, 8);
    assert_int_equal(hpet_setup(&reference), -ENODEV);
    start(NULL);
    fake_acpi_change_table(HPET, 40, &io_space, 1);
    assert_int_equal(hpet_setup(&reference), -ENODEV);
    start(NULL);
    fake_acpi_put_table(HPET, "HPET", fake_acpi_memory + HPET + 36, 15); /* a byte too few */
    assert_int_equal(hpet_setup(&reference), -ENODEV);
}

static void the_clock_starts_with_the_best_source_there_is(void **state)
{
    struct boot_info boot = {.tsc_hz = 1111111111};

    (void)state;
    cpu_features.tsc_hz = 2222222222;
    assert_int_equal(clock_source_setup(&boot, 0), 0);
    assert_int_equal(clock_tsc_hz(), 2222222222);

    cpu_features.tsc_hz = 0; /* the HPET stands still here: next is the PM timer */
    assert_int_equal(clock_source_setup(&boot, 0), 0);
    assert_in_range(clock_tsc_hz(), TSC_HZ - TSC_HZ / 500, TSC_HZ + TSC_HZ / 500);

    pm_timer_runs = false;
    assert_int_equal(clock_source_setup(&boot, 0), 0);
    assert_int_equal(clock_tsc_hz(), 1111111111);

    boot.tsc_hz = 0;
    assert_int_equal(clock_source_setup(&boot, 0), -ENODEV);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_pm_timer_is_described_as_the_fadt_says, start, finish),
        cmocka_unit_test_setup_teardown(a_pm_timer_that_makes_no_sense_is_not_used, start, finish),
        cmocka_unit_test_setup_teardown(the_hpet_is_started_and_described, start, finish),
        cmocka_unit_test_setup_teardown(an_hpet_that_makes_no_sense_is_not_used, start, finish),
        cmocka_unit_test_setup_teardown(the_clock_starts_with_the_best_source_there_is, start, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
