/* Control characters, ESC sequences, and the cursor's movements. */
#include <stdarg.h>

#include "lib/format.h"
#include "terminal/terminal_internal.h"

#define REPLY_SIZE 48

void terminal_reply(struct terminal *terminal, const char *format, ...)
{
    char text[REPLY_SIZE];
    va_list arguments;

    va_start(arguments, format);
    size_t length = format_to_buffer_v(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (terminal->events != NULL && terminal->events->reply != NULL && length < sizeof(text))
        terminal->events->reply(terminal->events->argument, text, length);
}

void terminal_move(struct terminal *terminal, unsigned row, unsigned column)
{
    terminal->cursor_row = row < terminal->rows ? row : terminal->rows - 1;
    terminal->cursor_column = column < terminal->columns ? column : terminal->columns - 1;
    terminal->wrap_pending = false;
}

void terminal_move_in_origin(struct terminal *terminal, unsigned row, unsigned column)
{
    if (terminal->is_origin_relative) {
        row += terminal->margin_top;
        if (row >= terminal->margin_bottom)
            row = terminal->margin_bottom - 1;
    }
    terminal_move(terminal, row, column);
}

void terminal_save_cursor(struct terminal *terminal)
{
    struct terminal_saved *saved = &terminal->saved;

    saved->row = terminal->cursor_row;
    saved->column = terminal->cursor_column;
    saved->wrap_pending = terminal->wrap_pending;
    saved->is_origin_relative = terminal->is_origin_relative;
    saved->rendition = terminal->rendition;
    saved->charset = terminal->charset;
    for (unsigned i = 0; i < TERMINAL_CHARSETS; i++)
        saved->charsets[i] = terminal->charsets[i];
}

void terminal_restore_cursor(struct terminal *terminal)
{
    const struct terminal_saved *saved = &terminal->saved;

    terminal_move(terminal, saved->row, saved->column);
    terminal->wrap_pending = saved->wrap_pending;
    terminal->is_origin_relative = saved->is_origin_relative;
    rendition_set(terminal, saved->rendition);
    terminal->charset = saved->charset;
    for (unsigned i = 0; i < TERMINAL_CHARSETS; i++)
        terminal->charsets[i] = saved->charsets[i];
}

uint32_t terminal_translate(struct terminal *terminal, uint32_t code_point)
{
    /* DEC's special graphics, from '_' on. */
    static const uint16_t graphics[] = {0x00a0, 0x25c6, 0x2592, 0x2409, 0x240c, 0x240d, 0x240a, 0x00b0,
                                        0x00b1, 0x2424, 0x240b, 0x2518, 0x2510, 0x250c, 0x2514, 0x253c,
                                        0x23ba, 0x23bb, 0x2500, 0x23bc, 0x23bd, 0x251c, 0x2524, 0x2534,
                                        0x252c, 0x2502, 0x2264, 0x2265, 0x03c0, 0x2260, 0x00a3, 0x00b7};
    unsigned charset =
        terminal->single_charset < TERMINAL_CHARSETS ? terminal->single_charset : terminal->charset;

    terminal->single_charset = TERMINAL_CHARSETS;
    if (terminal->charsets[charset] == CHARSET_GRAPHICS && code_point >= '_' && code_point <= '~')
        return graphics[code_point - '_'];
    if (terminal->charsets[charset] == CHARSET_UK && code_point == '#')
        return 0xa3;
    return code_point;
}

void control_new_line(struct terminal *terminal)
{
    terminal->cursor_column = 0;
    grid_index(terminal);
}

static void next_tab(struct terminal *terminal)
{
    unsigned column = terminal->cursor_column;

    while (column + 1 < terminal->columns && !terminal->tabs[++column])
        ;
    terminal_move(terminal, terminal->cursor_row, column);
}

void control_character(struct terminal *terminal, uint8_t character)
{
    switch (character) {
    case '\a':
        if (terminal->events != NULL && terminal->events->bell != NULL)
            terminal->events->bell(terminal->events->argument);
        break;
    case '\b':
        if (terminal->cursor_column > 0)
            terminal->cursor_column--;
        terminal->wrap_pending = false;
        break;
    case '\t':
        next_tab(terminal);
        break;
    case '\n':
    case '\v':
    case '\f':
        if (terminal->key_modes.newline)
            terminal->cursor_column = 0;
        grid_index(terminal);
        break;
    case '\r':
        terminal_move(terminal, terminal->cursor_row, 0);
        break;
    case 0x0e: /* SO, SI */
        terminal->charset = 1;
        break;
    case 0x0f:
        terminal->charset = 0;
        break;
    default:
        break;
    }
}

static void align(struct terminal *terminal)
{
    terminal->margin_top = 0;
    terminal->margin_bottom = terminal->rows;
    grid_fill(terminal, 'E');
    terminal_move(terminal, 0, 0);
}

static void designate(struct terminal *terminal, unsigned charset, uint8_t final)
{
    terminal->charsets[charset] = final == '0' ? CHARSET_GRAPHICS : final == 'A' ? CHARSET_UK : CHARSET_ASCII;
}

void control_escape_intermediate(struct terminal *terminal, uint8_t intermediate, uint8_t final)
{
    switch (intermediate) {
    case '(':
    case ')':
    case '*':
    case '+':
        designate(terminal, (unsigned)(intermediate - '('), final);
        break;
    case '%':
        if (final == '@' || final == 'G' || final == '8')
            terminal->is_utf8 = final != '@';
        break;
    case '#':
        if (final == '8')
            align(terminal);
        break;
    default:
        break;
    }
}

void control_escape(struct terminal *terminal, uint8_t final)
{
    switch (final) {
    case 'c': /* RIS */
        terminal_reset(terminal);
        if (terminal->events != NULL && terminal->events->reset != NULL)
            terminal->events->reset(terminal->events->argument);
        break;
    case 'D': /* IND */
        grid_index(terminal);
        break;
    case 'E': /* NEL */
        control_new_line(terminal);
        break;
    case 'H': /* HTS */
        terminal->tabs[terminal->cursor_column] = 1;
        break;
    case 'M': /* RI */
        grid_reverse_index(terminal);
        break;
    case 'N': /* SS2, SS3 */
    case 'O':
        terminal->single_charset = (uint8_t)(final - 'N' + 2);
        break;
    case 'Z': /* DECID */
        terminal_reply(terminal, "\033[?6c");
        break;
    case '7': /* DECSC, DECRC */
        terminal_save_cursor(terminal);
        break;
    case '8':
        terminal_restore_cursor(terminal);
        break;
    case '=': /* DECKPAM, DECKPNM */
    case '>':
        terminal->key_modes.keypad_application = final == '=';
        break;
    case 'n': /* LS2, LS3 */
    case 'o':
        terminal->charset = (uint8_t)(final - 'n' + 2);
        break;
    default:
        break;
    }
}
