/* The input layer: keyboards report keys, whatever they hang on (PS/2 now, USB later); a keymap makes of them
 * what the virtual terminal in front is typed. Key codes are those of Linux (abi/input.h: KEY_*), which
 * Linux's keymaps of the first 256 keys use, too.
 *
 *     dev/ps2_keyboard --input_report_key()--> input.c --> key_translate.c --target.type()--> vt/
 *                                              repeats      keymap.c
 *
 * Keymap, strings and accents are one for all consoles; locks, lights and mode are each console's own. */
#ifndef LINTEL_INPUT_INPUT_H
#define LINTEL_INPUT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "terminal/terminal.h"

struct trap_frame;

/* Where keys lead to. NULL: nothing happens. Context of all: any but NMI; type() and key_modes() with the
 * keyboard's spin lock held (rank LOCK_RANK_KEYBOARD), so that what two keyboards type keeps its order. */
struct input_target {
    void (*type)(const char *bytes, size_t length); /* to the console in front */
    struct terminal_key_modes (*key_modes)(void);   /* of that console; NULL: those of a fresh terminal */
    void (*type_break)(void);                       /* the key Break */
    void (*hold)(void);                             /* ScrollLock: stop its output, or let it go on */
    void (*scroll)(int half_pages);                 /* < 0: back in history */
    void (*switch_to)(unsigned console);            /* one of 1..INPUT_CONSOLES */
    void (*ctrl_alt_del)(void);
    void (*signal)(void); /* the key KeyboardSignal */
};

#define INPUT_CONSOLES 6

/* *target must stay valid. Context: boot. */
void input_set_target(const struct input_target *target);

/* The console `console`, 1..INPUT_CONSOLES, has come to the front: its locks, lights and mode are those that
 * count. Context: any but NMI, no spin lock held. */
void input_set_front(unsigned console);

/* Modifiers that are down: bits 1 << KG_*. Context: as input_set_front(). */
unsigned input_modifiers(void);

/* ScrollLock's light of a console: its output is held back, or goes on. Context: as input_set_front(). */
void input_set_held(unsigned console, bool is_held);

/* The console's terminal was reset: its locks are released. Context: as input_set_front(). */
void input_reset_console(unsigned console);

/* A key went down or up; repeats of a key that is held down are the input layer's own (and a device's, if it
 * repeats by itself, are ignored). `interrupted`: what the device's interrupt interrupted, NULL: nothing.
 * Context: interrupts or thread, not NMI; no spin lock held.  Sleeps: no. */
void input_report_key(unsigned code, bool is_down, const struct trap_frame *interrupted);

/* All keys are up: the device has lost track, or is gone. Context: as input_report_key(). */
void input_release_all(void);

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

/* Have set_leds() called of all keyboards, though nothing has changed: one of them was plugged in again.
 * Context: as input_set_front(). */
void input_refresh_leds(void);

/* A console's ioctl() of a keyboard: ioctl_console(2), the requests of abi/keyboard.h.
 * Errors: -ENOTTY (no such request), -EPERM, -EINVAL, -EFAULT, -ENOMEM.
 * Context: system call.  Sleeps: yes. */
enum input_rights {
    INPUT_RIGHTS_READ,      /* neither of these: */
    INPUT_RIGHTS_OWN,       /* the console is the caller's controlling terminal */
    INPUT_RIGHTS_SUPERUSER, /* who may change the keymap, which is everybody's */
};
int64_t input_ioctl(unsigned console, unsigned request, uint64_t argument, enum input_rights rights);

/* Set up; keys that come earlier are lost. Errors: -ENOMEM (no thread for the lights).
 * Context: boot, after sched_setup(). */
int input_setup(void);

#endif
