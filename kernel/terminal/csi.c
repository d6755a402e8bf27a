/* CSI sequences: movements, edits, reports. */
#include "terminal/terminal_internal.h"

static unsigned first_or_one(const struct terminal *terminal)
{
    return csi_parameter(terminal, 0, 1);
}

/* Up and down stop at the margin, unless the cursor was beyond it already. */
static void move_up(struct terminal *terminal, unsigned count)
{
    unsigned row = terminal->cursor_row, stop = row >= terminal->margin_top ? terminal->margin_top : 0;

    terminal_move(terminal, row - stop > count ? row - count : stop, terminal->cursor_column);
}

static void move_down(struct terminal *terminal, unsigned count)
{
    unsigned row = terminal->cursor_row,
             last = (row < terminal->margin_bottom ? terminal->margin_bottom : terminal->rows) - 1;

    terminal_move(terminal, last - row > count ? row + count : last, terminal->cursor_column);
}

static void move_back(struct terminal *terminal, unsigned count)
{
    unsigned column = terminal->cursor_column;

    terminal_move(terminal, terminal->cursor_row, column > count ? column - count : 0);
}

static void move_forward(struct terminal *terminal, unsigned count)
{
    terminal_move(terminal, terminal->cursor_row, terminal->cursor_column + count);
}

/* Row `row` from 0, of the margins' if DECOM is set; the column stays. */
static void move_to_row(struct terminal *terminal, unsigned row)
{
    terminal_move_in_origin(terminal, row, terminal->cursor_column);
}

static void move_to_tab(struct terminal *terminal, unsigned count, int step)
{
    unsigned column = terminal->cursor_column, end = step > 0 ? terminal->columns - 1 : 0;

    for (; count > 0 && column != end; count--) {
        do
            column = step > 0 ? column + 1 : column - 1;
        while (column != end && !terminal->tabs[column]);
    }
    terminal_move(terminal, terminal->cursor_row, column);
}

static void clear_tabs(struct terminal *terminal)
{
    unsigned which = csi_parameter(terminal, 0, 0);

    if (which == 0)
        terminal->tabs[terminal->cursor_column] = 0;
    for (unsigned column = 0; which == 3 && column < terminal->columns; column++)
        terminal->tabs[column] = 0;
}

static void erase_in_display(struct terminal *terminal)
{
    unsigned row = terminal->cursor_row, column = terminal->cursor_column;

    switch (csi_parameter(terminal, 0, 0)) {
    case 0:
        grid_erase(terminal, row, column, terminal->columns);
        grid_erase_rows(terminal, row + 1, terminal->rows);
        break;
    case 1:
        grid_erase_rows(terminal, 0, row);
        grid_erase(terminal, row, 0, column + 1);
        break;
    case 3: /* what has scrolled off, too */
        history_clear(&terminal->history);
        grid_erase_rows(terminal, 0, terminal->rows);
        break;
    case 2:
        grid_erase_rows(terminal, 0, terminal->rows);
        break;
    default:
        return;
    }
    terminal->wrap_pending = false;
}

static void erase_in_line(struct terminal *terminal)
{
    unsigned row = terminal->cursor_row, column = terminal->cursor_column,
             which = csi_parameter(terminal, 0, 0);

    if (which <= 2)
        grid_erase(terminal, row, which == 0 ? column : 0, which == 1 ? column + 1 : terminal->columns);
    terminal->wrap_pending = false;
}

static void insert_or_delete_lines(struct terminal *terminal, bool inserts)
{
    unsigned row = terminal->cursor_row, count = first_or_one(terminal);

    if (row < terminal->margin_top || row >= terminal->margin_bottom)
        return;
    if (inserts)
        grid_scroll_down(terminal, row, terminal->margin_bottom, count);
    else
        grid_delete_rows(terminal, row, terminal->margin_bottom, count);
    terminal->wrap_pending = false;
}

/* At most a row: what programs draw so are lines. */
static void repeat(struct terminal *terminal)
{
    unsigned count = first_or_one(terminal);
    uint32_t character = terminal->last_character;

    for (unsigned i = 0; character != 0 && i < count && i < terminal->columns; i++)
        grid_put(terminal, character);
}

static void set_margins(struct terminal *terminal)
{
    unsigned top = first_or_one(terminal), bottom = csi_parameter(terminal, 1, terminal->rows);

    if (bottom > terminal->rows)
        bottom = terminal->rows;
    if (top >= bottom)
        return;
    terminal->margin_top = top - 1;
    terminal->margin_bottom = bottom;
    terminal_move_in_origin(terminal, 0, 0);
}

/* DSR. */
static void report(struct terminal *terminal)
{
    unsigned which = csi_parameter(terminal, 0, 0);
    unsigned row = terminal->cursor_row, top = terminal->is_origin_relative ? terminal->margin_top : 0;

    row -= row < top ? row : top;
    if (which == 5 && terminal->private_mark == 0)
        terminal_reply(terminal, "\033[0n");
    else if (which == 6 && terminal->private_mark == 0)
        terminal_reply(terminal, "\033[%u;%uR", row + 1, terminal->cursor_column + 1);
    else if (which == 6 && terminal->private_mark == '?')
        terminal_reply(terminal, "\033[?%u;%uR", row + 1, terminal->cursor_column + 1);
}

static void set_cursor_style(struct terminal *terminal)
{
    static const uint8_t shapes[] = {CELL_CURSOR_BLOCK,     CELL_CURSOR_BLOCK,     CELL_CURSOR_BLOCK,
                                     CELL_CURSOR_UNDERLINE, CELL_CURSOR_UNDERLINE, CELL_CURSOR_BAR,
                                     CELL_CURSOR_BAR};
    unsigned style = csi_parameter(terminal, 0, 0);

    if (style < sizeof(shapes))
        terminal->cursor_shape = (enum cell_cursor)shapes[style];
}

/* CSI ? N c, Linux's: 0 is the default, 1 none, 2 an underline, and so on up to a block. */
static void set_cursor_size(struct terminal *terminal)
{
    unsigned size = csi_parameter(terminal, 0, 0) & 15;

    terminal->cursor_shape = size == 1                ? CELL_CURSOR_NONE
                             : size >= 2 && size <= 5 ? CELL_CURSOR_UNDERLINE
                                                      : CELL_CURSOR_BLOCK;
}

static void window(struct terminal *terminal)
{
    if (csi_parameter(terminal, 0, 0) == 18)
        terminal_reply(terminal, "\033[8;%u;%ut", terminal->rows, terminal->columns);
}

/* Those with one of < = > ?. */
static void dispatch_private(struct terminal *terminal, uint8_t final)
{
    bool is_question = terminal->private_mark == '?';

    if (is_question && (final == 'h' || final == 'l'))
        mode_change(terminal, final == 'h');
    else if (is_question && final == 'c')
        set_cursor_size(terminal);
    else if (is_question && final == 'n')
        report(terminal);
    else if (is_question && final == 'J')
        erase_in_display(terminal); /* nothing is protected */
    else if (is_question && final == 'K')
        erase_in_line(terminal);
}

static void dispatch_intermediate(struct terminal *terminal, uint8_t final)
{
    if (terminal->intermediate == ' ' && final == 'q')
        set_cursor_style(terminal);
    else if (terminal->intermediate == '!' && final == 'p')
        mode_reset_soft(terminal);
}

static void dispatch_movement(struct terminal *terminal, uint8_t final)
{
    unsigned count = first_or_one(terminal);

    switch (final) {
    case 'A':
        move_up(terminal, count);
        break;
    case 'B':
    case 'e':
        move_down(terminal, count);
        break;
    case 'C':
    case 'a':
        move_forward(terminal, count);
        break;
    case 'D':
        move_back(terminal, count);
        break;
    case 'E':
        move_down(terminal, count);
        terminal->cursor_column = 0;
        break;
    case 'F':
        move_up(terminal, count);
        terminal->cursor_column = 0;
        break;
    case 'G':
    case '`':
        terminal_move(terminal, terminal->cursor_row, count - 1);
        break;
    case 'H':
    case 'f':
        terminal_move_in_origin(terminal, count - 1, csi_parameter(terminal, 1, 1) - 1);
        break;
    case 'I':
        move_to_tab(terminal, count, 1);
        break;
    case 'Z':
        move_to_tab(terminal, count, -1);
        break;
    case 'd':
        move_to_row(terminal, count - 1);
        break;
    default:
        break;
    }
}

static void dispatch_edit(struct terminal *terminal, uint8_t final)
{
    unsigned count = first_or_one(terminal);

    switch (final) {
    case '@':
        grid_insert_cells(terminal, count);
        terminal->wrap_pending = false;
        break;
    case 'J':
        erase_in_display(terminal);
        break;
    case 'K':
        erase_in_line(terminal);
        break;
    case 'L':
    case 'M':
        insert_or_delete_lines(terminal, final == 'L');
        break;
    case 'P':
        grid_delete_cells(terminal, count);
        terminal->wrap_pending = false;
        break;
    case 'S':
        grid_scroll_up(terminal, terminal->margin_top, terminal->margin_bottom, count);
        break;
    case 'T':
        if (terminal->parameter_count <= 1) /* five are mouse tracking */
            grid_scroll_down(terminal, terminal->margin_top, terminal->margin_bottom, count);
        break;
    case 'X':
        grid_erase(terminal, terminal->cursor_row, terminal->cursor_column, terminal->cursor_column + count);
        terminal->wrap_pending = false;
        break;
    case 'b':
        repeat(terminal);
        break;
    default:
        break;
    }
}

static void dispatch_other(struct terminal *terminal, uint8_t final)
{
    switch (final) {
    case 'c':
        if (csi_parameter(terminal, 0, 0) == 0)
            terminal_reply(terminal, "\033[?6c");
        break;
    case 'g':
        clear_tabs(terminal);
        break;
    case 'h':
    case 'l':
        mode_change(terminal, final == 'h');
        break;
    case 'm':
        rendition_change(terminal);
        break;
    case 'n':
        report(terminal);
        break;
    case 'r':
        set_margins(terminal);
        break;
    case 's':
        terminal_save_cursor(terminal);
        break;
    case 't':
        window(terminal);
        break;
    case 'u':
        terminal_restore_cursor(terminal);
        break;
    default:
        break;
    }
}

void csi_dispatch(struct terminal *terminal, uint8_t final)
{
    if (terminal->intermediate != 0) {
        if (terminal->private_mark == 0)
            dispatch_intermediate(terminal, final);
    } else if (terminal->private_mark != 0) {
        dispatch_private(terminal, final);
    } else if (final == '@' || final == 'b' || (final >= 'J' && final <= 'X')) {
        dispatch_edit(terminal, final);
    } else if ((final >= 'A' && final <= 'I') || final == 'Z' || final == '`' || final == 'a' ||
               final == 'd' || final == 'e' || final == 'f') {
        dispatch_movement(terminal, final);
    } else {
        dispatch_other(terminal, final);
    }
}
