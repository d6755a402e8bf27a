/* The serial port's input: breaks are told from characters whoever reads the line status, and neither a flood
 * nor a stuck line keeps the CPU. */
#include "dev/uart16550.h"

#include <stdio.h>

#include "abi/errno.h"
#include "arch/x86_64/ioapic.h"
#include "arch/x86_64/lapic.h"
#include "arch/x86_64/port.h"
#include "arch/x86_64/trap.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/sysrq.h"
#include "core/timer.h"
#include "fake_cpu.h"
#include "sched/thread.h"
#include "test.h"

#define BASE 0x3f8
#define SECOND 1000000000ull
#define BREAK 0x100 /* among characters */

/* The port, as far as the driver uses it. */
static struct {
    bool is_there, is_stuck, is_full;
    uint8_t interrupt_enable, line_control, modem_control;
    unsigned input[512]; /* characters received and not read, BREAK among them */
    size_t input_count, input_at;
    unsigned enable_writes;
} port;

static char log_text[256], taken[512];
static struct log_sink *sink;
static trap_interrupt_handler handler;
static int route_error;
static unsigned routed, masked, ended, breaks;
static size_t taken_count;
static uint64_t now_ns;
static struct trap_frame frame;

static uint8_t line_status(void)
{
    bool has_data = port.is_stuck || port.input_at < port.input_count, is_break = false;

    if (!port.is_stuck && has_data && (port.input[port.input_at] & BREAK) != 0) {
        port.input[port.input_at] &= ~(unsigned)BREAK; /* reading clears it */
        is_break = true;
    }
    return (uint8_t)((has_data ? 0x01 : 0) | (is_break ? 0x10 : 0) | (port.is_full ? 0 : 0x60));
}

uint8_t port_read8(uint16_t at)
{
    if (!port.is_there)
        return 0xff;
    switch (at - BASE) {
    case 0:
        return port.input_at < port.input_count ? (uint8_t)port.input[port.input_at++] : 'z';
    case 3:
        return port.line_control;
    case 5:
        return line_status();
    default:
        fail_msg("read of register %d", at - BASE);
        return 0;
    }
}

void port_write8(uint16_t at, uint8_t value)
{
    if (at == BASE && (port.line_control & 0x80) == 0 && (port.modem_control & 0x10) != 0)
        port.input[port.input_count++] = value; /* loopback */
    else if (at == BASE + 1 && (port.line_control & 0x80) == 0) {
        port.interrupt_enable = value;
        port.enable_writes++;
    } else if (at == BASE + 3)
        port.line_control = value;
    else if (at == BASE + 4)
        port.modem_control = value;
}

void log_add_sink(struct log_sink *added)
{
    sink = added;
}

void log_line(enum log_level level, const char *format, ...)
{
    va_list arguments;

    assert_int_equal(level, LOG_WARNING);
    va_start(arguments, format);
    vsnprintf(log_text, sizeof(log_text), format, arguments);
    va_end(arguments);
}

uint64_t clock_monotonic_ns(void)
{
    return now_ns;
}

static bool has_timer;
static struct timer *rest; /* that runs */
static uint64_t rest_ends_ns;

bool timer_has_interrupt(void)
{
    return has_timer;
}

void timer_init(struct timer *timer, void (*expired)(struct timer *timer))
{
    timer->expired = expired;
}

void timer_start(struct timer *timer, uint64_t deadline_ns)
{
    rest = timer;
    rest_ends_ns = deadline_ns;
}

void trap_set_interrupt_name(unsigned vector, const char *name)
{
    (void)vector;
    (void)name;
}

void trap_set_interrupt_handler(unsigned vector, trap_interrupt_handler new_handler)
{
    assert_in_range(vector, TRAP_VECTOR_DEVICE_FIRST, TRAP_VECTOR_DEVICE_LAST);
    handler = new_handler;
}

int ioapic_route_isa(unsigned irq, unsigned vector, unsigned cpu)
{
    assert_int_equal(irq, 4);
    assert_in_range(vector, TRAP_VECTOR_DEVICE_FIRST, TRAP_VECTOR_DEVICE_LAST);
    assert_int_equal(cpu, 0);
    assert_non_null(handler);
    routed++;
    return route_error;
}

int ioapic_mask_isa(unsigned irq)
{
    assert_int_equal(irq, 4);
    masked++;
    return 0;
}

void lapic_end_of_interrupt(void)
{
    ended++;
}

void thread_sleep_ns(uint64_t duration_ns)
{
    (void)duration_ns;
}

bool sysrq_break(void)
{
    breaks++;
    return true;
}

bool sysrq_receive(char character, const struct trap_frame *of)
{
    assert_ptr_equal(of, &frame);
    taken[taken_count++ % sizeof(taken)] = character;
    return false;
}

static void receive(const unsigned *characters, size_t count)
{
    memcpy(port.input, characters, count * sizeof(characters[0]));
    port.input_count = count;
    port.input_at = 0;
}

static void interrupt(void)
{
    unsigned before = ended;

    handler(&frame);
    assert_int_equal(ended, before + 1);
}

static int set_up(void **state)
{
    (void)state;
    memset(&port, 0, sizeof(port));
    port.is_there = true;
    log_text[0] = '\0';
    sink = NULL;
    handler = NULL;
    route_error = 0;
    routed = masked = breaks = 0;
    taken_count = 0;
    has_timer = true;
    rest = NULL;
    now_ns += 10 * SECOND;
    return 0;
}

static int set_up_input(void **state)
{
    set_up(state);
    assert_int_equal(uart16550_setup(), 0);
    assert_non_null(sink);
    assert_int_equal(port.interrupt_enable, 0);
    assert_int_equal(uart16550_setup_input(), 0);
    port.enable_writes = 0;
    return 0;
}

static void without_a_port_nothing_happens(void **state)
{
    (void)state;
    port.is_there = false;
    assert_int_equal(uart16550_setup(), -ENODEV);
    assert_int_equal(uart16550_setup_input(), 0);
    assert_int_equal(routed, 0);
}

static void input_needs_interrupts_and_out2(void **state)
{
    (void)state;
    assert_int_equal(routed, 1);
    assert_int_equal(port.interrupt_enable, 0x05); /* received data, line status */
    assert_int_equal(port.modem_control, 0x0b);    /* DTR, RTS, OUT2 */
}

static void what_cannot_be_routed_stays_off(void **state)
{
    (void)state;
    assert_int_equal(uart16550_setup(), 0);
    route_error = -ENODEV;
    assert_int_equal(uart16550_setup_input(), -ENODEV);
    assert_int_equal(port.interrupt_enable, 0);
    assert_int_equal(port.modem_control & 0x08, 0);
}

static void breaks_and_characters_are_told_apart(void **state)
{
    static const unsigned input[] = {'a', BREAK, 't', 0, 'b', BREAK | 0, BREAK | 0, 'c'};

    (void)state;
    receive(input, COUNT_OF(input));
    interrupt();
    assert_int_equal(breaks, 3);
    assert_int_equal(taken_count, 5);
    assert_memory_equal(taken, "at\0bc", 5);
    assert_int_equal(port.input_at, COUNT_OF(input));
}

static void a_break_that_the_transmitter_saw_first_is_not_lost(void **state)
{
    static const unsigned input[] = {BREAK, 't'};

    (void)state;
    receive(input, COUNT_OF(input));
    sink->write(LOG_INFO, "x", 1); /* polls the line status, which clears the bit */
    assert_int_equal(port.input[0], 0);
    interrupt();
    assert_int_equal(breaks, 1);
    assert_int_equal(taken_count, 1);
}

static void an_interrupt_takes_so_much_and_raises_the_line_anew(void **state)
{
    unsigned input[100];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(input); i++)
        input[i] = 'a';
    receive(input, COUNT_OF(input));
    interrupt();
    assert_int_equal(taken_count, 64);
    assert_int_equal(port.enable_writes, 2);
    assert_int_equal(port.interrupt_enable, 0x05);
    interrupt();
    assert_int_equal(taken_count, 100);
    assert_int_equal(port.enable_writes, 2);
}

/* How many interrupts until input is off for good, or rests; 0: it does not. */
static unsigned interrupts_until_off(unsigned max)
{
    for (unsigned i = 1; i <= max; i++) {
        interrupt();
        if (masked != 0 || rest != NULL) {
            assert_int_equal(port.interrupt_enable, 0);
            return i;
        }
    }
    return 0;
}

static void end_rest(void)
{
    struct timer *timer = rest;

    assert_non_null(timer);
    now_ns = rest_ends_ns;
    rest = NULL;
    timer->expired(timer);
    assert_int_equal(port.interrupt_enable, 0x05);
}

static void a_storm_switches_input_off(void **state)
{
    (void)state;
    assert_int_equal(interrupts_until_off(20000), 100000 / 20 + 1);
    assert_int_equal(masked, 1);
    assert_contains(log_text, "brings nothing");
}

static void a_storm_after_text_rests_first(void **state)
{
    static const unsigned input[] = {'a'};
    const uint64_t start_ns = now_ns;

    (void)state;
    receive(input, 1);
    interrupt();
    assert_int_equal(interrupts_until_off(200000), 100000);
    assert_int_equal(masked, 0);
    assert_int_equal(rest_ends_ns, start_ns + SECOND);
    end_rest();
    assert_int_equal(interrupts_until_off(20000), 100000 / 20 + 1);
    assert_int_equal(masked, 1);
}

static void an_endless_stream_rests_and_goes_on(void **state)
{
    const uint64_t start_ns = now_ns;

    (void)state;
    port.is_stuck = true;
    for (unsigned second = 1; second <= 3; second++) {
        assert_int_equal(interrupts_until_off(20000), 100000 / 64 + 1);
        assert_int_equal(rest_ends_ns, start_ns + second * SECOND);
        end_rest();
    }
    assert_int_equal(masked, 0);
    assert_string_equal(log_text, "");
}

/* Each character with an interrupt of its own, and one in vain: a fast emulated line. */
static void a_fast_line_with_vain_interrupts_stays_on(void **state)
{
    static const unsigned input[] = {'a'};
    unsigned rests = 0;

    (void)state;
    for (unsigned i = 0; i < 120000; i++) {
        receive(input, 1);
        interrupt();
        interrupt();
        taken_count = 0;
        if (rest != NULL) {
            end_rest();
            rests++;
        }
    }
    assert_int_equal(masked, 0);
    assert_in_range(rests, 2, 3);
}

static void without_a_timer_there_is_no_rest(void **state)
{
    (void)state;
    has_timer = false;
    port.is_stuck = true;
    assert_int_equal(interrupts_until_off(20000), 100000 / 64 + 1);
    assert_int_equal(masked, 1);
}

static void what_comes_more_slowly_goes_on(void **state)
{
    (void)state;
    for (unsigned second = 0; second < 5; second++) {
        assert_int_equal(interrupts_until_off(5000), 0);
        now_ns += SECOND;
    }
    assert_string_equal(log_text, "");
}

static void a_port_that_goes_away_switches_input_off(void **state)
{
    (void)state;
    port.is_there = false;
    interrupt();
    assert_int_equal(masked, 1);
    assert_int_equal(taken_count, 0);
    assert_contains(log_text, "does not answer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_a_port_nothing_happens, set_up), /* first: a port stays known */
        cmocka_unit_test_setup(input_needs_interrupts_and_out2, set_up_input),
        cmocka_unit_test_setup(what_cannot_be_routed_stays_off, set_up),
        cmocka_unit_test_setup(breaks_and_characters_are_told_apart, set_up_input),
        cmocka_unit_test_setup(a_break_that_the_transmitter_saw_first_is_not_lost, set_up_input),
        cmocka_unit_test_setup(an_interrupt_takes_so_much_and_raises_the_line_anew, set_up_input),
        cmocka_unit_test_setup(a_storm_switches_input_off, set_up_input),
        cmocka_unit_test_setup(a_storm_after_text_rests_first, set_up_input),
        cmocka_unit_test_setup(an_endless_stream_rests_and_goes_on, set_up_input),
        cmocka_unit_test_setup(a_fast_line_with_vain_interrupts_stays_on, set_up_input),
        cmocka_unit_test_setup(without_a_timer_there_is_no_rest, set_up_input),
        cmocka_unit_test_setup(what_comes_more_slowly_goes_on, set_up_input),
        cmocka_unit_test_setup(a_port_that_goes_away_switches_input_off, set_up_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
