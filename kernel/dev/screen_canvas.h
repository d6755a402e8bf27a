/* Drawing on a linear framebuffer: fill it, draw a glyph into a cell. Video memory is only ever written.
 * A part of the screen (screen.h), which says how cells lie on the framebuffer. Colours are 0xRRGGBB.
 * Context: any. */
#ifndef LINTEL_KERNEL_DEV_SCREEN_CANVAS_H
#define LINTEL_KERNEL_DEV_SCREEN_CANVAS_H

#include <stddef.h>
#include <stdint.h>

#include "boot_info.h"
#include "dev/screen.h"

#define SCREEN_SCALE_MAX 8u

/* Where a pixel holds red, green or blue. */
struct screen_channel {
    uint8_t shift;
    uint8_t bits;
};

/* Two neighbouring pixels, the left one in the low half; video memory may lie at any address. */
struct screen_pixel_pair {
    uint64_t pixels;
} __attribute__((packed, may_alias));

struct screen_canvas {
    uint8_t *pixels;
    size_t line_bytes; /* from a pixel to the one below */
    uint32_t width;    /* in pixels */
    uint32_t height;   /* in pixels */
    struct screen_geometry geometry;
    struct screen_channel red, green, blue;

    /* What a line of four dots of a glyph looks like, in the colours of the last cell drawn: 2 * scale pairs
     * for each of the 16 patterns of four dots, leftmost in the highest bit. */
    uint32_t foreground;
    uint32_t background;
    struct screen_pixel_pair dots[16 * 2 * SCREEN_SCALE_MAX];
};

/* Say how many cells a framebuffer holds.
 * Errors: -EINVAL (a size of 0 or too small for a cell, a line shorter than the width, more than 32768
 * pixels a side or a line, fewer bytes than the last pixel needs, a channel's mask that is 0 or not one run
 * of bits, masks that overlap). */
int screen_geometry_measure(const struct boot_framebuffer *fb, struct screen_geometry *ret_geometry);

/* Make *canvas one that draws on the framebuffer *fb, mapped writable at `pixels`. Nothing is drawn yet.
 * Errors: those of screen_geometry_measure; *canvas is as it was. */
int screen_canvas_setup(struct screen_canvas *canvas, const struct boot_framebuffer *fb, void *pixels);

/* Fill all of the canvas, leftover edges included, with one colour. */
void screen_canvas_fill(const struct screen_canvas *canvas, uint32_t color);

/* Draw a glyph (see font.h) into a cell of the geometry. */
void screen_canvas_draw(struct screen_canvas *canvas, uint32_t column, uint32_t row, const uint8_t *glyph,
                        uint32_t foreground, uint32_t background);

#endif
