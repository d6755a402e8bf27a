/* The screen: cells of a terminal (terminal/cell.h) become pixels of the framebuffer.
 *
 * A cell is 8x16 dots; a dot takes `scale` pixels a side, so that text is readable on a panel of any
 * resolution (scale = the shorter side / 900, rounded, 1 to 8). The first cell lies in the top left corner;
 * pixels left over at the right and at the bottom show the background.
 *
 * Context of all functions: any.  Holds: the caller's lock (there is one screen and no lock inside).
 * Sleeps: no. */
#ifndef LINTEL_KERNEL_DEV_SCREEN_H
#define LINTEL_KERNEL_DEV_SCREEN_H

#include <stddef.h>
#include <stdint.h>

#include "boot_info.h"
#include "terminal/cell.h"

struct screen_geometry {
    uint32_t columns; /* in cells; 0 while there is no screen */
    uint32_t rows;
    uint32_t scale;
    uint32_t width, height; /* in pixels */
};

/* Bytes of RAM that screen_setup wants for a framebuffer; 0 if it would refuse it. 8 a cell: 63 KiB for
 * 1280x800. */
size_t screen_shadow_size(const struct boot_framebuffer *fb);

/* Make the framebuffer *fb, mapped writable at `pixels`, the screen, with that palette, and clear it.
 * `shadow` is screen_shadow_size(fb) bytes, 8-aligned, of any content; both belong to the screen from then
 * on. A second call replaces the screen. Errors: -EINVAL (sizes or masks that make no sense: see
 * screen_geometry_measure); nothing has changed. */
int screen_setup(const struct boot_framebuffer *fb, void *pixels, void *shadow, const uint32_t *palette);

/* Have a row show `cells`, one a column. Video memory is written for those cells only that look otherwise
 * than before. What has no glyph of one cell shows as U+FFFD, what is two cells wide as a box. */
void screen_show_row(uint32_t row, const terminal_cell_t *cells);

/* The colours of cells shown from now on: CELL_PALETTE_SIZE of them, 0xRRGGBB. */
void screen_set_palette(const uint32_t *palette);

/* Somebody else has drawn: each cell is to be drawn anew when its row is shown next. The background is
 * cleared. */
void screen_forget(void);

struct screen_geometry screen_get_geometry(void);

#endif
