/* Changes of the grid. A row is reached by a table of pointers, so that scrolling, inserting and deleting
 * rows move pointers, not cells. A character of two cells is never left as one half: whoever changes cells
 * from some column on first splits what lies across that border. */
#include "lib/string.h"
#include "terminal/character_width.h"
#include "terminal/composition.h"
#include "terminal/terminal_internal.h"

/* If a wide character lies across the left border of `column`, make two blanks of it. */
static void split_at(struct terminal *terminal, unsigned row, unsigned column)
{
    terminal_cell_t *cells = terminal->lines[row];

    if (column == 0 || column >= terminal->columns || (cells[column] & CELL_WIDE_RIGHT) == 0)
        return;
    cells[column - 1] = (cells[column - 1] & ~(CELL_CODE_POINT_MASK | CELL_WIDE)) | ' ';
    cells[column] = (cells[column] & ~(CELL_CODE_POINT_MASK | CELL_WIDE)) | ' ';
}

static void fill_cells(terminal_cell_t *cells, size_t count, terminal_cell_t cell)
{
    for (size_t i = 0; i < count; i++)
        cells[i] = cell;
}

void grid_erase(struct terminal *terminal, unsigned row, unsigned first, unsigned end)
{
    if (end > terminal->columns)
        end = terminal->columns;
    if (first >= end)
        return;
    split_at(terminal, row, first);
    split_at(terminal, row, end);
    fill_cells(terminal->lines[row] + first, end - first, terminal->blank);
    terminal_row_changed(terminal, row);
}

void grid_erase_rows(struct terminal *terminal, unsigned first, unsigned end)
{
    for (unsigned row = first; row < end && row < terminal->rows; row++)
        grid_erase(terminal, row, 0, terminal->columns);
}

void grid_fill(struct terminal *terminal, uint32_t code_point)
{
    for (unsigned row = 0; row < terminal->rows; row++) {
        fill_cells(terminal->lines[row], terminal->columns, code_point | CELL_COLORS_DEFAULT);
        terminal_row_changed(terminal, row);
    }
}

/* Turn the rows top .. bottom - 1 so that row top + count comes to the top. */
static void rotate_rows(struct terminal *terminal, unsigned top, unsigned bottom, unsigned count)
{
    terminal_cell_t **lines = terminal->lines;

    if (count == 1) {
        terminal_cell_t *first = lines[top];
        memmove(&lines[top], &lines[top + 1], (bottom - top - 1) * sizeof(lines[0]));
        lines[bottom - 1] = first;
        return;
    }
    /* Reversing both parts, then the whole, needs no memory. */
    const struct {
        unsigned first, end;
    } parts[] = {{top, top + count}, {top + count, bottom}, {top, bottom}};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        for (unsigned a = parts[i].first, b = parts[i].end; a + 1 < b; a++) {
            terminal_cell_t *line = lines[a];
            lines[a] = lines[--b];
            lines[b] = line;
        }
    }
}

void grid_scroll_up(struct terminal *terminal, unsigned top, unsigned bottom, unsigned count)
{
    if (count > bottom - top)
        count = bottom - top;
    if (top == 0 && !terminal_is_alternate(terminal)) {
        for (unsigned row = 0; row < count; row++)
            history_add(&terminal->history, terminal->lines[row], terminal->columns);
    }
    grid_delete_rows(terminal, top, bottom, count);
}

void grid_delete_rows(struct terminal *terminal, unsigned top, unsigned bottom, unsigned count)
{
    if (count > bottom - top)
        count = bottom - top;
    if (count < bottom - top)
        rotate_rows(terminal, top, bottom, count);
    for (unsigned row = bottom - count; row < bottom; row++)
        fill_cells(terminal->lines[row], terminal->columns, terminal->blank);
    memset(terminal->changed + top, 1, bottom - top);
}

void grid_scroll_down(struct terminal *terminal, unsigned top, unsigned bottom, unsigned count)
{
    if (count > bottom - top)
        count = bottom - top;
    if (count < bottom - top)
        rotate_rows(terminal, top, bottom, bottom - top - count);
    for (unsigned row = top; row < top + count; row++)
        fill_cells(terminal->lines[row], terminal->columns, terminal->blank);
    memset(terminal->changed + top, 1, bottom - top);
}

void grid_index(struct terminal *terminal)
{
    if (terminal->cursor_row + 1 == terminal->margin_bottom)
        grid_scroll_up(terminal, terminal->margin_top, terminal->margin_bottom, 1);
    else if (terminal->cursor_row + 1 < terminal->rows)
        terminal->cursor_row++;
    terminal->wrap_pending = false;
}

void grid_reverse_index(struct terminal *terminal)
{
    if (terminal->cursor_row == terminal->margin_top)
        grid_scroll_down(terminal, terminal->margin_top, terminal->margin_bottom, 1);
    else if (terminal->cursor_row > 0)
        terminal->cursor_row--;
    terminal->wrap_pending = false;
}

void grid_insert_cells(struct terminal *terminal, unsigned count)
{
    unsigned row = terminal->cursor_row, column = terminal->cursor_column, end = terminal->columns;
    terminal_cell_t *cells = terminal->lines[row];

    if (count > end - column)
        count = end - column;
    split_at(terminal, row, column);
    split_at(terminal, row, end - count);
    memmove(cells + column + count, cells + column, (end - column - count) * sizeof(cells[0]));
    fill_cells(cells + column, count, terminal->blank);
    terminal_row_changed(terminal, row);
}

void grid_delete_cells(struct terminal *terminal, unsigned count)
{
    unsigned row = terminal->cursor_row, column = terminal->cursor_column, end = terminal->columns;
    terminal_cell_t *cells = terminal->lines[row];

    if (count > end - column)
        count = end - column;
    split_at(terminal, row, column);
    split_at(terminal, row, column + count);
    memmove(cells + column, cells + column + count, (end - column - count) * sizeof(cells[0]));
    fill_cells(cells + end - count, count, terminal->blank);
    terminal_row_changed(terminal, row);
}

/* Where a character of `width` cells goes: it may need the next row. */
static void make_room(struct terminal *terminal, unsigned width)
{
    bool fits = terminal->cursor_column + width <= terminal->columns;

    if (terminal->wraps && (terminal->wrap_pending || !fits)) {
        terminal->cursor_column = 0;
        grid_index(terminal);
    } else if (!fits) {
        terminal->cursor_column = terminal->columns - width;
    }
    if (terminal->inserts)
        grid_insert_cells(terminal, width);
}

static void advance(struct terminal *terminal, unsigned width)
{
    terminal->cursor_column += width;
    terminal->wrap_pending = terminal->cursor_column >= terminal->columns;
    if (terminal->wrap_pending)
        terminal->cursor_column = terminal->columns - 1;
}

/* A mark belongs to the character before the cursor: they become one if Unicode has that, else it is dropped.
 */
static void combine(struct terminal *terminal, uint32_t mark)
{
    const unsigned row = terminal->cursor_row, behind = terminal->cursor_column + terminal->wrap_pending;

    if (behind == 0)
        return;
    terminal_cell_t *cell = &terminal->lines[row][behind - 1];
    const uint32_t composed = composition_find(*cell & CELL_CODE_POINT_MASK, mark);
    if (composed == 0)
        return;
    *cell = (*cell & ~(terminal_cell_t)CELL_CODE_POINT_MASK) | composed;
    terminal_row_changed(terminal, row);
    terminal->last_character = composed;
}

void grid_put(struct terminal *terminal, uint32_t code_point)
{
    unsigned width = character_width(code_point);

    if (width == 0) {
        combine(terminal, code_point);
        return;
    }
    if (width > terminal->columns) {
        width = 1;
        code_point = UTF8_REPLACEMENT;
    }
    make_room(terminal, width);

    unsigned row = terminal->cursor_row, column = terminal->cursor_column;
    split_at(terminal, row, column);
    split_at(terminal, row, column + width);
    terminal_cell_t *cells = terminal->lines[row] + column, cell = code_point | terminal->rendition;
    cells[0] = width == 1 ? cell : cell | CELL_WIDE_LEFT;
    if (width == 2)
        cells[1] = cell | CELL_WIDE_RIGHT;
    terminal_row_changed(terminal, row);
    terminal->last_character = code_point;
    advance(terminal, width);
}

void grid_put_run(struct terminal *terminal, const char *bytes, size_t length)
{
    unsigned row = terminal->cursor_row, column = terminal->cursor_column;
    terminal_cell_t *cells = terminal->lines[row] + column, rendition = terminal->rendition;

    split_at(terminal, row, column);
    split_at(terminal, row, column + (unsigned)length);
    for (size_t i = 0; i < length; i++)
        cells[i] = (uint8_t)bytes[i] | rendition;
    terminal_row_changed(terminal, row);
    terminal->last_character = (uint8_t)bytes[length - 1];
    advance(terminal, (unsigned)length);
}
