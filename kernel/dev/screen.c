/* Two grids of cells in RAM say what the screen is to show and what it shows; video memory is never read.
 *
 * A character goes into the text grid and at once to the screen, unless its row is stale: the last row is,
 * since what it shows is about to scroll, and all rows are once the text has scrolled. Scrolling only moves
 * the top of the text grid, which is a ring of rows. At the end of a call the stale rows of the two grids are
 * compared and the cells that differ are drawn. So a burst of lines costs one comparison, and equal lines
 * that scroll past each other cost no drawing at all.
 *
 * Always: row < rows; column <= columns, where `columns` means that the next character begins a new line:
 * text as wide as the screen, followed by \n, leaves no empty line. */
#include "dev/screen.h"

#include <stdbool.h>

#include "dev/font.h"
#include "dev/screen_canvas.h"
#include "dev/screen_utf8.h"

#define SCREEN_TAB 8u

/* A cell in one word, so that cells compare in one instruction:
 *   bits 0..15 code point, 16..39 foreground, 40..63 background */
typedef uint64_t screen_cell_t;

static struct {
    struct screen_canvas canvas;
    screen_cell_t *text;  /* what to show; row r of the screen is row (top + r) % rows here */
    screen_cell_t *shown; /* what video memory holds, row by row */
    uint32_t top;
    uint32_t column; /* the cursor */
    uint32_t row;
    uint32_t stale_row; /* this row and those below are drawn at the end of the call */
    uint32_t foreground;
    uint32_t background;
    struct utf8_decoder decoder;
} screen;

static screen_cell_t screen_cell(uint32_t code_point)
{
    return code_point | (uint64_t)screen.foreground << 16 | (uint64_t)screen.background << 40;
}

/* 0 while there is no screen. */
static size_t screen_cell_count(void)
{
    return (size_t)screen.canvas.geometry.columns * screen.canvas.geometry.rows;
}

/* Row `row` of the screen in the text grid. */
static screen_cell_t *screen_text_row(uint32_t row)
{
    uint32_t index = screen.top + row;

    if (index >= screen.canvas.geometry.rows)
        index -= screen.canvas.geometry.rows;
    return screen.text + (size_t)index * screen.canvas.geometry.columns;
}

static void screen_cells_fill(screen_cell_t *cells, size_t count, screen_cell_t cell)
{
    for (size_t i = 0; i < count; i++)
        cells[i] = cell;
}

/* Make video memory show `cell`, unless it does. */
static void screen_show(uint32_t column, uint32_t row, screen_cell_t *shown, screen_cell_t cell)
{
    if (*shown == cell)
        return;
    *shown = cell;
    screen_canvas_draw(&screen.canvas, column, row, font_glyph(cell & 0xffff), cell >> 16 & 0xffffff,
                       (uint32_t)(cell >> 40));
}

/* Draw what differs in the stale rows. As long as the cursor is above them, nothing has changed there. */
static void screen_show_stale(void)
{
    uint32_t columns = screen.canvas.geometry.columns, rows = screen.canvas.geometry.rows;

    if (screen.row < screen.stale_row)
        return;
    for (uint32_t row = screen.stale_row; row < rows; row++) {
        const screen_cell_t *text = screen_text_row(row);
        screen_cell_t *shown = screen.shown + (size_t)row * columns;
        for (uint32_t column = 0; column < columns; column++)
            screen_show(column, row, &shown[column], text[column]);
    }
    screen.stale_row = rows - 1;
}

static void screen_new_line(void)
{
    screen.column = 0;
    if (screen.row + 1 < screen.canvas.geometry.rows) {
        screen.row++;
        return;
    }
    screen.top = screen.top + 1 < screen.canvas.geometry.rows ? screen.top + 1 : 0;
    screen_cells_fill(screen_text_row(screen.row), screen.canvas.geometry.columns, screen_cell(' '));
    screen.stale_row = 0;
}

static void screen_put_character(uint32_t code_point)
{
    if (font_glyph(code_point) == NULL)
        code_point = FONT_REPLACEMENT;
    if (screen.column == screen.canvas.geometry.columns)
        screen_new_line();

    screen_cell_t cell = screen_cell(code_point);
    screen_text_row(screen.row)[screen.column] = cell;
    if (screen.row < screen.stale_row) {
        size_t index = (size_t)screen.row * screen.canvas.geometry.columns + screen.column;
        screen_show(screen.column, screen.row, &screen.shown[index], cell);
    }
    screen.column++;
}

static void screen_tab(void)
{
    uint32_t last = screen.canvas.geometry.columns - 1, next = (screen.column / SCREEN_TAB + 1) * SCREEN_TAB;

    if (screen.column < last)
        screen.column = next < last ? next : last;
}

static void screen_control(uint32_t code_point)
{
    switch (code_point) {
    case '\n':
        screen_new_line();
        break;
    case '\r':
        screen.column = 0;
        break;
    case '\t':
        screen_tab();
        break;
    case '\b':
        if (screen.column > 0)
            screen.column--;
        break;
    default:
        break;
    }
}

/* Marks that combine with the character before, and formatting characters that show nothing: those of the
 * font's scripts and those of all scripts (Unicode 15.0, general categories Mn, Me, Cf). */
static bool screen_is_invisible(uint32_t code_point)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x0300, 0x036f}, {0x0483, 0x0489}, {0x061c, 0x061c},   {0x1ab0, 0x1aff},   {0x1dc0, 0x1dff},
        {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x206f},   {0x20d0, 0x20ff},   {0xfe00, 0xfe0f},
        {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0000, 0xe007f}, {0xe0100, 0xe01ef},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (code_point < ranges[i].first)
            return false;
        if (code_point <= ranges[i].last)
            return true;
    }
    return false;
}

static void screen_put(uint32_t code_point)
{
    if (code_point < ' ' || (code_point >= 0x7f && code_point < 0xa0))
        screen_control(code_point);
    else if (!screen_is_invisible(code_point))
        screen_put_character(code_point);
}

void screen_write(const char *text, size_t length)
{
    if (screen_cell_count() == 0)
        return;

    for (size_t i = 0; i < length; i++) {
        uint32_t code_points[2];
        size_t count = utf8_decode(&screen.decoder, (uint8_t)text[i], code_points);
        for (size_t j = 0; j < count; j++)
            screen_put(code_points[j]);
    }
    screen_show_stale();
}

void screen_set_color(uint32_t foreground, uint32_t background)
{
    screen.foreground = foreground & 0xffffff;
    screen.background = background & 0xffffff;
}

void screen_reset_color(void)
{
    screen_set_color(SCREEN_FOREGROUND, SCREEN_BACKGROUND);
}

void screen_clear(void)
{
    size_t cells = screen_cell_count();

    if (cells == 0)
        return;
    screen.top = screen.row = screen.column = 0;
    screen.stale_row = screen.canvas.geometry.rows - 1;
    screen_cells_fill(screen.text, cells, screen_cell(' '));
    screen_cells_fill(screen.shown, cells, screen_cell(' '));
    screen_canvas_fill(&screen.canvas, screen.background);
}

size_t screen_shadow_size(const struct boot_framebuffer *fb)
{
    struct screen_geometry geometry;

    if (screen_geometry_measure(fb, &geometry) != 0)
        return 0;
    return (size_t)geometry.columns * geometry.rows * 2 * sizeof(screen_cell_t);
}

int screen_setup(const struct boot_framebuffer *fb, void *pixels, void *shadow)
{
    int error = screen_canvas_setup(&screen.canvas, fb, pixels);

    if (error != 0)
        return error;
    screen.text = shadow;
    screen.shown = screen.text + screen_cell_count();
    screen.decoder = (struct utf8_decoder){0};
    screen_reset_color();
    screen_clear();
    return 0;
}

struct screen_geometry screen_get_geometry(void)
{
    return screen.canvas.geometry;
}
