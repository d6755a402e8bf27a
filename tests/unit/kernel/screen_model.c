#include "screen_model.h"

#include <string.h>

#include "dev/font.h"
#include "dev/screen.h"
#include "unifont.h"

static const struct {
    uint32_t first, last;
} invisible[] = {
    {0x300, 0x36f},   {0x483, 0x489},   {0x61c, 0x61c},     {0x1ab0, 0x1aff},   {0x1dc0, 0x1dff},
    {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x206f},   {0x20d0, 0x20ff},   {0xfe00, 0xfe0f},
    {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0000, 0xe007f}, {0xe0100, 0xe01ef},
};

static struct model_cell *model_cell(struct screen_model *model, uint32_t column, uint32_t row)
{
    return &model->cells[row * model->columns + column];
}

static void model_blank_row(struct screen_model *model, uint32_t row)
{
    for (uint32_t column = 0; column < model->columns; column++)
        *model_cell(model, column, row) = (struct model_cell){' ', model->foreground, model->background};
}

void screen_model_clear(struct screen_model *model)
{
    for (uint32_t row = 0; row < model->rows; row++)
        model_blank_row(model, row);
    model->column = model->row = 0;
    model->margin = model->background;
}

void screen_model_setup(struct screen_model *model, const struct boot_framebuffer *fb)
{
    uint32_t side = fb->width < fb->height ? fb->width : fb->height;
    double scale = (double)side / 900;

    model->scale = scale < 1.5 ? 1 : (uint32_t)(scale + 0.5);
    model->columns = fb->width / 8 / model->scale;
    model->rows = fb->height / 16 / model->scale;
    model->foreground = SCREEN_FOREGROUND;
    model->background = SCREEN_BACKGROUND;
    screen_model_clear(model);
}

static void model_new_line(struct screen_model *model)
{
    model->column = 0;
    if (++model->row < model->rows)
        return;
    model->row--;
    memmove(model->cells, model_cell(model, 0, 1),
            sizeof(model->cells[0]) * model->columns * (model->rows - 1));
    model_blank_row(model, model->row);
}

static void model_control(struct screen_model *model, uint32_t code_point)
{
    if (code_point == '\n')
        model_new_line(model);
    if (code_point == '\r')
        model->column = 0;
    if (code_point == '\b' && model->column > 0)
        model->column--;
    if (code_point == '\t' && model->column < model->columns) {
        do
            model->column++;
        while (model->column % 8 != 0);
        if (model->column > model->columns - 1)
            model->column = model->columns - 1;
    }
}

void screen_model_put(struct screen_model *model, uint32_t code_point)
{
    if (code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0)) {
        model_control(model, code_point);
        return;
    }
    for (size_t i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++) {
        if (code_point >= invisible[i].first && code_point <= invisible[i].last)
            return;
    }
    if (model->column == model->columns)
        model_new_line(model);
    *model_cell(model, model->column++, model->row) =
        (struct model_cell){code_point, model->foreground, model->background};
}

static const uint8_t *model_glyph(uint32_t code_point)
{
    if (font_glyph(code_point) == NULL || code_point == FONT_REPLACEMENT)
        return font_glyph(FONT_REPLACEMENT);
    return unifont_glyph(code_point == 0xad ? '-' : code_point)->rows;
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
        const struct model_cell *cell = &model->cells[row * model->columns + column];
        uint32_t dots = model_glyph(cell->code_point)[y / model->scale % 16];
        color = (dots >> (7 - x / model->scale % 8) & 1) != 0 ? cell->foreground : cell->background;
    }
    return model_channel(fb->red_mask, color >> 16) | model_channel(fb->green_mask, color >> 8) |
           model_channel(fb->blue_mask, color);
}
