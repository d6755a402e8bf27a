/* From keys to what they do: characters, strings, actions. The state of modifiers, locks and dead keys.
 *
 * What a console is typed goes out at once, through a function; the rest, which may need locks that cannot be
 * taken here, is returned for the caller to do: at most one action a key.
 *
 * Context of all: any.  Holds: the keyboard's lock (input_internal.h).  Sleeps: no. */
#ifndef LINTEL_INPUT_KEY_TRANSLATE_H
#define LINTEL_INPUT_KEY_TRANSLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/keyboard.h"
#include "terminal/terminal.h"

#define KEY_CODES 256

/* What each console has of its own. */
struct key_console {
    uint8_t mode;           /* K_XLATE, ... */
    uint8_t meta;           /* K_METABIT or K_ESCPREFIX */
    uint8_t locked;         /* modifiers that are inverted: keysyms of type KT_LOCK */
    uint8_t sticky;         /* those that hold for the next key: KT_SLOCK */
    uint8_t locks;          /* LED_SCR, LED_NUM, LED_CAP: what the locks do */
    uint8_t default_locks;  /* after a reset */
    uint8_t lights;         /* if is_lit_by_program */
    bool is_lit_by_program; /* the lights do not show the locks: KDSETLED */
};

enum key_change { KEY_RELEASED, KEY_PRESSED, KEY_REPEATED };

enum key_action_kind {
    KEY_ACTION_NONE,
    KEY_ACTION_SWITCH,          /* value: the console's number, from 1 */
    KEY_ACTION_SWITCH_LAST,     /* the one in front before */
    KEY_ACTION_SWITCH_PREVIOUS, /* the one before in number */
    KEY_ACTION_SWITCH_NEXT,
    KEY_ACTION_SCROLL_BACK,
    KEY_ACTION_SCROLL_FORWARD,
    KEY_ACTION_HOLD,
    KEY_ACTION_BREAK,
    KEY_ACTION_CTRL_ALT_DEL,
    KEY_ACTION_SIGNAL, /* KeyboardSignal: to the process that has asked for it */
    KEY_ACTION_SYSRQ,  /* value: the character, 0: none that there is */
};

struct key_action {
    enum key_action_kind kind;
    unsigned value;
};

/* The state; one for all keyboards. */
struct key_state {
    void (*type)(const char *bytes, size_t length);
    struct terminal_key_modes modes;  /* of the console in front, at this key */
    struct key_console *console;      /* the one in front */
    uint32_t down[KEY_CODES / 32];    /* keys */
    uint8_t modifiers_down[NR_SHIFT]; /* how many keys of each modifier */
    uint16_t modifiers;               /* 1 << KG_* of those */
    uint32_t accent;                  /* a dead key was typed: its character; 0: none */
    bool is_composing;                /* Compose was typed: the next key is like a dead one */
    bool is_sysrq;                    /* Alt and SysRq are held: keys ask the kernel */
    bool has_number;                  /* a character is typed by its number on the keypad: */
    uint32_t number;
};

/* No key is down. type must be set before a key is taken. */
void key_state_init(struct key_state *state);
void key_console_init(struct key_console *console);

/* A key changes. *console is that in front, *modes are its terminal's. `code` is below KEY_CODES. */
struct key_action key_translate(struct key_state *state, struct key_console *console,
                                struct terminal_key_modes modes, unsigned code, enum key_change change);

bool key_is_down(const struct key_state *state, unsigned code);

/* Count modifiers anew, from the keys that are down: the keymap has changed. */
void key_count_modifiers(struct key_state *state);

/* What the lights show: LED_*. */
unsigned key_lights(const struct key_console *console);

#endif
