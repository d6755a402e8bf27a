/* Modes: CSI h and l, with ? or without. */
#include "terminal/terminal_internal.h"

static void save_for_other_screen(struct terminal *terminal)
{
    struct terminal_saved saved = terminal->saved;

    terminal->saved = terminal->alternate_saved;
    terminal->alternate_saved = saved;
}

/* Each screen has its own saved cursor; the cursor itself stays where it is. */
static void use_alternate_screen(struct terminal *terminal, bool is_set)
{
    if (is_set == terminal_is_alternate(terminal))
        return;
    save_for_other_screen(terminal);
    terminal->lines = is_set ? terminal->alternate_lines : terminal->main_lines;
    terminal->wrap_pending = false;
    terminal_touch(terminal);
}

/* 1049: the cursor is saved on the one screen, and the other one begins blank. */
static void use_alternate_with_cursor(struct terminal *terminal, bool is_set)
{
    if (is_set && !terminal_is_alternate(terminal)) {
        terminal_save_cursor(terminal);
        use_alternate_screen(terminal, true);
        grid_erase_rows(terminal, 0, terminal->rows);
    } else if (!is_set && terminal_is_alternate(terminal)) {
        use_alternate_screen(terminal, false);
        terminal_restore_cursor(terminal);
    }
}

static void change_private(struct terminal *terminal, unsigned mode, bool is_set)
{
    switch (mode) {
    case 1:
        terminal->key_modes.cursor_keys_application = is_set;
        break;
    case 5:
        if (terminal->is_reversed != is_set)
            terminal_touch(terminal);
        terminal->is_reversed = is_set;
        break;
    case 6:
        terminal->is_origin_relative = is_set;
        terminal_move_in_origin(terminal, 0, 0);
        break;
    case 7:
        terminal->wraps = is_set;
        terminal->wrap_pending = false;
        break;
    case 8:
        terminal->key_modes.auto_repeat = is_set;
        break;
    case 25:
        terminal->is_cursor_hidden = !is_set;
        break;
    case 47:
        use_alternate_screen(terminal, is_set);
        break;
    case 1047: /* what was written there is gone when it is left */
        if (!is_set && terminal_is_alternate(terminal))
            grid_erase_rows(terminal, 0, terminal->rows);
        use_alternate_screen(terminal, is_set);
        break;
    case 1048:
        if (is_set)
            terminal_save_cursor(terminal);
        else
            terminal_restore_cursor(terminal);
        break;
    case 1049:
        use_alternate_with_cursor(terminal, is_set);
        break;
    case 2004:
        terminal->key_modes.bracketed_paste = is_set;
        break;
    default: /* 3: the width is fixed; 12: the cursor does not blink; 9, 1000..1006: there is no mouse */
        break;
    }
}

void mode_change(struct terminal *terminal, bool is_set)
{
    for (unsigned i = 0; i < terminal->parameter_count; i++) {
        unsigned mode = terminal->parameters[i];
        if (terminal->private_mark == '?')
            change_private(terminal, mode, is_set);
        else if (mode == 4)
            terminal->inserts = is_set;
        else if (mode == 20)
            terminal->key_modes.newline = is_set;
    }
}

void mode_reset_soft(struct terminal *terminal)
{
    terminal->is_cursor_hidden = terminal->is_origin_relative = terminal->inserts = false;
    terminal->wraps = true;
    terminal->wrap_pending = false;
    terminal->key_modes.cursor_keys_application = terminal->key_modes.keypad_application = false;
    terminal->margin_top = 0;
    terminal->margin_bottom = terminal->rows;
    terminal->cursor_shape = CELL_CURSOR_BLOCK;
    terminal->charset = 0;
    terminal->single_charset = TERMINAL_CHARSETS;
    for (unsigned i = 0; i < TERMINAL_CHARSETS; i++)
        terminal->charsets[i] = CHARSET_ASCII;
    rendition_set(terminal, CELL_COLORS_DEFAULT);
    terminal->saved = (struct terminal_saved){.rendition = CELL_COLORS_DEFAULT, .is_origin_relative = false};
}
