/* The input layer: keyboards report keys, whatever they hang on (PS/2 now, USB later); a keymap makes of them
 * what the virtual terminal in front is typed. Key codes are those of Linux (input-event-codes.h: KEY_*),
 * which Linux's keymaps of the first 128 keys use, too. */
#ifndef LINTEL_INPUT_INPUT_H
#define LINTEL_INPUT_INPUT_H

#include <stdbool.h>
#include <stdint.h>

/* A key went down or up; repeats of a key that is held down are the input layer's own (and a device's, if it
 * repeats by itself, are ignored). Context: interrupts or thread, not NMI.  Sleeps: no. */
void input_report_key(unsigned code, bool is_down);

/* A keyboard with lights: told of each change of these, in a kernel thread. One that comes later is told at
 * once. Context: thread. */
#define INPUT_LED_SCROLL_LOCK 1u
#define INPUT_LED_NUM_LOCK 2u
#define INPUT_LED_CAPS_LOCK 4u
struct input_keyboard {
    const char *name;
    void (*set_leds)(struct input_keyboard *keyboard, unsigned leds); /* may sleep; NULL: it has none */
    struct input_keyboard *next;                                      /* the layer's */
};
void input_add_keyboard(struct input_keyboard *keyboard);

/* Set up; keys that come earlier are lost. Context: boot, after vt_setup() and sched_setup(). */
void input_setup(void);

#endif
