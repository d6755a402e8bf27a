/* What the files of input/ share. */
#ifndef LINTEL_INPUT_INPUT_INTERNAL_H
#define LINTEL_INPUT_INPUT_INTERNAL_H

#include "core/spinlock.h"
#include "core/timer.h"
#include "input/input.h"
#include "input/key_translate.h"

/* Locks: I = set by input_setup()   k = lock, "the keyboard's lock" */
struct input_layer {
    struct spinlock lock;                        /* rank LOCK_RANK_KEYBOARD; guards the keymap, too */
    struct key_state keys;                       /* [k] */
    struct key_console consoles[INPUT_CONSOLES]; /* [k] */
    unsigned front, last_front;                  /* [k] consoles' numbers, from 1 */
    struct timer repeat;                         /* started by who sets repeat_is_running, then by itself */
    bool repeat_is_running;                      /* [k] */
    unsigned repeat_code;                        /* [k] the key that repeats, 0: none */
    uint64_t repeat_due_ns;                      /* [k] */
    uint32_t repeat_delay_ms, repeat_period_ms;  /* [k] */
};

extern struct input_layer input;

/* Holds: the lock. */
struct key_console *input_console(unsigned console); /* of number 1..INPUT_CONSOLES */
unsigned input_lights(void);                         /* what the lights show of the console in front */

/* Have the keyboards show it. Holds: nothing. */
void input_show_lights(unsigned leds);

#endif
