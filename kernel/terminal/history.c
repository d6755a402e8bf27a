#include "terminal/history.h"

_Static_assert(sizeof(struct history_page) == 4096, "a page of memory");

void history_init(struct terminal_history *history)
{
    history->first = history->used_count = history->spare_count = history->line_count = 0;
}

/* The page that is `index` pages behind the oldest one. */
static struct history_page *page_at(const struct terminal_history *history, unsigned index)
{
    return history->pages[(history->first + index) % HISTORY_PAGES_MAX];
}

static struct history_page *take_oldest(struct terminal_history *history)
{
    struct history_page *page = page_at(history, 0);

    history->first = (history->first + 1) % HISTORY_PAGES_MAX;
    history->used_count--;
    history->line_count -= (unsigned)page->line_count;
    return page;
}

bool history_wants_page(const struct terminal_history *history)
{
    return history->spare_count < HISTORY_SPARE_PAGES &&
           history->used_count + history->spare_count < HISTORY_PAGES_MAX &&
           history->line_count < HISTORY_LINES_WANTED;
}

void history_give_page(struct terminal_history *history, struct history_page *page)
{
    history->spare[history->spare_count++] = page;
}

struct history_page *history_take_page(struct terminal_history *history)
{
    if (history->spare_count > 0)
        return history->spare[--history->spare_count];
    return history->used_count > 0 ? take_oldest(history) : NULL;
}

void history_clear(struct terminal_history *history)
{
    for (unsigned i = 0; i < history->used_count; i++)
        page_at(history, i)->used = page_at(history, i)->line_count = 0;
    history->line_count = 0;
}

/* Whether there are lines enough without those of the oldest page. */
static bool oldest_is_superfluous(const struct terminal_history *history)
{
    return history->used_count > 0 &&
           history->line_count - page_at(history, 0)->line_count >= HISTORY_LINES_WANTED;
}

/* A page for new lines, behind the newest one. NULL: there is no memory. */
static struct history_page *begin_page(struct terminal_history *history)
{
    struct history_page *page;

    if (history->spare_count > 0 && !oldest_is_superfluous(history))
        page = history->spare[--history->spare_count];
    else if (history->used_count > 0)
        page = take_oldest(history);
    else
        return NULL;
    page->used = page->line_count = 0;
    history->pages[(history->first + history->used_count++) % HISTORY_PAGES_MAX] = page;
    return page;
}

void history_add(struct terminal_history *history, const terminal_cell_t *cells, size_t columns)
{
    size_t length = columns < HISTORY_COLUMNS_MAX ? columns : HISTORY_COLUMNS_MAX;
    struct history_page *page =
        history->used_count > 0 ? page_at(history, history->used_count - 1) : begin_page(history);

    while (length > 0 && cells[length - 1] == CELL_BLANK)
        length--;
    if (page != NULL && page->used + 1 + length > HISTORY_PAGE_CELLS)
        page = begin_page(history);
    if (page == NULL)
        return;
    page->cells[page->used++] = length;
    for (size_t i = 0; i < length; i++)
        page->cells[page->used++] = cells[i];
    page->line_count++;
    history->line_count++;
}

/* The cells of a line, and how many. */
static const terminal_cell_t *find_line(const struct terminal_history *history, unsigned back,
                                        size_t *ret_length)
{
    unsigned index = history->used_count - 1;

    while (back > page_at(history, index)->line_count)
        back -= (unsigned)page_at(history, index--)->line_count;
    const struct history_page *page = page_at(history, index);
    const terminal_cell_t *line = page->cells;
    for (uint64_t skipped = back; skipped < page->line_count; skipped++)
        line += 1 + *line;
    *ret_length = (size_t)*line;
    return line + 1;
}

void history_read(const struct terminal_history *history, unsigned back, terminal_cell_t *cells,
                  size_t columns)
{
    size_t length, i;
    const terminal_cell_t *line = find_line(history, back, &length);

    for (i = 0; i < length && i < columns; i++)
        cells[i] = line[i];
    for (; i < columns; i++)
        cells[i] = CELL_BLANK;
}
