/* The local APIC in x2APIC mode, which no emulated CPU has: the ways into the mode, and what is written to
 * send interrupts; and the same in xAPIC mode. And the timer, in both of its modes. */
#include "arch/x86_64/lapic.h"

#include <stdarg.h>

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/port.h"
#include "arch/x86_64/regs.h"
#include "arch/x86_64/trap.h"
#include "core/clock.h"
#include "core/log.h"
#include "fake_cpu.h"
#include "mm/kernel_map.h"
#include "test.h"

#define BASE_ADDRESS 0xfee00000ull
#define BASE_BOOT_CPU 0x100ull
#define BASE_X2APIC 0x400ull
#define BASE_ENABLE 0x800ull

#define X2APIC_ID 0x802
#define X2APIC_SPURIOUS 0x80f
#define X2APIC_COMMAND 0x830
#define X2APIC_LINT0 0x835
#define X2APIC_LINT1 0x836
#define X2APIC_TIMER 0x832
#define X2APIC_INITIAL 0x838
#define X2APIC_CURRENT 0x839
#define X2APIC_DIVIDE 0x83e

#define XAPIC_ID (0x20 / 4)
#define XAPIC_SPURIOUS (0xf0 / 4)
#define XAPIC_COMMAND (0x300 / 4)
#define XAPIC_COMMAND_HIGH (0x310 / 4)
#define XAPIC_LINT0 (0x350 / 4)
#define XAPIC_LINT1 (0x360 / 4)
#define XAPIC_TIMER (0x320 / 4)
#define XAPIC_INITIAL (0x380 / 4)
#define XAPIC_CURRENT (0x390 / 4)
#define XAPIC_DIVIDE (0x3e0 / 4)

#define TIMER_ONE_SHOT 0x00030
#define TIMER_DEADLINE 0x40030
#define DIVIDE_BY_1 0xb
#define SECOND_NS 1000000000ull
#define HOUR_NS (3600 * SECOND_NS)

#define MASKED 0x10000
#define NMI 0x400
#define NMI_ACTIVE_LOW 0x2400

static uint64_t msrs[0x1000];   /* the x2APIC's registers are 0x800 to 0x8ff */
static uint64_t base_writes[8]; /* each value that IA32_APIC_BASE was set to */
static unsigned base_write_count;
static uint32_t page[1024];
static bool is_page_missing;
static struct apic_map map;
static uint64_t now_ns, clock_step_ns; /* the clock, and what each look at it takes */
static uint64_t tsc_hz, counter_hz;    /* 0: stands still; the latter with divider 1 */

/* The counter is only ever seen while its frequency is measured: started at the top, with divider 1. */
static void counter_update(void)
{
    uint32_t count = UINT32_MAX - (uint32_t)(now_ns * (counter_hz / 1000) / 1000000);

    if (page[XAPIC_INITIAL] == UINT32_MAX && page[XAPIC_DIVIDE] == DIVIDE_BY_1)
        page[XAPIC_CURRENT] = count;
    if (msrs[X2APIC_INITIAL] == UINT32_MAX && msrs[X2APIC_DIVIDE] == DIVIDE_BY_1)
        msrs[X2APIC_CURRENT] = count;
}

static bool is_x2apic(void)
{
    return (msrs[MSR_IA32_APIC_BASE] & BASE_X2APIC) != 0;
}

uint64_t msr_read(uint32_t msr)
{
    assert_true(msr < COUNT_OF(msrs));
    return msrs[msr];
}

void msr_write(uint32_t msr, uint64_t value)
{
    assert_true(msr < COUNT_OF(msrs));
    if (msr == MSR_IA32_APIC_BASE) {
        uint64_t mode = value & (BASE_X2APIC | BASE_ENABLE), before = msrs[msr] & (BASE_X2APIC | BASE_ENABLE);
        assert_true(base_write_count < COUNT_OF(base_writes));
        /* SDM, figure 11-27: all other ways are general-protection faults. */
        assert_true(mode != BASE_X2APIC);
        assert_false(mode == (BASE_X2APIC | BASE_ENABLE) && before == 0);
        assert_false(mode == BASE_ENABLE && before == (BASE_X2APIC | BASE_ENABLE));
        base_writes[base_write_count++] = value;
    }
    /* In the other mode the register ignores what is written. */
    if (msr == MSR_IA32_TSC_DEADLINE)
        assert_int_equal(is_x2apic() ? msrs[X2APIC_TIMER] : page[XAPIC_TIMER], TIMER_DEADLINE);
    msrs[msr] = value;
}

void port_write8(uint16_t port, uint8_t value)
{
    assert_true(port == 0x21 || port == 0xa1);
    assert_int_equal(value, 0xff);
}

void trap_set_interrupt_handler(unsigned vector, trap_interrupt_handler handler)
{
    assert_int_equal(vector, TRAP_VECTOR_SPURIOUS);
    assert_non_null(handler);
}

volatile void *kernel_map_device(paddr_t base, size_t size_bytes, uint32_t caching)
{
    assert_int_equal(base, BASE_ADDRESS);
    assert_int_equal(size_bytes, sizeof(page));
    assert_int_equal(caching, MAP_UNCACHED);
    return is_page_missing ? NULL : page;
}

void log_line(enum log_level level, const char *format, ...)
{
    (void)level;
    (void)format;
}

uint64_t clock_monotonic_ns(void)
{
    now_ns += clock_step_ns;
    counter_update();
    return now_ns;
}

uint64_t clock_tsc_hz(void)
{
    return tsc_hz;
}

void clock_spin_ns(uint64_t duration_ns)
{
    now_ns += duration_ns;
}

static int reset(void **state)
{
    (void)state;
    memset(msrs, 0, sizeof(msrs));
    memset(page, 0, sizeof(page));
    memset(&map, 0, sizeof(map));
    base_write_count = 0;
    is_page_missing = false;
    now_ns = 12345;
    clock_step_ns = 50;
    tsc_hz = 2400000000;
    counter_hz = 100000000;
    fake_cpu.timestamp = 1ull << 40;
    fake_cpu.timestamp_step = 0;
    cpu_features.has_x2apic = true;
    cpu_features.has_tsc_deadline = false;
    cpu_features.has_invariant_tsc = true;
    msrs[MSR_IA32_APIC_BASE] = BASE_ADDRESS | BASE_BOOT_CPU | BASE_ENABLE;
    return 0;
}

static void add_cpu(uint32_t apic_id, uint32_t uid)
{
    map.cpus[map.cpu_count++] = (struct apic_map_cpu){apic_id, uid, true};
}

static void xapic_mode_stays(void **state)
{
    (void)state;
    page[XAPIC_ID] = 254u << 24;
    add_cpu(254, 0);
    assert_int_equal(lapic_setup(&map), 0);
    assert_int_equal(base_write_count, 0);
    assert_int_equal(lapic_id(), 254);
    assert_int_equal(lapic_id_max(), 254);
    assert_int_equal(page[XAPIC_SPURIOUS], 0x1ff);
    assert_int_equal(page[XAPIC_LINT0], MASKED);
    assert_int_equal(page[XAPIC_LINT1], NMI);
}

static void a_disabled_apic_is_enabled(void **state)
{
    (void)state;
    msrs[MSR_IA32_APIC_BASE] = BASE_ADDRESS | BASE_BOOT_CPU;
    assert_int_equal(lapic_setup(&map), 0);
    assert_int_equal(msrs[MSR_IA32_APIC_BASE], BASE_ADDRESS | BASE_BOOT_CPU | BASE_ENABLE);
}

static void x2apic_mode_left_on_by_firmware_stays(void **state)
{
    (void)state;
    msrs[MSR_IA32_APIC_BASE] |= BASE_X2APIC;
    msrs[X2APIC_ID] = 0x12345;
    assert_int_equal(lapic_setup(&map), 0);
    assert_int_equal(base_write_count, 0);
    assert_int_equal(lapic_id(), 0x12345);
    assert_int_equal(lapic_id_max(), 0xfffffffe);
    assert_int_equal(msrs[X2APIC_SPURIOUS], 0x1ff);
    assert_int_equal(msrs[X2APIC_LINT0], MASKED);
    assert_int_equal(msrs[X2APIC_LINT1], NMI);
}

static void an_id_above_254_turns_x2apic_mode_on(void **state)
{
    (void)state;
    add_cpu(0, 0);
    add_cpu(255, 1);
    assert_int_equal(lapic_setup(&map), 0);
    assert_int_equal(msrs[MSR_IA32_APIC_BASE], BASE_ADDRESS | BASE_BOOT_CPU | BASE_ENABLE | BASE_X2APIC);
    assert_int_equal(lapic_id_max(), 0xfffffffe);

    /* Another CPU comes out of INIT disabled, say: it goes over xAPIC mode. */
    base_write_count = 0;
    msrs[MSR_IA32_APIC_BASE] = BASE_ADDRESS;
    assert_int_equal(lapic_setup_cpu(), 0);
    assert_int_equal(base_write_count, 2);
    assert_int_equal(base_writes[0], BASE_ADDRESS | BASE_ENABLE);
    assert_int_equal(base_writes[1], BASE_ADDRESS | BASE_ENABLE | BASE_X2APIC);
}

static void without_x2apic_an_id_above_254_changes_nothing(void **state)
{
    (void)state;
    cpu_features.has_x2apic = false;
    add_cpu(300, 0);
    assert_int_equal(lapic_setup(&map), 0);
    assert_int_equal(lapic_id_max(), 254);
}

static void all_cpus_take_the_boot_cpus_mode(void **state)
{
    (void)state;
    assert_int_equal(lapic_setup(&map), 0);
    msrs[MSR_IA32_APIC_BASE] = BASE_ADDRESS | BASE_ENABLE | BASE_X2APIC;
    assert_int_equal(lapic_setup_cpu(), 0);
    assert_int_equal(base_write_count, 2); /* over the disabled state */
    assert_int_equal(base_writes[0], BASE_ADDRESS);
    assert_int_equal(base_writes[1], BASE_ADDRESS | BASE_ENABLE);
}

static void an_apic_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    is_page_missing = true;
    assert_int_equal(lapic_setup(&map), -ENOMEM);
}

static void nmi_pins_are_those_that_firmware_names(void **state)
{
    (void)state;
    page[XAPIC_ID] = 5u << 24;
    add_cpu(4, 0);
    add_cpu(5, 9);
    map.nmis[map.nmi_count++] = (struct apic_map_nmi){0, 1, false}; /* of another CPU */
    map.nmis[map.nmi_count++] = (struct apic_map_nmi){9, 0, true};
    assert_int_equal(lapic_setup(&map), 0);
    assert_int_equal(page[XAPIC_LINT0], NMI_ACTIVE_LOW);
    assert_int_equal(page[XAPIC_LINT1], MASKED);

    map.nmis[0].acpi_uid = APIC_MAP_ALL_CPUS;
    assert_int_equal(lapic_setup_cpu(), 0);
    assert_int_equal(page[XAPIC_LINT1], NMI);
}

static void commands_in_xapic_mode_are_two_registers(void **state)
{
    (void)state;
    assert_int_equal(lapic_setup(&map), 0);
    fake_cpu.interrupts_are_enabled = true;
    lapic_send_interrupt(7, 0xfc);
    assert_int_equal(page[XAPIC_COMMAND_HIGH], 7u << 24);
    assert_int_equal(page[XAPIC_COMMAND], 0x40fc);
    assert_true(fake_cpu.interrupts_are_enabled);
    lapic_send_init(200);
    assert_int_equal(page[XAPIC_COMMAND_HIGH], 200u << 24);
    assert_int_equal(page[XAPIC_COMMAND], 0x4500);
    lapic_send_startup(200, 0x9d000);
    assert_int_equal(page[XAPIC_COMMAND], 0x469d);
    page[XAPIC_COMMAND] |= 0x1000; /* pending for ever: the wait is bounded */
    lapic_send_nmi(3);
    assert_int_equal(page[XAPIC_COMMAND], 0x4400);
}

static void commands_in_x2apic_mode_are_one_register(void **state)
{
    (void)state;
    msrs[MSR_IA32_APIC_BASE] |= BASE_X2APIC;
    assert_int_equal(lapic_setup(&map), 0);
    lapic_send_interrupt(0x10007, 0xfc);
    assert_int_equal(msrs[X2APIC_COMMAND], 0x10007000040fc);
    lapic_send_nmi(300);
    assert_int_equal(msrs[X2APIC_COMMAND], 300ull << 32 | 0x4400);
    lapic_send_init(300);
    assert_int_equal(msrs[X2APIC_COMMAND], 300ull << 32 | 0x4500);
    lapic_send_startup(300, 0x8000);
    assert_int_equal(msrs[X2APIC_COMMAND], 300ull << 32 | 0x4608);
    assert_int_equal(page[XAPIC_COMMAND], 0);
}

static void a_timer_that_stands_still_is_an_error(void **state)
{
    static const struct {
        const char *what;
        uint64_t tsc_hz, counter_hz;
    } cases[] = {{"the clock", 0, 100000000}, {"the counter", 2400000000, 0}, {"both", 0, 0}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        (void)reset(state);
        assert_int_equal(lapic_setup(&map), 0);
        tsc_hz = cases[i].tsc_hz;
        counter_hz = cases[i].counter_hz;
        if (lapic_timer_setup() != -EIO || lapic_timer_is_usable())
            fail_msg("%s stands still, but is believed", cases[i].what);
        assert_int_equal(page[XAPIC_TIMER], MASKED);
        lapic_timer_setup_cpu();
        assert_int_equal(page[XAPIC_TIMER], MASKED);
    }
}

static void the_timers_mode_is_what_the_cpu_can_do(void **state)
{
    static const struct {
        bool has_deadline, is_invariant, is_x2apic;
        uint32_t timer;
    } cases[] = {
        {false, false, false, TIMER_ONE_SHOT}, {false, true, false, TIMER_ONE_SHOT},
        {true, false, false, TIMER_ONE_SHOT},  {true, true, false, TIMER_DEADLINE},
        {false, true, true, TIMER_ONE_SHOT},   {true, true, true, TIMER_DEADLINE},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        (void)reset(state);
        cpu_features.has_tsc_deadline = cases[i].has_deadline;
        cpu_features.has_invariant_tsc = cases[i].is_invariant;
        msrs[MSR_IA32_APIC_BASE] |= cases[i].is_x2apic ? BASE_X2APIC : 0;
        assert_int_equal(lapic_setup(&map), 0);
        assert_int_equal(lapic_timer_setup(), 0);
        assert_true(lapic_timer_is_usable());
        assert_int_equal(is_x2apic() ? msrs[X2APIC_TIMER] : page[XAPIC_TIMER], cases[i].timer);
        assert_int_equal(is_x2apic() ? msrs[X2APIC_INITIAL] : page[XAPIC_INITIAL], 0);

        /* Another CPU, with what its firmware left. */
        uint32_t divide = is_x2apic() ? (uint32_t)msrs[X2APIC_DIVIDE] : page[XAPIC_DIVIDE];
        msrs[X2APIC_TIMER] = page[XAPIC_TIMER] = MASKED;
        msrs[X2APIC_INITIAL] = page[XAPIC_INITIAL] = msrs[X2APIC_DIVIDE] = page[XAPIC_DIVIDE] = 77;
        msrs[MSR_IA32_TSC_DEADLINE] = 77;
        lapic_timer_setup_cpu();
        assert_int_equal(is_x2apic() ? msrs[X2APIC_TIMER] : page[XAPIC_TIMER], cases[i].timer);
        if (cases[i].timer == TIMER_DEADLINE) {
            assert_int_equal(msrs[MSR_IA32_TSC_DEADLINE], 0);
        } else {
            assert_int_equal(is_x2apic() ? msrs[X2APIC_INITIAL] : page[XAPIC_INITIAL], 0);
            assert_int_equal(is_x2apic() ? msrs[X2APIC_DIVIDE] : page[XAPIC_DIVIDE], divide);
        }
    }
}

static const uint64_t delays[] = {0,       1,         2,         999,           1000,       123456,
                                  1000000, 999999999, SECOND_NS, 3 * SECOND_NS, HOUR_NS / 2};

/* Delays as a programmed number of ticks of hz. What is longer than exact_ns may be cut by a sixteenth, and a
 * millisecond; what is longer than longest_ns is taken for that. */
static void assert_delay(uint64_t ticks, uint64_t hz, uint64_t delay_ns, uint64_t exact_ns,
                         uint64_t longest_ns)
{
    long double armed_ns = (long double)ticks * SECOND_NS / hz, tick_ns = (long double)SECOND_NS / hz;
    long double latest_ns = delay_ns < longest_ns ? delay_ns : longest_ns;
    /* The frequency is wrong by up to 1 ms in exact_ns. */
    long double earliest_ns =
        (latest_ns > exact_ns ? latest_ns * (15 / 16.0L - 1e6L / exact_ns) : latest_ns) - 1e6L;

    assert_true(ticks > 0);
    if (armed_ns < earliest_ns || armed_ns > latest_ns + 1e6L + tick_ns)
        fail_msg("%lu Hz: armed for %.1Lf ns instead of %.1Lf to %.1Lf", hz, armed_ns, earliest_ns,
                 latest_ns);
    if (delay_ns < 100000 && (armed_ns < 0.999L * latest_ns || armed_ns > 1.001L * latest_ns + 2 * tick_ns))
        fail_msg("%lu Hz: armed for %.1Lf ns instead of %.1Lf", hz, armed_ns, latest_ns);
}

static void a_deadline_is_a_value_of_the_tsc(void **state)
{
    static const uint64_t frequencies[] = {1000000, 799999999, 1000000000, 2400000000, 4999999999};

    (void)state;
    cpu_features.has_tsc_deadline = true;
    for (size_t i = 0; i < COUNT_OF(frequencies); i++) {
        tsc_hz = frequencies[i];
        assert_int_equal(lapic_setup(&map), 0);
        assert_int_equal(lapic_timer_setup(), 0);
        for (size_t j = 0; j < COUNT_OF(delays); j++) {
            lapic_timer_arm(delays[j]);
            uint64_t ticks = msrs[MSR_IA32_TSC_DEADLINE] - fake_cpu.timestamp;
            assert_delay(ticks, tsc_hz, delays[j], HOUR_NS, HOUR_NS);
            assert_true(ticks >= (unsigned __int128)delays[j] * tsc_hz / SECOND_NS);
        }
        for (unsigned shift = 42; shift < 64; shift++) {
            lapic_timer_arm((1ull << shift) + 1);
            assert_delay(msrs[MSR_IA32_TSC_DEADLINE] - fake_cpu.timestamp, tsc_hz, 1ull << shift, HOUR_NS,
                         HOUR_NS);
        }
        lapic_timer_arm(UINT64_MAX);
        assert_delay(msrs[MSR_IA32_TSC_DEADLINE] - fake_cpu.timestamp, tsc_hz, UINT64_MAX, HOUR_NS, HOUR_NS);
        lapic_timer_disarm();
        assert_int_equal(msrs[MSR_IA32_TSC_DEADLINE], 0);
        assert_int_equal(page[XAPIC_INITIAL], 0);
    }
}

static void a_count_is_of_the_measured_frequency(void **state)
{
    static const struct {
        uint64_t counter_hz;
        uint32_t divide;
        unsigned divider;
        uint64_t read_ns;  /* what a read of the clock takes */
        uint64_t exact_ns; /* at least */
    } cases[] = {
        {24000000, DIVIDE_BY_1, 1, 1, 10 * SECOND_NS},  {100000000, DIVIDE_BY_1, 1, 1, 30 * SECOND_NS},
        {268000000, DIVIDE_BY_1, 1, 0, 15 * SECOND_NS}, {300000000, 0x0, 2, 0, 15 * SECOND_NS},
        {1000000000, 0x1, 4, 0, 15 * SECOND_NS},        {2000000000, 0x2, 8, 0, 15 * SECOND_NS},
        {4100000000, 0x3, 16, 0, 15 * SECOND_NS},       {100000000, DIVIDE_BY_1, 1, 1000, SECOND_NS / 2},
        {1000000000, 0x1, 4, 20000, SECOND_NS / 30},    {100000, DIVIDE_BY_1, 1, 50, SECOND_NS / 20},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        (void)reset(state);
        counter_hz = cases[i].counter_hz;
        clock_step_ns = cases[i].read_ns;
        assert_int_equal(lapic_setup(&map), 0);
        assert_int_equal(lapic_timer_setup(), 0);
        assert_int_equal(page[XAPIC_DIVIDE], cases[i].divide);
        lapic_timer_arm(UINT64_MAX);
        uint64_t hz = counter_hz / cases[i].divider;
        uint64_t armed_ns = (uint64_t)((unsigned __int128)page[XAPIC_INITIAL] * SECOND_NS / hz);
        uint64_t longest_ns = UINT32_MAX * SECOND_NS / hz; /* that the counter holds */
        if (cases[i].exact_ns >= SECOND_NS / 60)
            assert_in_range(armed_ns, longest_ns / 10 * 9, longest_ns);
        for (size_t j = 0; j < COUNT_OF(delays); j++) {
            lapic_timer_arm(delays[j]);
            assert_delay(page[XAPIC_INITIAL], hz, delays[j], cases[i].exact_ns, longest_ns);
        }
        lapic_timer_disarm();
        assert_int_equal(page[XAPIC_INITIAL], 0);
        assert_int_equal(msrs[MSR_IA32_TSC_DEADLINE], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(xapic_mode_stays, reset),
        cmocka_unit_test_setup(a_disabled_apic_is_enabled, reset),
        cmocka_unit_test_setup(x2apic_mode_left_on_by_firmware_stays, reset),
        cmocka_unit_test_setup(an_id_above_254_turns_x2apic_mode_on, reset),
        cmocka_unit_test_setup(without_x2apic_an_id_above_254_changes_nothing, reset),
        cmocka_unit_test_setup(all_cpus_take_the_boot_cpus_mode, reset),
        cmocka_unit_test_setup(an_apic_that_is_not_there_is_an_error, reset),
        cmocka_unit_test_setup(nmi_pins_are_those_that_firmware_names, reset),
        cmocka_unit_test_setup(commands_in_xapic_mode_are_two_registers, reset),
        cmocka_unit_test_setup(commands_in_x2apic_mode_are_one_register, reset),
        cmocka_unit_test_setup(a_timer_that_stands_still_is_an_error, reset),
        cmocka_unit_test_setup(the_timers_mode_is_what_the_cpu_can_do, reset),
        cmocka_unit_test_setup(a_deadline_is_a_value_of_the_tsc, reset),
        cmocka_unit_test_setup(a_count_is_of_the_measured_frequency, reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
