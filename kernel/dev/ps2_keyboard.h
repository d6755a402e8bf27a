/* A keyboard at the PC's keyboard controller. It reports keys to the input layer; one that is plugged in
 * later is set up then. */
#ifndef LINTEL_DEV_PS2_KEYBOARD_H
#define LINTEL_DEV_PS2_KEYBOARD_H

/* Look for controller and keyboard in a thread of its own: the boot goes on meanwhile. Firmware says
 * whether there is a controller; the command line may know better: `i8042=off`, `i8042=probe` (look though
 * firmware says that there is none), `i8042=direct` (have the keyboard's own codes, without translation).
 * Errors: -ENOMEM. Context: boot, once, after input_setup() and acpi_setup(). */
int ps2_keyboard_setup(void);

#endif
