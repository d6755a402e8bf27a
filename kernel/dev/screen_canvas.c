/* A glyph is drawn four dots at a time: a table, made anew whenever the colours change, holds the pixels of
 * each of the 16 patterns of four dots, so that a line of a cell costs two look-ups and a few wide stores. */
#include "dev/screen_canvas.h"

#include <stdbool.h>

#include "abi/errno.h"
#include "dev/font.h"
#include "lib/string.h"

#define SCREEN_SIDE_MAX 32768u
#define SCREEN_TEXT_LINES 900u /* scale 1 suits a side of so many pixels, scale 2 one of twice as many */

static bool screen_mask_is_valid(uint32_t mask)
{
    uint32_t run = mask >> (mask != 0 ? __builtin_ctz(mask) : 0);

    return mask != 0 && (run & (run + 1)) == 0;
}

static bool screen_masks_are_valid(const struct boot_framebuffer *fb)
{
    if ((fb->red_mask & fb->green_mask) != 0 || ((fb->red_mask | fb->green_mask) & fb->blue_mask) != 0)
        return false;
    return screen_mask_is_valid(fb->red_mask) && screen_mask_is_valid(fb->green_mask) &&
           screen_mask_is_valid(fb->blue_mask);
}

static bool screen_sizes_are_valid(const struct boot_framebuffer *fb)
{
    if (fb->width == 0 || fb->width > SCREEN_SIDE_MAX || fb->height == 0 || fb->height > SCREEN_SIDE_MAX)
        return false;
    if (fb->pixels_per_line < fb->width || fb->pixels_per_line > SCREEN_SIDE_MAX)
        return false;
    uint64_t pixels = (uint64_t)fb->pixels_per_line * (fb->height - 1) + fb->width;
    return fb->size_bytes / sizeof(uint32_t) >= pixels;
}

/* The shorter side decides, so that a portrait panel gets letters of the same size as when it lies. */
static uint32_t screen_scale(const struct boot_framebuffer *fb)
{
    uint32_t side = fb->width < fb->height ? fb->width : fb->height;
    uint32_t scale = (side + SCREEN_TEXT_LINES / 2) / SCREEN_TEXT_LINES;

    if (scale < 1)
        return 1;
    return scale < SCREEN_SCALE_MAX ? scale : SCREEN_SCALE_MAX;
}

int screen_geometry_measure(const struct boot_framebuffer *fb, struct screen_geometry *ret_geometry)
{
    if (!screen_sizes_are_valid(fb) || !screen_masks_are_valid(fb))
        return -EINVAL;

    uint32_t scale = screen_scale(fb);
    struct screen_geometry geometry = {
        .columns = fb->width / (FONT_GLYPH_WIDTH * scale),
        .rows = fb->height / (FONT_GLYPH_ROWS * scale),
        .scale = scale,
        .width = fb->width,
        .height = fb->height,
    };
    if (geometry.columns == 0 || geometry.rows == 0)
        return -EINVAL;
    *ret_geometry = geometry;
    return 0;
}

static struct screen_channel screen_channel_of(uint32_t mask)
{
    return (struct screen_channel){.shift = (uint8_t)__builtin_ctz(mask),
                                   .bits = (uint8_t)__builtin_popcount(mask)};
}

static uint32_t screen_channel_encode(struct screen_channel channel, uint32_t level)
{
    /* Repeating the eight bits stretches 0..255 over a channel of any width: 255 is all ones. */
    return (level & 0xff) * 0x01010101u >> (32 - channel.bits) << channel.shift;
}

static uint32_t screen_canvas_encode(const struct screen_canvas *canvas, uint32_t color)
{
    return screen_channel_encode(canvas->red, color >> 16) |
           screen_channel_encode(canvas->green, color >> 8) | screen_channel_encode(canvas->blue, color);
}

__attribute__((noinline)) static void screen_canvas_set_colors(struct screen_canvas *canvas,
                                                               uint32_t foreground, uint32_t background)
{
    uint32_t scale = canvas->geometry.scale;
    uint64_t back = screen_canvas_encode(canvas, background);
    uint64_t front = screen_canvas_encode(canvas, foreground);
    struct screen_pixel_pair *pair = canvas->dots;

    canvas->foreground = foreground;
    canvas->background = background;
    for (uint32_t dots = 0; dots < 16; dots++) {
        for (uint32_t i = 0; i < 2 * scale; i++, pair++) {
            bool left = (dots & 8u >> 2 * i / scale) != 0;
            bool right = (dots & 8u >> (2 * i + 1) / scale) != 0;
            pair->pixels = (left ? front : back) | (right ? front : back) << 32;
        }
    }
}

int screen_canvas_setup(struct screen_canvas *canvas, const struct boot_framebuffer *fb, void *pixels)
{
    int error = screen_geometry_measure(fb, &canvas->geometry);

    if (error != 0)
        return error;
    canvas->pixels = pixels;
    canvas->line_bytes = (size_t)fb->pixels_per_line * sizeof(uint32_t);
    canvas->width = fb->width;
    canvas->height = fb->height;
    canvas->red = screen_channel_of(fb->red_mask);
    canvas->green = screen_channel_of(fb->green_mask);
    canvas->blue = screen_channel_of(fb->blue_mask);
    screen_canvas_set_colors(canvas, 0, 0);
    return 0;
}

void screen_canvas_fill(const struct screen_canvas *canvas, uint32_t color)
{
    uint32_t pixel = screen_canvas_encode(canvas, color);
    uint64_t pair = pixel | (uint64_t)pixel << 32;

    for (uint32_t y = 0; y < canvas->height; y++) {
        uint8_t *line = canvas->pixels + y * canvas->line_bytes;
        struct screen_pixel_pair *pairs = (struct screen_pixel_pair *)line;
        uint32_t count = canvas->width / 2;

#pragma clang loop unroll_count(16)
        for (uint32_t i = 0; i < count; i++)
            pairs[i].pixels = pair;
        if (canvas->width % 2 != 0)
            memcpy(line + (size_t)count * sizeof(pair), &pixel, sizeof(pixel));
    }
}

/* Draw a glyph at scale 1, its top left corner at `line`. */
static void screen_canvas_draw_small(const struct screen_canvas *canvas, uint8_t *line, const uint8_t *glyph)
{
    const struct screen_pixel_pair *dots = canvas->dots, back = dots[0];
    size_t line_bytes = canvas->line_bytes;

#pragma clang loop unroll(full)
    for (uint32_t y = 0; y < FONT_GLYPH_ROWS; y++, line += line_bytes) {
        struct screen_pixel_pair *pairs = (struct screen_pixel_pair *)line;

        if (glyph[y] == 0) { /* a third of a letter, all of a blank */
            pairs[0] = pairs[1] = pairs[2] = pairs[3] = back;
            continue;
        }
        const struct screen_pixel_pair *left = &dots[(glyph[y] >> 4) * 2];
        const struct screen_pixel_pair *right = &dots[(glyph[y] & 15) * 2];
        pairs[0] = left[0];
        pairs[1] = left[1];
        pairs[2] = right[0];
        pairs[3] = right[1];
    }
}

/* The same at any scale. Inline, so that the loops unroll where the scale is a constant. */
__attribute__((always_inline)) static inline void screen_canvas_draw_at_scale(
    const struct screen_canvas *canvas, uint8_t *line, const uint8_t *glyph, uint32_t scale)
{
    size_t line_bytes = canvas->line_bytes;
    uint32_t half = 2 * scale; /* pairs that four dots take */

    for (uint32_t y = 0; y < FONT_GLYPH_ROWS; y++) {
        const struct screen_pixel_pair *left = &canvas->dots[(glyph[y] >> 4) * half];
        const struct screen_pixel_pair *right = &canvas->dots[(glyph[y] & 15) * half];

        for (uint32_t copy = 0; copy < scale; copy++, line += line_bytes) {
            struct screen_pixel_pair *pairs = (struct screen_pixel_pair *)line;
            for (uint32_t i = 0; i < half; i++)
                pairs[i] = left[i];
            for (uint32_t i = 0; i < half; i++)
                pairs[half + i] = right[i];
        }
    }
}

__attribute__((noinline)) static void screen_canvas_draw_large(const struct screen_canvas *canvas,
                                                               uint8_t *line, const uint8_t *glyph)
{
    if (canvas->geometry.scale == 2) /* what most large panels get */
        screen_canvas_draw_at_scale(canvas, line, glyph, 2);
    else if (canvas->geometry.scale == 3)
        screen_canvas_draw_at_scale(canvas, line, glyph, 3);
    else
        screen_canvas_draw_at_scale(canvas, line, glyph, canvas->geometry.scale);
}

void screen_canvas_draw(struct screen_canvas *canvas, uint32_t column, uint32_t row, const uint8_t *glyph,
                        uint32_t foreground, uint32_t background)
{
    uint32_t scale = canvas->geometry.scale;
    uint8_t *corner = canvas->pixels + (size_t)row * FONT_GLYPH_ROWS * scale * canvas->line_bytes +
                      (size_t)column * FONT_GLYPH_WIDTH * scale * sizeof(uint32_t);

    if (canvas->foreground != foreground || canvas->background != background)
        screen_canvas_set_colors(canvas, foreground, background);
    if (scale == 1)
        screen_canvas_draw_small(canvas, corner, glyph);
    else
        screen_canvas_draw_large(canvas, corner, glyph);
}
