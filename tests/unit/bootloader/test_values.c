/* What the bootloader computes and looks up: hash, random numbers, clock, ACPI, the CPU's features. */
#include <string.h>

#include "test.h"

#include "abi/errno.h"
#include "boot_info.h"
#include "bootloader/acpi.h"
#include "bootloader/blake2s.h"
#include "bootloader/clock.h"
#include "bootloader/cpu.h"
#include "bootloader/cpu_check.h"
#include "bootloader/firmware.h"
#include "bootloader/random.h"
#include "mock_cpu.h"
#include "mock_efi.h"

static int setup(void **state)
{
    (void)state;
    mock_cpu_init();
    mock_efi_init();
    firmware_init(NULL, &mock_efi.system);
    return 0;
}

/* RFC 7693, appendix B */
static void test_blake2s_abc(void **state)
{
    static const uint8_t expected[32] = {
        0x50, 0x8c, 0x5e, 0x8c, 0x32, 0x7c, 0x14, 0xe2, 0xe1, 0xa7, 0x2b, 0xa3, 0x4e, 0xeb, 0x45, 0x2f,
        0x37, 0x45, 0x8b, 0x20, 0x9e, 0xd6, 0x3a, 0x29, 0x4d, 0x99, 0x9b, 0x4c, 0x86, 0x67, 0x59, 0x82,
    };
    struct blake2s hash;
    uint8_t result[32];

    (void)state;
    blake2s_init(&hash);
    blake2s_update(&hash, "abc", 3);
    blake2s_finish(&hash, result);
    assert_memory_equal(result, expected, 32);
}

/* A hash over the hashes of inputs of many lengths; Python's hashlib gave the expected value. */
static void test_blake2s_lengths(void **state)
{
    static const size_t lengths[] = {0, 3, 63, 64, 65, 127, 128, 129, 255, 256, 1024};
    static const uint8_t expected[32] = {
        0xd2, 0xc3, 0xcc, 0x62, 0xe8, 0x83, 0xc2, 0xc5, 0x9f, 0xb1, 0x57, 0x74, 0x35, 0x2e, 0xc9, 0x90,
        0x99, 0x9d, 0xf8, 0x2d, 0xa0, 0x0a, 0x0a, 0x4d, 0xe6, 0xd6, 0xad, 0xd6, 0x41, 0x98, 0x35, 0xd9,
    };
    struct blake2s outer, hash;
    uint8_t input[1024], result[32];

    (void)state;
    for (size_t i = 0; i < sizeof(input); i++)
        input[i] = (uint8_t)(i * 13 + 5);
    blake2s_init(&outer);
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        blake2s_init(&hash);
        for (size_t done = 0; done < lengths[i]; done += 17) /* in pieces that do not fit blocks */
            blake2s_update(&hash, input + done, lengths[i] - done < 17 ? lengths[i] - done : 17);
        blake2s_finish(&hash, result);
        blake2s_update(&outer, result, sizeof(result));
    }
    blake2s_finish(&outer, result);
    assert_memory_equal(result, expected, 32);
}

static void test_clock(void **state)
{
    static const struct {
        EFI_TIME time;
        uint64_t seconds;
    } times[] = {
#define TIME(year, month, day, hour, minute, second, zone, daylight) \
    {.Year = year,                                                   \
     .Month = month,                                                 \
     .Day = day,                                                     \
     .Hour = hour,                                                   \
     .Minute = minute,                                               \
     .Second = second,                                               \
     .TimeZone = zone,                                               \
     .Daylight = daylight}
        {TIME(1970, 1, 1, 0, 0, 0, EFI_UNSPECIFIED_TIMEZONE, 0), 0},
        {TIME(1970, 1, 1, 0, 0, 1, 0, 0), 1},
        {TIME(1972, 3, 1, 0, 0, 0, 0, 0), 68256000},
        {TIME(2000, 2, 29, 23, 59, 59, 0, 0), 951868799},
        {TIME(2001, 9, 9, 1, 46, 40, 0, 0), 1000000000},
        {TIME(2024, 2, 29, 12, 0, 0, EFI_UNSPECIFIED_TIMEZONE, 3), 1709208000},
        {TIME(2024, 2, 29, 12, 0, 0, 480, 0), 1709208000 + 8 * 3600},
        {TIME(2024, 2, 29, 12, 0, 0, -60, 0), 1709208000 - 3600},
        {TIME(2024, 7, 1, 12, 0, 0, -60, EFI_TIME_IN_DAYLIGHT), 1719835200 - 7200},
        {TIME(2100, 3, 1, 0, 0, 0, 0, 0), 4107542400},
        {TIME(9999, 12, 31, 23, 59, 59, 0, 0), 253402300799},
    };
    static const EFI_TIME wrong[] = {
        TIME(0, 0, 0, 0, 0, 0, 0, 0),        TIME(1969, 12, 31, 0, 0, 0, 0, 0),
        TIME(2024, 0, 1, 0, 0, 0, 0, 0),     TIME(2024, 13, 1, 0, 0, 0, 0, 0),
        TIME(2024, 1, 0, 0, 0, 0, 0, 0),     TIME(2023, 2, 29, 0, 0, 0, 0, 0),
        TIME(2100, 2, 29, 0, 0, 0, 0, 0),    TIME(2024, 4, 31, 0, 0, 0, 0, 0),
        TIME(2024, 1, 1, 24, 0, 0, 0, 0),    TIME(2024, 1, 1, 0, 60, 0, 0, 0),
        TIME(2024, 1, 1, 0, 0, 60, 0, 0),    TIME(2024, 1, 1, 0, 0, 0, 1441, 0),
        TIME(2024, 1, 1, 0, 0, 0, -1441, 0), TIME(1970, 1, 1, 0, 0, 0, -60, 0),
        TIME(65535, 1, 1, 0, 0, 0, 0, 0),    {.Year = 2024, .Month = 1, .Day = 1, .Nanosecond = 1000000000},
    };
    uint64_t seconds;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        assert_true(clock_from_efi_time(&times[i].time, &seconds));
        assert_int_equal(seconds, times[i].seconds);
    }
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        if (clock_from_efi_time(&wrong[i], &seconds))
            fail_msg("wrong time %zu was accepted", i);
    }
}

static void test_clock_measure(void **state)
{
    (void)state;
    uint64_t hz = clock_measure_tsc(20000);
    assert_in_range(hz, MOCK_TSC_HZ, MOCK_TSC_HZ + MOCK_TSC_HZ / 1000);
}

static void test_acpi(void **state)
{
    const EFI_CONFIGURATION_TABLE *tables = mock_efi.system.ConfigurationTable;
    uint8_t *newest = tables[2].VendorTable, *old = tables[1].VendorTable;

    (void)state;
    assert_int_equal(acpi_find_rsdp(&mock_efi.system), (uint64_t)newest);
    newest[15] ^= 1; /* a wrong checksum: fall back */
    assert_int_equal(acpi_find_rsdp(&mock_efi.system), (uint64_t)old);
    old[0] = 'X';
    assert_int_equal(acpi_find_rsdp(&mock_efi.system), 0);
    setup(NULL);
    mock_efi_remove_acpi(true);
    assert_int_equal(acpi_find_rsdp(&mock_efi.system), (uint64_t)old);
    mock_efi_remove_acpi(false);
    assert_int_equal(acpi_find_rsdp(&mock_efi.system), 0);
}

static void test_cpu_check(void **state)
{
    struct cpu_features features;
    struct error error;

    (void)state;
    assert_int_equal(cpu_check(&features, &error), 0);
    assert_true(features.has_1g_pages);
    assert_int_equal(features.physical_limit, 1ull << 46);
    mock_cpu.physical_bits = 39;
    mock_cpu.has_1g_pages = false;
    assert_int_equal(cpu_check(&features, &error), 0);
    assert_false(features.has_1g_pages);
    assert_int_equal(features.physical_limit, 1ull << 39);
    mock_cpu.physical_bits = 57;
    assert_int_equal(cpu_check(&features, &error), 0);
    assert_int_equal(features.physical_limit, 1ull << 46);
    mock_cpu.physical_bits = 0;
    assert_int_equal(cpu_check(&features, &error), 0);
    assert_int_equal(features.physical_limit, 1ull << 36);
}

static void test_cpu_check_refusals(void **state)
{
    struct cpu_features features;
    struct error error;

    (void)state;
    mock_cpu.misc_enable = MISC_ENABLE_XD_BIT_DISABLE | 1; /* NX hidden by firmware: taken back */
    assert_int_equal(cpu_check(&features, &error), 0);
    assert_int_equal(mock_cpu.misc_enable, 1);
    mock_cpu.has_nx = false;
    assert_int_equal(cpu_check(&features, &error), -ENODEV);
    assert_contains(error.reason, "no-execute");
    mock_cpu.is_intel = false; /* and no MSR is touched */
    assert_int_equal(cpu_check(&features, &error), -ENODEV);
    mock_cpu.has_nx = true;
    mock_cpu.cr4 = CR4_LA57;
    assert_int_equal(cpu_check(&features, &error), -ENODEV);
    assert_contains(error.reason, "5-level paging");
    assert_contains(error.hint, "LA57");
}

static void test_random_sources(void **state)
{
    struct random_pool pool;

    (void)state;
    random_gather(&pool);
    assert_int_equal(pool.sources, BOOT_RANDOM_EFI_RNG | BOOT_RANDOM_CPU | BOOT_RANDOM_JITTER);
    mock_efi.rng_fails = true;
    mock_cpu.has_rdseed = false;
    random_gather(&pool);
    assert_int_equal(pool.sources, BOOT_RANDOM_CPU | BOOT_RANDOM_JITTER);
    mock_efi.has_rng = false;
    mock_cpu.has_rdrand = false;
    random_gather(&pool);
    assert_int_equal(pool.sources, BOOT_RANDOM_JITTER);
    mock_cpu.has_rdrand = mock_cpu.has_rdseed = mock_cpu.random_is_stuck = true;
    random_gather(&pool); /* and it ends */
    assert_int_equal(pool.sources, BOOT_RANDOM_JITTER);
}

static void test_random_values(void **state)
{
    struct random_pool first, second;
    uint8_t a[32], b[32];
    uint64_t slides_or = 0, slides_and = UINT64_MAX;

    (void)state;
    random_gather(&first);
    random_gather(&second);
    random_derive(&first, "kernel seed", a);
    random_derive(&first, "kernel seed", b);
    assert_memory_equal(a, b, 32);
    random_derive(&first, "kernel slide", b);
    assert_memory_not_equal(a, b, 32);
    random_derive(&second, "kernel seed", b);
    assert_memory_not_equal(a, b, 32);
    for (int i = 0; i < 200; i++) {
        random_gather(&first);
        uint64_t slide = random_kernel_slide(&first);
        assert_true(slide < KERNEL_SLIDE_LIMIT && slide % 4096 == 0);
        slides_or |= slide;
        slides_and &= slide;
    }
    assert_int_equal(slides_or, KERNEL_SLIDE_LIMIT - 4096); /* each bit was 1 once, and 0 once */
    assert_int_equal(slides_and, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_blake2s_abc, setup),
        cmocka_unit_test_setup(test_blake2s_lengths, setup),
        cmocka_unit_test_setup(test_clock, setup),
        cmocka_unit_test_setup(test_clock_measure, setup),
        cmocka_unit_test_setup(test_acpi, setup),
        cmocka_unit_test_setup(test_cpu_check, setup),
        cmocka_unit_test_setup(test_cpu_check_refusals, setup),
        cmocka_unit_test_setup(test_random_sources, setup),
        cmocka_unit_test_setup(test_random_values, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
