/* A terminal in memory of its own size, so that AddressSanitizer sees a store beyond it; what it answers is
 * kept, and its grid is read back as text. */
#ifndef LINTEL_TESTS_TERMINAL_FIXTURE_H
#define LINTEL_TESTS_TERMINAL_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "terminal/terminal.h"

extern struct terminal *terminal;
extern char replies[4096];
extern char title[256];
extern unsigned bells, reset_count;

/* `pages`: for history. */
void terminal_open(unsigned columns, unsigned rows, unsigned pages);
void terminal_close(void);

void say(const char *text);                       /* a C string */
void say_bytes(const void *bytes, size_t length); /* and nothing else */

/* The cell of the view. */
terminal_cell_t cell_at(unsigned row, unsigned column);

/* Rows of the view joined by '|', without blanks at the ends of rows and rows at the end. ASCII as it is, the
 * left half of a wide character as 'W', its right half as 'w', others as UTF-8. Static. */
const char *screen_text(void);

/* Abort unless the emulator's invariants hold. */
void terminal_check(void);

#endif
