/* A terminal emulator: bytes of a program become a grid of cells, as the Linux console and xterm have it
 * (console_codes(4), ECMA-48, xterm's ctlseqs; docs/screen.md lists what it knows). Pure: it draws nothing,
 * knows no device, takes no lock, allocates nothing; the caller guards it and gives it memory. vt/ shows what
 * it holds.
 *
 * Terms:  a row counts from the top of the screen, a column from the left, both from 0. History is what has
 *         left the screen at its top. The view is what is shown: the screen, or further up in history.
 *
 * Context of all functions: any.  Holds: the caller's lock of this terminal.  Sleeps: no. */
#ifndef LINTEL_TERMINAL_TERMINAL_H
#define LINTEL_TERMINAL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "terminal/cell.h"

#define TERMINAL_SIDE_MAX 4096u /* columns, rows */

struct terminal;

/* What the emulator wants of the one who has it. NULL: nothing happens. Called with the caller's lock held.
 */
struct terminal_events {
    /* An answer to the program (cursor position, device attributes): to be typed at the terminal. */
    void (*reply)(void *argument, const char *bytes, size_t length);
    void (*bell)(void *argument);
    /* ESC c: the keyboard is to be as it was first, too. */
    void (*reset)(void *argument);
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

struct terminal_cursor {
    unsigned row, column;
    enum cell_cursor shape; /* CELL_CURSOR_NONE: not to be seen */
};

/* Bytes that a terminal of this size takes, grids of its `screens` included: 2, or 1 for one without an
 * alternate screen and without history. 0: no such size. */
size_t terminal_memory_size(unsigned columns, unsigned rows, unsigned screens);

/* Make a terminal in `memory`, 16-aligned, of terminal_memory_size() bytes and any content, which is its own
 * from then on; so is *events, NULL for none. The screen is blank, there is no history yet. */
struct terminal *terminal_init(void *memory, unsigned columns, unsigned rows, unsigned screens,
                               const struct terminal_events *events);

/* Take what a program writes, one chunk after the other as if they were one. */
void terminal_write(struct terminal *terminal, const char *bytes, size_t length);

/* Put text of somebody else's at the cursor: UTF-8 in that colour (an index), without any attribute; \n
 * begins a new line; there are no sequences, and what the program has written does not matter to it, nor the
 * other way. */
void terminal_print(struct terminal *terminal, uint32_t foreground, const char *text, size_t length);

/* Before text that must be seen: give up margins and the alternate screen, show the screen's end. */
void terminal_take_over(struct terminal *terminal);

/* As it was first, but for its history. */
void terminal_reset(struct terminal *terminal);

unsigned terminal_columns(const struct terminal *terminal);
unsigned terminal_rows(const struct terminal *terminal);
struct terminal_key_modes terminal_get_key_modes(const struct terminal *terminal);
struct terminal_cursor terminal_get_cursor(const struct terminal *terminal);

/* Move the view: back into history (`rows` < 0) or towards the screen. What is written next brings it to the
 * screen. Returns whether it has moved. */
bool terminal_scroll_view(struct terminal *terminal, int rows);

/* Row `from` or the next one below it whose view has changed since it was taken; terminal_rows() if none
 * has. */
unsigned terminal_next_changed_row(struct terminal *terminal, unsigned from);

/* Copy a row of the view as it is to be shown, with the cursor, to `cells`, terminal_columns() of them. It
 * counts as unchanged from now on. */
void terminal_take_row(struct terminal *terminal, unsigned row, terminal_cell_t *cells);

/* All rows of the view count as changed: something else was shown meanwhile. */
void terminal_touch(struct terminal *terminal);

/* CELL_PALETTE_SIZE colours 0xRRGGBB. terminal_take_palette_change(): whether one has changed since the last
 * call. The first 16 may be set from outside, too: to `colors`, or to what they were at first (NULL). */
const uint32_t *terminal_palette(const struct terminal *terminal);
bool terminal_take_palette_change(struct terminal *terminal);
void terminal_set_colors(struct terminal *terminal, const uint32_t colors[16]);

/* History needs memory: pages of TERMINAL_PAGE_SIZE bytes, which are given to it, and all taken back at the
 * end. As long as terminal_wants_page(), there is use for one more; without it the oldest lines are
 * forgotten. */
#define TERMINAL_PAGE_SIZE 4096u
bool terminal_wants_page(const struct terminal *terminal);
void terminal_give_page(struct terminal *terminal, void *page);
void *terminal_take_page(struct terminal *terminal); /* NULL: it has none; history is lost */

/* Lines in history. */
unsigned terminal_history_lines(const struct terminal *terminal);

#endif
