/* A terminal emulator: bytes of a program become a grid of cells, as the Linux console and xterm have it
 * (console_codes(4), ECMA-48, xterm's ctlseqs). Pure: it draws nothing, knows no device, takes no lock; the
 * caller guards it. vt/ shows what it holds.
 *
 * Context of all functions: any.  Holds: the caller's lock of this terminal.  Sleeps: no. */
#ifndef LINTEL_TERMINAL_TERMINAL_H
#define LINTEL_TERMINAL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct terminal;

/* What the emulator wants of the one who has it. NULL: nothing happens. */
struct terminal_events {
    /* An answer to the program (cursor position, device attributes): to be typed at the terminal. */
    void (*reply)(void *argument, const char *bytes, size_t length);
    void (*bell)(void *argument);
    void (*set_title)(void *argument, const char *title, size_t length);
    void *argument;
};

/* Modes that change what the keyboard sends. */
struct terminal_key_modes {
    bool cursor_keys_application; /* DECCKM: ESC O A, not ESC [ A */
    bool keypad_application;      /* DECKPAM */
    bool bracketed_paste;         /* 2004 */
    bool newline;                 /* LNM: Return sends CR LF */
    bool auto_repeat;             /* DECARM; true at first */
};

struct terminal_key_modes terminal_get_key_modes(const struct terminal *terminal);

#endif
