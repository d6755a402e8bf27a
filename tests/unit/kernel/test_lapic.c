/* The local APIC in x2APIC mode, which no emulated CPU has: the ways into the mode, and what is written to
 * send interrupts; and the same in xAPIC mode. */
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

#define XAPIC_ID (0x20 / 4)
#define XAPIC_SPURIOUS (0xf0 / 4)
#define XAPIC_COMMAND (0x300 / 4)
#define XAPIC_COMMAND_HIGH (0x310 / 4)
#define XAPIC_LINT0 (0x350 / 4)
#define XAPIC_LINT1 (0x360 / 4)

#define MASKED 0x10000
#define NMI 0x400
#define NMI_ACTIVE_LOW 0x2400

static uint64_t msrs[0x1000];   /* the x2APIC's registers are 0x800 to 0x8ff */
static uint64_t base_writes[8]; /* each value that IA32_APIC_BASE was set to */
static unsigned base_write_count;
static uint32_t page[1024];
static bool is_page_missing;
static struct apic_map map;

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
    return 0;
}

void clock_spin_ns(uint64_t duration_ns)
{
    (void)duration_ns;
}

static int reset(void **state)
{
    (void)state;
    memset(msrs, 0, sizeof(msrs));
    memset(page, 0, sizeof(page));
    memset(&map, 0, sizeof(map));
    base_write_count = 0;
    is_page_missing = false;
    cpu_features.has_x2apic = true;
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
