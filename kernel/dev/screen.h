/* The screen: a text console on the framebuffer.
 *
 * Text is UTF-8. A character takes one cell of 8x16 dots; a dot takes `scale` pixels a side, so that text is
 * readable on a panel of any resolution (scale = the shorter side / 900, rounded, 1 to 8). The first cell
 * lies in the top left corner; pixels left over at the right and at the bottom show the background.
 *
 * Context of all functions: any.  Holds: the console's lock (there is one screen and no lock inside).
 * Sleeps: no. */
#ifndef LINTEL_KERNEL_DEV_SCREEN_H
#define LINTEL_KERNEL_DEV_SCREEN_H

#include <stddef.h>
#include <stdint.h>

#include "boot_info.h"

#define SCREEN_FOREGROUND 0xd0d0d0u /* the colours after screen_setup and screen_reset_color, 0xRRGGBB */
#define SCREEN_BACKGROUND 0x000000u

struct screen_geometry {
    uint32_t columns; /* in cells; 0 while there is no screen */
    uint32_t rows;
    uint32_t scale;
};

/* Bytes of RAM that screen_setup wants for a framebuffer; 0 if it would refuse it. About 16 a cell: 125 KiB
 * for 1280x800. */
size_t screen_shadow_size(const struct boot_framebuffer *fb);

/* Make the framebuffer *fb, mapped writable at `pixels`, the screen, and clear it. `shadow` is
 * screen_shadow_size(fb) bytes, 8-aligned, of any content; both belong to the screen from then on. A second
 * call replaces the screen. Before the first one, text is dropped.
 * Errors: -EINVAL (sizes or masks that make no sense: see screen_geometry_measure); nothing has changed. */
int screen_setup(const struct boot_framebuffer *fb, void *pixels, void *shadow);

/* Write text at the cursor. Lines wrap, the screen scrolls. \n begins a new line, \r goes to the start of
 * the line, \b one cell back, \t to the next multiple of 8 columns; other control characters, combining marks
 * and invisible formatting characters are dropped. What has no glyph of one cell, and what is not UTF-8,
 * shows as U+FFFD; a sequence may be continued in the next call. Video memory is written once for each cell
 * that changed, however many lines the text scrolls. */
void screen_write(const char *text, size_t length);

/* Colours (0xRRGGBB) of what is written and cleared from now on. */
void screen_set_color(uint32_t foreground, uint32_t background);
void screen_reset_color(void);

/* Clear the screen to the background colour; the cursor goes to the top left cell. */
void screen_clear(void);

struct screen_geometry screen_get_geometry(void);

#endif
