/* A grid of cells in RAM says what the screen shows: video memory is never read, and only cells that differ
 * are drawn. So text that scrolls costs what differs between the rows, not all that moved. */
#include "dev/screen.h"

#include <stdbool.h>

#include "dev/font.h"
#include "dev/screen_canvas.h"
#include "lib/string.h"

#define SCREEN_UNDERLINE_ROW 14
#define SCREEN_STRIKE_ROW 8
#define SCREEN_CELL_UNKNOWN (~(terminal_cell_t)0) /* no cell: its code point is beyond Unicode's */
#define SCREEN_CURSOR_BAR_DOTS 0xc0

/* What decides the colours of a cell. */
#define SCREEN_LOOK_MASK (~(CELL_CODE_POINT_MASK | CELL_WIDE | CELL_ITALIC | CELL_UNDERLINE | CELL_STRIKE))

/* Attributes that change the glyph. */
#define SCREEN_GLYPH_MASK (CELL_ITALIC | CELL_UNDERLINE | CELL_STRIKE | CELL_CURSOR_MASK)

static struct {
    struct screen_canvas canvas;
    terminal_cell_t *shown; /* what video memory holds, row by row */
    terminal_cell_t look;   /* the cell drawn last, as far as it decides colours, and these */
    uint32_t foreground, background;
    uint32_t palette[CELL_PALETTE_SIZE];
} screen;

static uint32_t screen_color(uint32_t color)
{
    if ((color & CELL_COLOR_DIRECT) == 0)
        return screen.palette[color < CELL_PALETTE_SIZE ? color : 0];
    uint32_t red = color >> 10 & 31, green = color >> 5 & 31, blue = color & 31;
    return (red << 3 | red >> 2) << 16 | (green << 3 | green >> 2) << 8 | (blue << 3 | blue >> 2);
}

/* Bold letters are bright ones, as on the Linux console. */
static uint32_t screen_letter_color(terminal_cell_t cell)
{
    uint32_t index = cell_foreground(cell), color;

    if ((cell & CELL_BOLD) != 0 && index < 8)
        index += 8;
    else if ((cell & CELL_BOLD) != 0 && index == CELL_COLOR_DEFAULT_FOREGROUND)
        index = 15;
    color = screen_color(index);
    if ((cell & CELL_DIM) != 0)
        color = color >> 1 & 0x7f7f7f;
    return color;
}

static void screen_set_look(terminal_cell_t cell)
{
    uint32_t letter = screen_letter_color(cell), behind = screen_color(cell_background(cell));
    bool is_reversed = (cell & CELL_REVERSE) != 0;

    if ((cell & CELL_CONCEAL) != 0)
        letter = behind;
    if (cell_cursor(cell) == CELL_CURSOR_BLOCK)
        is_reversed = !is_reversed;
    screen.foreground = is_reversed ? behind : letter;
    screen.background = is_reversed ? letter : behind;
    screen.look = cell & SCREEN_LOOK_MASK;
}

static const uint8_t *screen_glyph(terminal_cell_t cell)
{
    /* A box for what takes two cells. */
    static const uint8_t left[FONT_GLYPH_ROWS] = {0,    0x7f, 0x40, 0x40, 0x40, 0x40, 0x40, 0x40,
                                                  0x40, 0x40, 0x40, 0x40, 0x40, 0x40, 0x7f, 0};
    static const uint8_t right[FONT_GLYPH_ROWS] = {0,    0xfe, 0x02, 0x02, 0x02, 0x02, 0x02, 0x02,
                                                   0x02, 0x02, 0x02, 0x02, 0x02, 0x02, 0xfe, 0};

    if ((cell & CELL_WIDE) != 0)
        return (cell & CELL_WIDE_LEFT) != 0 ? left : right;
    const uint8_t *glyph = font_glyph(cell_code_point(cell));
    return glyph != NULL ? glyph : font_glyph(FONT_REPLACEMENT);
}

/* The glyph with what the attributes add to it: leaning to the right, lines, the cursor. */
static void screen_decorate(terminal_cell_t cell, uint8_t rows[FONT_GLYPH_ROWS])
{
    enum cell_cursor cursor = cell_cursor(cell);

    for (unsigned row = 0; (cell & CELL_ITALIC) != 0 && row < FONT_GLYPH_ROWS; row++)
        rows[row] = (uint8_t)(row < 6 ? rows[row] >> 1 : row > 10 ? rows[row] << 1 : rows[row]);
    if ((cell & CELL_UNDERLINE) != 0)
        rows[SCREEN_UNDERLINE_ROW] = 0xff;
    if ((cell & CELL_STRIKE) != 0)
        rows[SCREEN_STRIKE_ROW] = 0xff;
    if (cursor == CELL_CURSOR_UNDERLINE)
        rows[FONT_GLYPH_ROWS - 2] = rows[FONT_GLYPH_ROWS - 1] = 0xff;
    for (unsigned row = 0; cursor == CELL_CURSOR_BAR && row < FONT_GLYPH_ROWS; row++)
        rows[row] |= SCREEN_CURSOR_BAR_DOTS;
}

static void screen_draw(uint32_t column, uint32_t row, terminal_cell_t cell)
{
    const uint8_t *glyph = screen_glyph(cell);
    uint8_t decorated[FONT_GLYPH_ROWS];

    if ((cell & SCREEN_LOOK_MASK) != screen.look)
        screen_set_look(cell);
    if ((cell & SCREEN_GLYPH_MASK) != 0) {
        memcpy(decorated, glyph, sizeof(decorated));
        screen_decorate(cell, decorated);
        glyph = decorated;
    }
    screen_canvas_draw(&screen.canvas, column, row, glyph, screen.foreground, screen.background);
}

void screen_show_row(uint32_t row, const terminal_cell_t *cells)
{
    uint32_t columns = screen.canvas.geometry.columns;
    terminal_cell_t *shown = screen.shown + (size_t)row * columns;

    for (uint32_t column = 0; column < columns; column++) {
        if (shown[column] == cells[column])
            continue;
        shown[column] = cells[column];
        screen_draw(column, row, cells[column]);
    }
}

static void screen_fill_shown(terminal_cell_t cell)
{
    size_t count = (size_t)screen.canvas.geometry.columns * screen.canvas.geometry.rows;

    for (size_t i = 0; i < count; i++)
        screen.shown[i] = cell;
}

void screen_forget(void)
{
    screen_canvas_fill(&screen.canvas, screen.palette[CELL_COLOR_DEFAULT_BACKGROUND]);
    screen_fill_shown(CELL_BLANK);
}

void screen_set_palette(const uint32_t *palette)
{
    if (memcmp(screen.palette, palette, sizeof(screen.palette)) == 0)
        return;
    memcpy(screen.palette, palette, sizeof(screen.palette));
    screen.look = SCREEN_CELL_UNKNOWN;
    screen_fill_shown(SCREEN_CELL_UNKNOWN);
}

size_t screen_shadow_size(const struct boot_framebuffer *fb)
{
    struct screen_geometry geometry;

    if (screen_geometry_measure(fb, &geometry) != 0)
        return 0;
    return (size_t)geometry.columns * geometry.rows * sizeof(terminal_cell_t);
}

int screen_setup(const struct boot_framebuffer *fb, void *pixels, void *shadow, const uint32_t *palette)
{
    int error = screen_canvas_setup(&screen.canvas, fb, pixels);

    if (error != 0)
        return error;
    screen.shown = shadow;
    memcpy(screen.palette, palette, sizeof(screen.palette));
    screen.look = SCREEN_CELL_UNKNOWN;
    screen_forget();
    return 0;
}

struct screen_geometry screen_get_geometry(void)
{
    return screen.canvas.geometry;
}
