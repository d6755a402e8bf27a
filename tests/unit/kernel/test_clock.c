/* The clock: how exact the conversion is, and measurements against references good and bad. */
#include "core/clock.h"

#include "fake_cpu.h"
#include "test.h"

#define SECOND_NS 1000000000ull
#define YEAR_SECONDS 31557600ull

static int stand_still(void **state)
{
    (void)state;
    fake_cpu.timestamp_step = 0;
    return 0;
}

static void nothing_runs_before_the_start(void **state)
{
    (void)state;
    fake_cpu.timestamp = 123456789;
    assert_int_equal(clock_monotonic_ns(), 0);
    assert_int_equal(clock_realtime_ns(), 0);
    assert_int_equal(clock_tsc_hz(), 0);
    clock_spin_ns(UINT64_MAX); /* returns at once */
}

static const uint64_t frequencies[] = {1000000,    24000000,   799999999,  1000000000, 1000000001,
                                       1896001234, 2400000000, 3579545000, 4999999999, 10000000000};

static void nanoseconds_are_exact_to_parts_in_a_billion_over_years(void **state)
{
    static const uint64_t seconds[] = {1, 60, 86400, YEAR_SECONDS, 10 * YEAR_SECONDS, 50 * YEAR_SECONDS};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(frequencies); i++) {
        const uint64_t zero = 987654321;
        clock_start(frequencies[i], zero, 0, 0);
        assert_int_equal(clock_tsc_hz(), frequencies[i]);
        for (size_t j = 0; j < COUNT_OF(seconds); j++) {
            fake_cpu.timestamp = zero + seconds[j] * frequencies[i];
            uint64_t now = clock_monotonic_ns(), exact = seconds[j] * SECOND_NS;
            assert_true(now <= exact);
            assert_true(exact - now <= 1 + seconds[j] * 3); /* 3 ns a second */
        }
    }
}

static void time_never_goes_backwards(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(frequencies); i++) {
        uint64_t last = 0;
        clock_start(frequencies[i], 0, 0, 0);
        for (fake_cpu.timestamp = 0; fake_cpu.timestamp / frequencies[i] < 50 * YEAR_SECONDS;
             fake_cpu.timestamp += 1 + fake_cpu.timestamp / 7) {
            assert_true(clock_monotonic_ns() >= last);
            last = clock_monotonic_ns();
        }
    }
}

static void the_wall_clock_counts_from_when_it_was_read(void **state)
{
    (void)state;
    /* Read by the bootloader 2 seconds before the kernel was entered, at TSC value 5 seconds. */
    clock_start(2000000000, 10000000000, 1700000000, 6000000000);
    fake_cpu.timestamp = 10000000000;
    assert_int_equal(clock_monotonic_ns(), 0);
    assert_int_equal(clock_realtime_ns(), 1700000002 * SECOND_NS);
    fake_cpu.timestamp += 3000000000;
    assert_int_equal(clock_monotonic_ns(), 1500000000);
    assert_int_equal(clock_realtime_ns(), 1700000002 * SECOND_NS + 1500000000);
}

static void spinning_takes_as_long_as_asked_for(void **state)
{
    (void)state;
    clock_start(1000000000, 0, 0, 0);
    fake_cpu.timestamp = 0;
    fake_cpu.timestamp_step = 10;
    clock_spin_ns(50000);
    assert_in_range(fake_cpu.timestamp, 50000, 50100);
    uint64_t before = fake_cpu.timestamp;
    clock_spin_ns(0);
    assert_in_range(fake_cpu.timestamp - before, 0, 50);
}

/* A reference counter that is worked by the time-stamp counter's own time. */
static struct {
    uint64_t tsc_hz, hz, start, mask;
    uint64_t reads;
    uint64_t delay_at; /* this read is interrupted for a long time */
} counter;

static uint64_t counter_read(void)
{
    fake_cpu.timestamp += counter.tsc_hz / 1000000; /* a read takes 1 us */
    if (++counter.reads == counter.delay_at)
        fake_cpu.timestamp += counter.tsc_hz / 100;
    uint64_t ticks = (uint64_t)((unsigned __int128)fake_cpu.timestamp * counter.hz / counter.tsc_hz);
    return (counter.start + ticks) & counter.mask;
}

static uint64_t measure(void)
{
    const struct clock_reference reference = {counter_read, counter.mask, counter.hz};

    fake_cpu.timestamp = 0;
    fake_cpu.timestamp_step = 20;
    counter.reads = 0;
    return clock_measure_tsc(&reference);
}

static void the_tsc_is_measured_to_a_part_in_a_thousand(void **state)
{
    static const struct {
        uint64_t hz, mask;
    } references[] = {
        {3579545, 0xffffff}, {3579545, 0xffffffff}, {14318180, 0xffffffff}, {100000000, 0xffffffff}};

    (void)state;
    counter.delay_at = 0;
    for (size_t i = 0; i < COUNT_OF(references); i++) {
        for (size_t j = 0; j < COUNT_OF(frequencies); j++) {
            /* From 0, and so that it wraps while it is measured. */
            const uint64_t starts[] = {0, references[i].mask, references[i].mask - references[i].hz / 2000};
            for (size_t k = 0; k < COUNT_OF(starts); k++) {
                counter.tsc_hz = frequencies[j];
                counter.hz = references[i].hz;
                counter.mask = references[i].mask;
                counter.start = starts[k];
                uint64_t hz = measure(), tolerance = frequencies[j] / 1000 + 1;
                assert_in_range(hz, frequencies[j] - tolerance, frequencies[j] + tolerance);
                assert_true(fake_cpu.timestamp < counter.tsc_hz / 500 + 1000); /* within 2 ms */
            }
        }
    }
}

static void an_interruption_does_not_spoil_the_measurement(void **state)
{
    (void)state;
    counter.tsc_hz = 3000000000;
    counter.hz = 3579545;
    counter.mask = 0xffffff;
    counter.start = 0;
    counter.delay_at = 0;
    (void)measure();
    uint64_t reads = counter.reads;
    for (counter.delay_at = 1; counter.delay_at <= reads; counter.delay_at++)
        assert_in_range(measure(), 2997000000, 3003000000);
}

static uint64_t read_zero(void)
{
    return 0;
}

static uint64_t read_ones(void)
{
    return UINT64_MAX;
}

static uint64_t toggle;

static uint64_t read_toggling(void)
{
    return toggle++ & 1;
}

static uint64_t read_backwards(void)
{
    return 1000000 - toggle++;
}

static uint64_t read_once_backwards(void)
{
    return toggle++ == 3 ? 99 : 100; /* after the first sample */
}

static void broken_references_are_found_out(void **state)
{
    static const struct clock_reference references[] = {
        {read_zero, 0xffffff, 3579545},
        {read_ones, 0xffffff, 3579545},
        {read_toggling, 0xffffff, 3579545},
        {read_backwards, 0xffffff, 3579545},
        {read_once_backwards, 0xffffff, 3579545},
        {read_zero, 0xffffffff, 1000000000000000},
        {read_toggling, 0xffffffff, 1000000000000000},
    };

    (void)state;
    fake_cpu.timestamp_step = 1000;
    for (size_t i = 0; i < COUNT_OF(references); i++) {
        toggle = 0;
        assert_int_equal(clock_measure_tsc(&references[i]), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_runs_before_the_start, stand_still),
        cmocka_unit_test_setup(nanoseconds_are_exact_to_parts_in_a_billion_over_years, stand_still),
        cmocka_unit_test_setup(time_never_goes_backwards, stand_still),
        cmocka_unit_test_setup(the_wall_clock_counts_from_when_it_was_read, stand_still),
        cmocka_unit_test_setup(spinning_takes_as_long_as_asked_for, stand_still),
        cmocka_unit_test_setup(the_tsc_is_measured_to_a_part_in_a_thousand, stand_still),
        cmocka_unit_test_setup(an_interruption_does_not_spoil_the_measurement, stand_still),
        cmocka_unit_test_setup(broken_references_are_found_out, stand_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
