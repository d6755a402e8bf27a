/* The keyboard controller, made of variables: one as it should be, none, and broken ones, which cost a
 * bounded time. */
#include "dev/ps2_controller.h"

#include "abi/errno.h"
#include "arch/x86_64/port.h"
#include "core/clock.h"
#include "core/log.h"
#include "test.h"

#define KEYBOARD_OFF 0x10
#define MOUSE_OFF 0x20
#define TRANSLATE 0x40
#define OUTPUT_FULL 0x01
#define INPUT_FULL 0x02

static struct {
    bool is_absent;       /* ports read 0xff */
    bool is_stuck;        /* never takes a byte */
    bool needs_self_test; /* answers nothing before */
    bool fails_self_test;
    bool cannot_translate;
    bool is_endless; /* there is always another byte */
    uint8_t configuration, command;
    uint8_t output[16]; /* bytes to be read */
    uint8_t status[16]; /* their bits of the status */
    unsigned output_start, output_end;
    uint8_t sent[8]; /* to the keyboard */
    unsigned sent_count;
} controller;

static uint64_t now_ns;

static void answer(uint8_t byte, uint8_t status)
{
    if (controller.output_end == COUNT_OF(controller.output))
        controller.output_start = controller.output_end = 0;
    controller.status[controller.output_end] = status;
    controller.output[controller.output_end++] = byte;
}

uint8_t port_read8(uint16_t port)
{
    now_ns += 1000;
    if (controller.is_absent)
        return 0xff;
    bool has_output = controller.is_endless || controller.output_start < controller.output_end;
    if (port == 0x64)
        return (
            uint8_t)((has_output ? OUTPUT_FULL : 0) | (controller.is_stuck ? INPUT_FULL : 0) |
                     (has_output && !controller.is_endless ? controller.status[controller.output_start] : 0));
    assert_int_equal(port, 0x60);
    assert_true(has_output);
    return controller.is_endless ? 0x1e : controller.output[controller.output_start++];
}

static void take_command(uint8_t command)
{
    controller.command = command;
    if (command == 0xaa) {
        controller.needs_self_test = controller.fails_self_test;
        answer(controller.fails_self_test ? 0xfc : 0x55, 0);
    } else if (command == 0x20 && !controller.needs_self_test) {
        answer(controller.configuration, 0);
    } else if (command == 0xad) {
        controller.configuration |= KEYBOARD_OFF;
    } else if (command == 0xae) {
        controller.configuration &= (uint8_t)~KEYBOARD_OFF;
    } else if (command == 0xa7) {
        controller.configuration |= MOUSE_OFF;
    }
}

void port_write8(uint16_t port, uint8_t value)
{
    assert_false(controller.is_absent || controller.is_stuck);
    if (port == 0x64) {
        take_command(value);
    } else if (controller.command == 0x60) {
        controller.configuration = controller.cannot_translate ? value & (uint8_t)~TRANSLATE : value;
        controller.command = 0;
    } else {
        controller.sent[controller.sent_count++] = value;
    }
}

void clock_spin_ns(uint64_t duration_ns)
{
    now_ns += duration_ns;
}

void log_line(enum log_level level, const char *format, ...)
{
    (void)level;
    (void)format;
}

static void reset(void)
{
    memset(&controller, 0, sizeof(controller));
    controller.configuration = 0x47; /* as firmware leaves it: both interrupts on */
    now_ns = 0;
}

#define MS 1000000ull

static void assert_setup(int error, bool wants_translation, bool translates, uint64_t limit_ns)
{
    bool is_translated = !translates;

    assert_int_equal(ps2_controller_setup(wants_translation, &is_translated), error);
    if (error == 0)
        assert_int_equal(is_translated, translates);
    assert_true(now_ns <= limit_ns);
}

static void as_it_should_be(void **state)
{
    uint8_t byte;

    (void)state;
    reset();
    answer(0x1e, 0); /* a key that was typed at the firmware */
    assert_setup(0, true, true, 2 * MS);
    assert_int_equal(controller.configuration & 0x73, KEYBOARD_OFF | MOUSE_OFF | TRANSLATE);
    assert_int_equal(ps2_controller_receive(&byte), PS2_RECEIVED_NOTHING);
    assert_int_equal(ps2_controller_start(), 0);
    assert_int_equal(controller.configuration & 0x73, 0x01 | MOUSE_OFF | TRANSLATE);
    assert_int_equal(ps2_controller_send(0xf4), 0);
    assert_int_equal(controller.sent_count, 1);
    assert_int_equal(controller.sent[0], 0xf4);

    answer(0xfa, 0);
    answer(0x08, 0x20);
    answer(0xff, 0x40);
    answer(0x7f, 0x80);
    assert_int_equal(ps2_controller_receive(&byte), PS2_RECEIVED_KEYBOARD);
    assert_int_equal(byte, 0xfa);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ps2_controller_receive(&byte), PS2_RECEIVED_GARBAGE);
    assert_int_equal(ps2_controller_receive(&byte), PS2_RECEIVED_NOTHING);
}

static void without_translation(void **state)
{
    (void)state;
    reset();
    assert_setup(0, false, false, 2 * MS);
    assert_int_equal(controller.configuration & TRANSLATE, 0);
    reset();
    controller.cannot_translate = true;
    assert_setup(0, true, false, 2 * MS);
}

static void none(void **state)
{
    uint8_t byte;

    (void)state;
    reset();
    controller.is_absent = true;
    assert_setup(-ENODEV, true, false, 1 * MS);
    assert_false(ps2_controller_is_alive());
    assert_int_equal(ps2_controller_receive(&byte), PS2_RECEIVED_NOTHING);
}

static void broken_ones(void **state)
{
    (void)state;
    reset();
    controller.is_stuck = true;
    assert_setup(-ENODEV, true, false, 100 * MS);
    assert_int_equal(ps2_controller_send(0xf4), -EAGAIN);
    reset();
    controller.needs_self_test = true;
    assert_setup(0, true, true, 200 * MS);
    reset();
    controller.needs_self_test = controller.fails_self_test = true;
    assert_setup(-ENODEV, true, false, 500 * MS);
    reset();
    controller.is_endless = true; /* as emulation by firmware may be while a key is held */
    assert_int_equal(ps2_controller_setup(true, &(bool){false}), 0);
    assert_true(now_ns <= 500 * MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_it_should_be),
        cmocka_unit_test(without_translation),
        cmocka_unit_test(none),
        cmocka_unit_test(broken_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
