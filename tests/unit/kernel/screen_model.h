/* A second, plain implementation of the screen: what each pixel of the framebuffer has to be. */
#ifndef LINTEL_TESTS_SCREEN_MODEL_H
#define LINTEL_TESTS_SCREEN_MODEL_H

#include <stdint.h>

#include "boot_info.h"

#define MODEL_CELLS_MAX (512 * 256)

struct model_cell {
    uint32_t code_point, foreground, background;
};

struct screen_model {
    uint32_t columns, rows, scale;
    uint32_t column, row;
    uint32_t foreground, background;
    uint32_t margin; /* colour of what no cell covers */
    struct model_cell cells[MODEL_CELLS_MAX];
};

void screen_model_setup(struct screen_model *model, const struct boot_framebuffer *fb);
void screen_model_clear(struct screen_model *model);
void screen_model_put(struct screen_model *model, uint32_t code_point);

/* The value of the pixel at (x, y). */
uint32_t screen_model_pixel(const struct screen_model *model, const struct boot_framebuffer *fb, uint32_t x,
                            uint32_t y);

#endif
