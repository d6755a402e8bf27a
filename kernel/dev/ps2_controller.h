/* The PC's keyboard controller, an 8042 or what behaves so: a port for a keyboard, and one for a mouse, which
 * stays off. Or nothing: many PCs have none, and some firmware only pretends. So nothing here waits for long
 * or believes much. docs/hazards/ps2-keyboard.md
 *
 * Context: thread; ps2_controller_receive() interrupts, too. Callers see to it that one at a time is here. */
#ifndef LINTEL_DEV_PS2_CONTROLLER_H
#define LINTEL_DEV_PS2_CONTROLLER_H

#include <stdbool.h>
#include <stdint.h>

/* Find out whether there is a controller, and set it up with both ports off and no interrupt; translation is
 * on if wants_translation and if it can. Takes some milliseconds, at most half a second of a broken one.
 * Errors: -ENODEV. */
int ps2_controller_setup(bool wants_translation, bool *ret_translates);

/* Let the keyboard send, and raise interrupt line PS2_IRQ. Errors: -EIO (the controller hangs). */
#define PS2_IRQ 1
int ps2_controller_start(void);

/* Send a byte to the keyboard, at once. Errors: -EAGAIN (the one before it was not taken yet). */
int ps2_controller_send(uint8_t byte);

/* Take a byte that has come in, if there is one. */
enum ps2_received {
    PS2_RECEIVED_NOTHING,
    PS2_RECEIVED_KEYBOARD,
    PS2_RECEIVED_GARBAGE, /* from the other port, or distorted */
};
enum ps2_received ps2_controller_receive(uint8_t *ret_byte);

/* Whether it is there still: a machine that takes it away answers 0xff. */
bool ps2_controller_is_alive(void);

#endif
