#include "screen_model.h"

#include <stdbool.h>
#include <string.h>

#include "dev/font.h"
#include "unifont.h"

void screen_model_setup(struct screen_model *model, const struct boot_framebuffer *fb,
                        const uint32_t *palette)
{
    uint32_t side = fb->width < fb->height ? fb->width : fb->height;
    double scale = (double)side / 900;

    model->scale = scale < 1.5 ? 1 : (uint32_t)(scale + 0.5);
    model->columns = fb->width / 8 / model->scale;
    model->rows = fb->height / 16 / model->scale;
    memcpy(model->palette, palette, sizeof(model->palette));
    model->margin = palette[257];
    for (uint32_t i = 0; i < model->columns * model->rows; i++)
        model->cells[i] = CELL_BLANK;
}

/* Whether the dot (x, y) of 8x16 is a part of the letter, without attributes. */
static bool glyph_has_dot(terminal_cell_t cell, int x, int y)
{
    uint32_t code_point = cell & 0x1fffff;
    const uint8_t *rows;

    if (x < 0 || x > 7)
        return false;
    if ((cell & (CELL_WIDE_LEFT | CELL_WIDE_RIGHT)) != 0) { /* a box, one dot smaller than the two cells */
        bool is_left = (cell & CELL_WIDE_LEFT) != 0;
        int edge = is_left ? 1 : 6;
        if (y == 0 || y == 15 || (is_left ? x < 1 : x > 6))
            return false;
        return x == edge || y == 1 || y == 14;
    }
    if (font_glyph(code_point) == NULL || code_point == FONT_REPLACEMENT)
        rows = font_glyph(FONT_REPLACEMENT);
    else
        rows = unifont_glyph(code_point == 0xad ? '-' : code_point)->rows;
    return (rows[y] >> (7 - x) & 1) != 0;
}

static bool cell_has_dot(terminal_cell_t cell, int x, int y)
{
    unsigned cursor = cell >> 30 & 3;
    int slant = (cell & CELL_ITALIC) == 0 ? 0 : y < 6 ? 1 : y > 10 ? -1 : 0;

    if ((cell & CELL_UNDERLINE) != 0 && y == 14)
        return true;
    if ((cell & CELL_STRIKE) != 0 && y == 8)
        return true;
    if (cursor == 2 && y >= 14)
        return true;
    if (cursor == 3 && x < 2)
        return true;
    return glyph_has_dot(cell, x - slant, y);
}

static uint32_t model_color(const struct screen_model *model, uint32_t color)
{
    uint32_t value = 0;

    if (color < 0x8000)
        return model->palette[color];
    for (int shift = 10; shift >= 0; shift -= 5) {
        uint32_t level = color >> shift & 31;
        value = value << 8 | (level * 8 + level / 4);
    }
    return value;
}

/* The colour of a cell's letter or background. */
static uint32_t cell_color(const struct screen_model *model, terminal_cell_t cell, bool is_letter)
{
    uint32_t letter = cell >> 32 & 0xffff, behind = cell >> 48;
    bool is_swapped = ((cell & CELL_REVERSE) != 0) != ((cell >> 30 & 3) == 1);

    if (is_letter == is_swapped)
        return model_color(model, behind);
    if ((cell & CELL_CONCEAL) != 0)
        return model_color(model, behind);
    if ((cell & CELL_BOLD) != 0)
        letter = letter < 8 ? letter + 8 : letter == 256 ? 15 : letter;
    uint32_t color = model_color(model, letter);
    if ((cell & CELL_DIM) != 0)
        color = (color >> 16) / 2 << 16 | (color >> 8 & 0xff) / 2 << 8 | (color & 0xff) / 2;
    return color;
}

/* `level` of 0..255 in the bits of `mask`. */
static uint32_t model_channel(uint32_t mask, uint32_t level)
{
    int shift = __builtin_ctz(mask), bits = __builtin_popcount(mask);
    uint64_t value = level & 0xff;

    if (bits <= 8)
        value >>= 8 - bits;
    else /* 8 < bits <= 16 */
        value = value << (bits - 8) | value >> (16 - bits);
    return (uint32_t)(value << shift);
}

uint32_t screen_model_pixel(const struct screen_model *model, const struct boot_framebuffer *fb, uint32_t x,
                            uint32_t y)
{
    uint32_t column = x / 8 / model->scale, row = y / 16 / model->scale, color = model->margin;

    if (column < model->columns && row < model->rows) {
        terminal_cell_t cell = model->cells[row * model->columns + column];
        bool is_letter = cell_has_dot(cell, (int)(x / model->scale % 8), (int)(y / model->scale % 16));
        color = cell_color(model, cell, is_letter);
    }
    return model_channel(fb->red_mask, color >> 16) | model_channel(fb->green_mask, color >> 8) |
           model_channel(fb->blue_mask, color);
}
