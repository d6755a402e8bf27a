/* A terminal's life, and what can be asked of it. */
#include "terminal/terminal.h"

#include "lib/string.h"
#include "terminal/terminal_internal.h"

static size_t round_up(size_t size)
{
    return (size + 15) & ~(size_t)15;
}

/* The parts of a terminal's memory, in this order: the structure, both tables of rows, the two arrays of
 * bytes, both grids. */
struct terminal_layout {
    size_t lines, changed, tabs, cells, size;
};

static struct terminal_layout layout_of(unsigned columns, unsigned rows, unsigned screens)
{
    struct terminal_layout layout;

    layout.lines = round_up(sizeof(struct terminal));
    layout.changed = layout.lines + round_up(screens * rows * sizeof(terminal_cell_t *));
    layout.tabs = layout.changed + round_up(rows);
    layout.cells = layout.tabs + round_up(columns);
    layout.size = layout.cells + screens * (size_t)columns * rows * sizeof(terminal_cell_t);
    return layout;
}

size_t terminal_memory_size(unsigned columns, unsigned rows, unsigned screens)
{
    if (columns == 0 || columns > TERMINAL_SIDE_MAX || rows == 0 || rows > TERMINAL_SIDE_MAX)
        return 0;
    return layout_of(columns, rows, screens).size;
}

struct terminal *terminal_init(void *memory, unsigned columns, unsigned rows, unsigned screens,
                               const struct terminal_events *events)
{
    struct terminal_layout layout = layout_of(columns, rows, screens);
    struct terminal *terminal = memory;
    char *base = memory;

    memset(memory, 0, layout.cells);
    terminal->events = events;
    terminal->columns = columns;
    terminal->rows = rows;
    terminal->main_lines = (terminal_cell_t **)(base + layout.lines);
    terminal->alternate_lines = terminal->main_lines + (screens - 1) * rows;
    terminal->changed = (uint8_t *)base + layout.changed;
    terminal->tabs = (uint8_t *)base + layout.tabs;
    for (unsigned row = 0; row < screens * rows; row++)
        terminal->main_lines[row] = (terminal_cell_t *)(base + layout.cells) + (size_t)row * columns;
    history_init(&terminal->history);
    terminal_reset(terminal);
    return terminal;
}

void terminal_reset(struct terminal *terminal)
{
    mode_reset_soft(terminal);
    terminal->key_modes = (struct terminal_key_modes){.auto_repeat = true};
    terminal->is_reversed = false;
    terminal->is_utf8 = true;
    terminal->state = STATE_GROUND;
    terminal->decoder = terminal->print_decoder = (struct utf8_decoder){0};
    terminal->last_character = 0;
    terminal->alternate_saved = terminal->saved;
    for (unsigned column = 0; column < terminal->columns; column++)
        terminal->tabs[column] = column % TERMINAL_TAB == 0;
    terminal->lines = terminal->alternate_lines;
    grid_fill(terminal, ' ');
    terminal->lines = terminal->main_lines;
    grid_fill(terminal, ' ');
    terminal_move(terminal, 0, 0);
    palette_reset(terminal);
    view_to_screen(terminal);
}

void terminal_take_over(struct terminal *terminal)
{
    terminal->lines = terminal->main_lines;
    terminal->margin_top = 0;
    terminal->margin_bottom = terminal->rows;
    terminal->view_back = 0;
    terminal_touch(terminal);
}

unsigned terminal_columns(const struct terminal *terminal)
{
    return terminal->columns;
}

unsigned terminal_rows(const struct terminal *terminal)
{
    return terminal->rows;
}

struct terminal_key_modes terminal_get_key_modes(const struct terminal *terminal)
{
    return terminal->key_modes;
}

const uint32_t *terminal_palette(const struct terminal *terminal)
{
    return terminal->palette;
}

bool terminal_take_palette_change(struct terminal *terminal)
{
    bool has_changed = terminal->palette_has_changed;

    terminal->palette_has_changed = false;
    return has_changed;
}

bool terminal_wants_page(const struct terminal *terminal)
{
    return history_wants_page(&terminal->history);
}

void terminal_give_page(struct terminal *terminal, void *page)
{
    history_give_page(&terminal->history, page);
}

void *terminal_take_page(struct terminal *terminal)
{
    view_to_screen(terminal);
    return history_take_page(&terminal->history);
}

unsigned terminal_history_lines(const struct terminal *terminal)
{
    return terminal->history.line_count;
}
