/* Source: IBM PS/2 Hardware Interface Technical Reference, keyboard and auxiliary device controller. The
 * self-test is only made of a controller that does not answer otherwise: there are notebooks whose keyboard
 * does not survive it. */
#include "dev/ps2_controller.h"

#include "abi/errno.h"
#include "arch/x86_64/port.h"
#include "core/clock.h"
#include "core/log.h"

#define DATA_PORT 0x60
#define STATUS_PORT 0x64  /* read */
#define COMMAND_PORT 0x64 /* write */

#define STATUS_OUTPUT_FULL 0x01 /* there is a byte to be read */
#define STATUS_INPUT_FULL 0x02  /* what was written is not taken yet */
#define STATUS_MOUSE 0x20       /* the byte is from the second port */
#define STATUS_TIMEOUT 0x40
#define STATUS_PARITY 0x80
#define NO_CONTROLLER 0xff

#define COMMAND_READ_CONFIGURATION 0x20
#define COMMAND_WRITE_CONFIGURATION 0x60
#define COMMAND_DISABLE_MOUSE 0xa7
#define COMMAND_SELF_TEST 0xaa
#define COMMAND_DISABLE_KEYBOARD 0xad
#define COMMAND_ENABLE_KEYBOARD 0xae
#define SELF_TEST_PASSED 0x55

#define CONFIGURATION_KEYBOARD_INTERRUPT 0x01
#define CONFIGURATION_MOUSE_INTERRUPT 0x02
#define CONFIGURATION_KEYBOARD_OFF 0x10
#define CONFIGURATION_MOUSE_OFF 0x20
#define CONFIGURATION_TRANSLATE 0x40

/* A controller takes a byte within 100 us, mostly; one that firmware emulates may take longer. Where the
 * clock does not run, a look at the port alone takes about a microsecond. */
#define WAIT_STEP_NS 10000
#define TAKE_STEPS 2000       /* 20 ms */
#define ANSWER_STEPS 5000     /* 50 ms */
#define SELF_TEST_STEPS 20000 /* 200 ms */
#define FLUSH_BYTES_MAX 64
#define FLUSH_WAIT_NS 50000 /* until a byte behind another one shows */

static uint8_t configuration; /* as it was written last */

static bool wait_for(uint8_t mask, uint8_t value, unsigned steps)
{
    for (unsigned i = 0; i < steps; i++) {
        if ((port_read8(STATUS_PORT) & mask) == value)
            return true;
        clock_spin_ns(WAIT_STEP_NS);
    }
    return false;
}

static int write_port(uint16_t port, uint8_t byte)
{
    if (!wait_for(STATUS_INPUT_FULL, 0, TAKE_STEPS))
        return -EIO;
    port_write8(port, byte);
    return 0;
}

static int read_answer(unsigned steps, uint8_t *ret_byte)
{
    if (!wait_for(STATUS_OUTPUT_FULL, STATUS_OUTPUT_FULL, steps))
        return -EIO;
    *ret_byte = port_read8(DATA_PORT);
    return 0;
}

static void flush(void)
{
    for (unsigned i = 0; i < FLUSH_BYTES_MAX; i++) {
        if ((port_read8(STATUS_PORT) & STATUS_OUTPUT_FULL) == 0)
            return;
        (void)port_read8(DATA_PORT);
        clock_spin_ns(FLUSH_WAIT_NS);
    }
}

static int write_configuration(uint8_t value)
{
    int error = write_port(COMMAND_PORT, COMMAND_WRITE_CONFIGURATION);

    if (error == 0)
        error = write_port(DATA_PORT, value);
    if (error == 0)
        configuration = value;
    return error;
}

static int read_configuration(uint8_t *ret_value)
{
    int error = write_port(COMMAND_PORT, COMMAND_READ_CONFIGURATION);

    return error != 0 ? error : read_answer(ANSWER_STEPS, ret_value);
}

static int self_test(void)
{
    uint8_t answer;
    int error = write_port(COMMAND_PORT, COMMAND_SELF_TEST);

    if (error == 0)
        error = read_answer(SELF_TEST_STEPS, &answer);
    if (error == 0 && answer != SELF_TEST_PASSED)
        error = -EIO;
    return error;
}

/* Quiet, with nothing left to be read that could be taken for an answer. */
static int silence(void)
{
    int error = write_port(COMMAND_PORT, COMMAND_DISABLE_KEYBOARD);

    if (error == 0)
        error = write_port(COMMAND_PORT, COMMAND_DISABLE_MOUSE);
    flush();
    return error;
}

static int find(uint8_t *ret_configuration)
{
    if (port_read8(STATUS_PORT) == NO_CONTROLLER || silence() != 0)
        return -ENODEV;
    if (read_configuration(ret_configuration) == 0)
        return 0;
    flush();
    if (self_test() != 0 || silence() != 0 || read_configuration(ret_configuration) != 0)
        return -ENODEV;
    log_warning("ps2: the controller had to be tested before it answered");
    return 0;
}

int ps2_controller_setup(bool wants_translation, bool *ret_translates)
{
    uint8_t found, now;
    int error = find(&found);

    if (error != 0)
        return error;
    uint8_t wanted = (uint8_t)((found & ~(CONFIGURATION_KEYBOARD_INTERRUPT | CONFIGURATION_MOUSE_INTERRUPT |
                                          CONFIGURATION_TRANSLATE)) |
                               CONFIGURATION_KEYBOARD_OFF | CONFIGURATION_MOUSE_OFF);
    if (wants_translation)
        wanted |= CONFIGURATION_TRANSLATE;
    if (write_configuration(wanted) != 0 || read_configuration(&now) != 0)
        return -ENODEV;
    configuration = now;
    *ret_translates = (now & CONFIGURATION_TRANSLATE) != 0;
    log_debug("ps2: controller, configuration 0x%02x, before 0x%02x", now, found);
    return 0;
}

int ps2_controller_start(void)
{
    int error = write_port(COMMAND_PORT, COMMAND_ENABLE_KEYBOARD);

    if (error != 0)
        return error;
    return write_configuration(
        (uint8_t)((configuration & ~CONFIGURATION_KEYBOARD_OFF) | CONFIGURATION_KEYBOARD_INTERRUPT));
}

int ps2_controller_send(uint8_t byte)
{
    if ((port_read8(STATUS_PORT) & STATUS_INPUT_FULL) != 0)
        return -EAGAIN;
    port_write8(DATA_PORT, byte);
    return 0;
}

enum ps2_received ps2_controller_receive(uint8_t *ret_byte)
{
    uint8_t status = port_read8(STATUS_PORT);

    if (status == NO_CONTROLLER || (status & STATUS_OUTPUT_FULL) == 0)
        return PS2_RECEIVED_NOTHING;
    *ret_byte = port_read8(DATA_PORT);
    return (status & (STATUS_MOUSE | STATUS_TIMEOUT | STATUS_PARITY)) == 0 ? PS2_RECEIVED_KEYBOARD
                                                                           : PS2_RECEIVED_GARBAGE;
}

bool ps2_controller_is_alive(void)
{
    return port_read8(STATUS_PORT) != NO_CONTROLLER;
}
