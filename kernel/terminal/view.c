/* What is shown of a terminal: its screen, or rows of history above as much of the screen as there is room
 * for; and the cursor. */
#include "lib/string.h"
#include "terminal/terminal_internal.h"

void terminal_touch(struct terminal *terminal)
{
    memset(terminal->changed, 1, terminal->rows);
}

void view_to_screen(struct terminal *terminal)
{
    if (terminal->view_back == 0)
        return;
    terminal->view_back = 0;
    terminal_touch(terminal);
}

bool terminal_scroll_view(struct terminal *terminal, int rows)
{
    unsigned most = terminal_is_alternate(terminal) ? 0 : terminal->history.line_count,
             back = terminal->view_back;

    if (rows < 0)
        back = (unsigned)-rows < most - back ? back + (unsigned)-rows : most;
    else
        back = (unsigned)rows < back ? back - (unsigned)rows : 0;
    if (back == terminal->view_back)
        return false;
    terminal->view_back = back;
    terminal_touch(terminal);
    return true;
}

struct terminal_cursor terminal_get_cursor(const struct terminal *terminal)
{
    struct terminal_cursor cursor = {
        .row = terminal->cursor_row + terminal->view_back,
        .column = terminal->cursor_column,
        .shape = terminal->is_cursor_hidden ? CELL_CURSOR_NONE : terminal->cursor_shape,
    };

    if (cursor.row >= terminal->rows) { /* below the view */
        cursor.row = terminal->rows - 1;
        cursor.shape = CELL_CURSOR_NONE;
    }
    return cursor;
}

/* Rows where the cursor was and is shown change as it moves. */
static void follow_cursor(struct terminal *terminal)
{
    struct terminal_cursor now = terminal_get_cursor(terminal), *shown = &terminal->shown_cursor;

    if (now.row == shown->row && now.column == shown->column && now.shape == shown->shape)
        return;
    if (shown->shape != CELL_CURSOR_NONE)
        terminal->changed[shown->row] = 1;
    if (now.shape != CELL_CURSOR_NONE)
        terminal->changed[now.row] = 1;
    *shown = now;
}

unsigned terminal_next_changed_row(struct terminal *terminal, unsigned from)
{
    follow_cursor(terminal);
    while (from < terminal->rows && !terminal->changed[from])
        from++;
    return from;
}

void terminal_take_row(struct terminal *terminal, unsigned row, terminal_cell_t *cells)
{
    unsigned back = terminal->view_back, columns = terminal->columns;
    struct terminal_cursor cursor = terminal->shown_cursor;

    terminal->changed[row] = 0;
    if (row < back)
        history_read(&terminal->history, back - row, cells, columns);
    else
        memcpy(cells, terminal->lines[row - back], columns * sizeof(cells[0]));
    for (unsigned column = 0; terminal->is_reversed && column < columns; column++)
        cells[column] ^= CELL_REVERSE;
    if (cursor.row == row)
        cells[cursor.column] |= (terminal_cell_t)cursor.shape << CELL_CURSOR_SHIFT;
}
