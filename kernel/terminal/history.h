/* What has scrolled off a terminal's screen: lines without their trailing blanks, in pages. No line lies
 * across two pages; when there is no further page, the oldest one is used again and its lines are forgotten.
 */
#ifndef LINTEL_TERMINAL_HISTORY_H
#define LINTEL_TERMINAL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "terminal/cell.h"

#define HISTORY_LINES_WANTED 1000u /* with so many there is no need for more memory */
#define HISTORY_PAGES_MAX 256u
#define HISTORY_SPARE_PAGES 2u
#define HISTORY_PAGE_CELLS 510u
#define HISTORY_COLUMNS_MAX (HISTORY_PAGE_CELLS - 1) /* of longer lines this is kept */

struct history_page {
    uint64_t used; /* cells */
    uint64_t line_count;
    terminal_cell_t cells[HISTORY_PAGE_CELLS]; /* line by line: the length, then so many cells */
};

struct terminal_history {
    struct history_page *pages[HISTORY_PAGES_MAX]; /* a ring: `used_count` pages from `first` on */
    unsigned first, used_count;
    struct history_page *spare[HISTORY_SPARE_PAGES];
    unsigned spare_count;
    unsigned line_count;
};

void history_init(struct terminal_history *history);

/* Whether one more page should be at hand. Who gives one has asked. */
bool history_wants_page(const struct terminal_history *history);
void history_give_page(struct terminal_history *history, struct history_page *page);

/* Take a page back: lines of it are forgotten. NULL: there is none. */
struct history_page *history_take_page(struct terminal_history *history);

/* Forget all lines; the pages stay. */
void history_clear(struct terminal_history *history);

/* Add a line below the others. */
void history_add(struct terminal_history *history, const terminal_cell_t *cells, size_t columns);

/* Copy a line to `cells`, filled up with blanks, cut to `columns`. `back`: 1 for the newest, at most
 * line_count. */
void history_read(const struct terminal_history *history, unsigned back, terminal_cell_t *cells,
                  size_t columns);

#endif
