/* The emulator's state, and what its files promise each other.
 *
 *   parser.c    bytes -> characters, controls, sequences with their parameters
 *   control.c   control characters, ESC sequences
 *   csi.c       CSI sequences: movements, edits, reports
 *   mode.c      modes that are set and reset
 *   rendition.c SGR: attributes and colours
 *   string.c    OSC and what else ends in ST: title, palette
 *   grid.c      changes of the grid: put, scroll, insert, delete, erase
 *   view.c      what is shown of it
 *
 * Always: cursor_row < rows, cursor_column < columns; margin_top < margin_bottom <= rows; lines[] holds each
 *         row of the screen's grid once; CELL_WIDE_LEFT is followed by CELL_WIDE_RIGHT in its row, and the
 *         other way; no cell of a grid has cursor bits. */
#ifndef LINTEL_TERMINAL_TERMINAL_INTERNAL_H
#define LINTEL_TERMINAL_TERMINAL_INTERNAL_H

#include "lib/utf8.h"
#include "terminal/history.h"
#include "terminal/terminal.h"

#define TERMINAL_PARAMETERS_MAX 16u
#define TERMINAL_PARAMETER_MAX 9999u
#define TERMINAL_STRING_MAX 4096u /* a longer one is ended: else binary data could silence a terminal */
#define TERMINAL_TEXT_SIZE 128u   /* of a string this is looked at */
#define TERMINAL_CHARSETS 4u
#define TERMINAL_TAB 8u

enum terminal_state {
    STATE_GROUND,
    STATE_ESCAPE,
    STATE_ESCAPE_INTERMEDIATE, /* ESC and one of SP ! " # $ % & ' ( ) * + , - . / */
    STATE_CSI,
    STATE_CSI_IGNORE,    /* until its final byte */
    STATE_FUNCTION_KEY,  /* CSI [: the next byte is swallowed, as Linux does */
    STATE_STRING_START,  /* OSC: Linux's own P and R have no end mark */
    STATE_PALETTE,       /* OSC P: seven digits */
    STATE_STRING,        /* until ST or, of OSC, BEL */
    STATE_STRING_ESCAPE, /* an ESC in it: ST if a backslash follows */
};

enum terminal_charset { CHARSET_ASCII, CHARSET_UK, CHARSET_GRAPHICS };

/* What ESC 7 saves. */
struct terminal_saved {
    unsigned row, column;
    bool wrap_pending, is_origin_relative;
    terminal_cell_t rendition;
    uint8_t charsets[TERMINAL_CHARSETS], charset;
};

struct terminal {
    const struct terminal_events *events;
    unsigned columns, rows;
    terminal_cell_t **lines;      /* of the screen in use: row -> cells */
    terminal_cell_t **main_lines; /* one of these is `lines` */
    terminal_cell_t **alternate_lines;
    uint8_t *changed; /* one a row of the view */
    uint8_t *tabs;    /* one a column: a stop */

    unsigned cursor_row, cursor_column;
    bool wrap_pending;                  /* the last column was written: the next character begins a line */
    unsigned margin_top, margin_bottom; /* the rows that scroll; the second is the one below them */
    terminal_cell_t rendition;          /* a cell without its character: attributes, colours */
    terminal_cell_t blank;              /* what is erased looks so: colour behind it as set */
    uint32_t last_character;            /* for REP; 0: none */
    uint8_t charsets[TERMINAL_CHARSETS];
    uint8_t charset;        /* which of them is in use */
    uint8_t single_charset; /* which of them for one character; TERMINAL_CHARSETS: none */
    struct terminal_saved saved, alternate_saved; /* of the screen in use; of the other one */

    struct terminal_key_modes key_modes;
    bool is_origin_relative; /* DECOM */
    bool wraps;              /* DECAWM */
    bool inserts;            /* IRM */
    bool is_reversed;        /* DECSCNM */
    bool is_cursor_hidden;   /* DECTCEM off */
    bool is_utf8;
    enum cell_cursor cursor_shape;

    enum terminal_state state;
    struct utf8_decoder decoder;
    uint8_t intermediate; /* of the sequence; 0: none, the last one if there are several */
    uint8_t private_mark; /* one of < = > ?; 0: none */
    uint8_t string_kind;  /* which control began it: ] P X ^ _ */
    unsigned parameter_count;
    uint16_t parameters[TERMINAL_PARAMETERS_MAX]; /* 0 where nothing stands */
    uint16_t is_part;                             /* bit i: parameter i follows a colon */
    bool has_all_parameters;                      /* more were given */
    unsigned string_length;
    char text[TERMINAL_TEXT_SIZE];

    struct utf8_decoder print_decoder; /* terminal_print()'s */
    struct terminal_history history;
    unsigned view_back; /* lines of history that are shown */
    bool was_cursor_shown;
    struct terminal_cursor shown_cursor; /* as in the rows that were taken */
    uint32_t palette[CELL_PALETTE_SIZE];
    bool palette_has_changed;
};

static inline bool terminal_is_alternate(const struct terminal *terminal)
{
    return terminal->lines == terminal->alternate_lines;
}

static inline void terminal_row_changed(struct terminal *terminal, unsigned row)
{
    terminal->changed[row] = 1;
}

/* Parameter `index` of a CSI sequence; `otherwise` if it is not there, or 0. */
static inline unsigned csi_parameter(const struct terminal *terminal, unsigned index, unsigned otherwise)
{
    if (index >= terminal->parameter_count || terminal->parameters[index] == 0)
        return otherwise;
    return terminal->parameters[index];
}

/* grid.c. Columns and counts may be out of bounds unless it says otherwise; they are cut. */
void grid_put(struct terminal *terminal, uint32_t code_point);
void grid_put_run(struct terminal *terminal, const char *bytes, size_t length); /* ASCII, fits into the row */
/* Rows top .. bottom - 1, top < bottom, count > 0. Scrolling up at the top of the screen makes history,
 * deleting rows does not. */
void grid_scroll_up(struct terminal *terminal, unsigned top, unsigned bottom, unsigned count);
void grid_delete_rows(struct terminal *terminal, unsigned top, unsigned bottom, unsigned count);
void grid_scroll_down(struct terminal *terminal, unsigned top, unsigned bottom, unsigned count);
void grid_insert_cells(struct terminal *terminal, unsigned count); /* at the cursor */
void grid_delete_cells(struct terminal *terminal, unsigned count);
void grid_erase(struct terminal *terminal, unsigned row, unsigned first, unsigned end); /* row < rows */
void grid_erase_rows(struct terminal *terminal, unsigned first, unsigned end);
void grid_fill(struct terminal *terminal, uint32_t code_point);
void grid_index(struct terminal *terminal);         /* a row down, scrolling at the margin */
void grid_reverse_index(struct terminal *terminal); /* a row up, likewise */

/* control.c */
void control_character(struct terminal *terminal, uint8_t character);
void control_escape(struct terminal *terminal, uint8_t final);
void control_escape_intermediate(struct terminal *terminal, uint8_t intermediate, uint8_t final);
void control_new_line(struct terminal *terminal);                             /* to the next row's start */
void terminal_move(struct terminal *terminal, unsigned row, unsigned column); /* cut to the screen */
void terminal_move_in_origin(struct terminal *terminal, unsigned row, unsigned column); /* DECOM counts */
void terminal_save_cursor(struct terminal *terminal);
void terminal_restore_cursor(struct terminal *terminal);
uint32_t terminal_translate(struct terminal *terminal, uint32_t code_point); /* by the charset in use */
void terminal_reply(struct terminal *terminal, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* csi.c, mode.c, rendition.c, string.c */
void csi_dispatch(struct terminal *terminal, uint8_t final);
void mode_change(struct terminal *terminal, bool is_set);
void mode_reset_soft(struct terminal *terminal);
void rendition_change(struct terminal *terminal);
void rendition_set(struct terminal *terminal, terminal_cell_t rendition);
void string_end(struct terminal *terminal);
void palette_reset(struct terminal *terminal);

/* view.c */
void view_to_screen(struct terminal *terminal);

#endif
