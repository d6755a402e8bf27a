/* A second, plain implementation of the screen: what each pixel of the framebuffer has to be. */
#ifndef LINTEL_TESTS_SCREEN_MODEL_H
#define LINTEL_TESTS_SCREEN_MODEL_H

#include <stdint.h>

#include "boot_info.h"
#include "terminal/cell.h"

#define MODEL_CELLS_MAX (512 * 256)

struct screen_model {
    uint32_t columns, rows, scale;
    uint32_t palette[CELL_PALETTE_SIZE];
    uint32_t margin; /* colour of what no cell covers */
    terminal_cell_t cells[MODEL_CELLS_MAX];
};

/* All cells are blank. */
void screen_model_setup(struct screen_model *model, const struct boot_framebuffer *fb,
                        const uint32_t *palette);

/* The value of the pixel at (x, y). */
uint32_t screen_model_pixel(const struct screen_model *model, const struct boot_framebuffer *fb, uint32_t x,
                            uint32_t y);

#endif
