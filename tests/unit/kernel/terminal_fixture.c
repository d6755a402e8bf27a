#include "terminal_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "terminal/terminal_internal.h"

struct terminal *terminal;
char replies[4096];
char title[256];
unsigned bells, reset_count;

static void take_reply(void *argument, const char *bytes, size_t length)
{
    (void)argument;
    if (strlen(replies) + length < sizeof(replies))
        strncat(replies, bytes, length);
}

static void take_bell(void *argument)
{
    (void)argument;
    bells++;
}

static void take_reset(void *argument)
{
    (void)argument;
    reset_count++;
}

static void take_title(void *argument, const char *text, size_t length)
{
    (void)argument;
    memcpy(title, text, length);
    title[length] = '\0';
}

static const struct terminal_events events = {
    .reply = take_reply, .bell = take_bell, .reset = take_reset, .set_title = take_title};

void terminal_open(unsigned columns, unsigned rows, unsigned pages)
{
    size_t size = terminal_memory_size(columns, rows, 2);
    void *memory = aligned_alloc(16, (size + 15) / 16 * 16);

    memset(memory, 0xa5, size);
    replies[0] = title[0] = '\0';
    bells = reset_count = 0;
    terminal = terminal_init(memory, columns, rows, 2, &events);
    for (; pages > 0 && terminal_wants_page(terminal); pages--)
        terminal_give_page(terminal, malloc(TERMINAL_PAGE_SIZE));
}

void terminal_close(void)
{
    void *page;

    while ((page = terminal_take_page(terminal)) != NULL)
        free(page);
    free(terminal);
}

void say_bytes(const void *bytes, size_t length)
{
    char *copy = malloc(length); /* ends where it ends */

    if (length > 0)
        memcpy(copy, bytes, length);
    terminal_write(terminal, copy, length);
    free(copy);
}

void say(const char *text)
{
    say_bytes(text, strlen(text));
}

static const terminal_cell_t *take_row(unsigned row)
{
    static terminal_cell_t *cells;

    free(cells);
    cells = malloc(terminal_columns(terminal) * sizeof(cells[0]));
    (void)terminal_next_changed_row(terminal, 0); /* the cursor is followed */
    terminal_take_row(terminal, row, cells);
    return cells;
}

terminal_cell_t cell_at(unsigned row, unsigned column)
{
    return take_row(row)[column];
}

static char *put_utf8(char *at, uint32_t code_point)
{
    if (code_point < 0x80) {
        *at++ = (char)code_point;
    } else if (code_point < 0x800) {
        *at++ = (char)(0xc0 | code_point >> 6);
        *at++ = (char)(0x80 | (code_point & 63));
    } else {
        *at++ = (char)(0xe0 | code_point >> 12);
        *at++ = (char)(0x80 | (code_point >> 6 & 63));
        *at++ = (char)(0x80 | (code_point & 63));
    }
    return at;
}

const char *screen_text(void)
{
    static char text[65536];
    char *at = text, *end = text;

    for (unsigned row = 0; row < terminal_rows(terminal); row++) {
        const terminal_cell_t *cells = take_row(row);
        for (unsigned column = 0; column < terminal_columns(terminal); column++) {
            terminal_cell_t cell = cells[column];
            at = put_utf8(at, cell & CELL_WIDE_LEFT    ? 'W'
                              : cell & CELL_WIDE_RIGHT ? 'w'
                                                       : cell_code_point(cell));
            if (cell_code_point(cell) != ' ')
                end = at;
        }
        while (at > text && at[-1] == ' ')
            at--;
        *at++ = '|';
    }
    *end = '\0';
    return text;
}

static void check(int condition)
{
    if (!condition)
        abort();
}

static void check_grid(terminal_cell_t **lines)
{
    const terminal_cell_t *first = terminal->main_lines[0];

    for (unsigned row = 0; row < 2 * terminal->rows; row++) {
        if (terminal->main_lines[row] < first)
            first = terminal->main_lines[row];
    }
    for (unsigned row = 0; row < terminal->rows; row++) {
        check((size_t)(lines[row] - first) % terminal->columns == 0);
        check((size_t)(lines[row] - first) / terminal->columns < 2 * terminal->rows);
        for (unsigned other = 0; other < row; other++)
            check(lines[other] != lines[row]);
        for (unsigned column = 0; column < terminal->columns; column++) {
            terminal_cell_t cell = lines[row][column];
            int has_right = column + 1 < terminal->columns && (lines[row][column + 1] & CELL_WIDE_RIGHT) != 0;
            check((cell & CELL_CURSOR_MASK) == 0);
            check(((cell & CELL_WIDE_LEFT) != 0) == has_right);
            check((cell & CELL_WIDE) != CELL_WIDE && (column > 0 || (cell & CELL_WIDE_RIGHT) == 0));
            check(cell_code_point(cell) >= ' ' && cell_code_point(cell) <= 0x10ffff);
            check(cell_foreground(cell) < CELL_PALETTE_SIZE || cell_foreground(cell) >= CELL_COLOR_DIRECT);
            check(cell_background(cell) < CELL_PALETTE_SIZE || cell_background(cell) >= CELL_COLOR_DIRECT);
        }
    }
}

void terminal_check(void)
{
    struct terminal_cursor cursor = terminal_get_cursor(terminal);

    check(terminal->cursor_row < terminal->rows && terminal->cursor_column < terminal->columns);
    check(cursor.row < terminal->rows && cursor.column < terminal->columns);
    check(terminal->margin_top < terminal->margin_bottom && terminal->margin_bottom <= terminal->rows);
    check(terminal->parameter_count <= TERMINAL_PARAMETERS_MAX);
    check(terminal->charset < TERMINAL_CHARSETS && terminal->single_charset <= TERMINAL_CHARSETS);
    check(terminal->view_back <= terminal->history.line_count);
    check_grid(terminal->main_lines);
    check_grid(terminal->alternate_lines);
}
