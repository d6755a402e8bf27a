/* Cells on framebuffers in memory. Each framebuffer ends where its allocation ends, so that AddressSanitizer
 * sees a store beyond it, and begins with garbage, so that a screen which read pixels would show it. What is
 * shown is compared, pixel by pixel, with screen_model.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/errno.h"
#include "dev/font.h"
#include "dev/screen.h"
#include "dev/screen_canvas.h"
#include "screen_model.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define BGRX .red_mask = 0xff0000, .green_mask = 0xff00, .blue_mask = 0xff
#define RGBX .red_mask = 0xff, .green_mask = 0xff00, .blue_mask = 0xff0000
#define RGB_10_10_10 .red_mask = 0x3ff00000, .green_mask = 0xffc00, .blue_mask = 0x3ff
#define RGB_5_6_5 .red_mask = 0xf800, .green_mask = 0x7e0, .blue_mask = 0x1f
#define RGB_11_11_10 .red_mask = 0xffe00000, .green_mask = 0x1ffc00, .blue_mask = 0x3ff
#define RGB_1_16_8 .red_mask = 0x1, .green_mask = 0x1fffe0, .blue_mask = 0xff000000

static const struct boot_framebuffer panels[] = {
    {.width = 8, .height = 16, .pixels_per_line = 8, BGRX},
    {.width = 7 + 8, .height = 15 + 16, .pixels_per_line = 16, RGBX},
    {.width = 24, .height = 33, .pixels_per_line = 31, RGB_10_10_10},
    {.width = 8 * 12 + 5, .height = 16 * 5 + 9, .pixels_per_line = 8 * 12 + 5, RGB_5_6_5},
    {.width = 8 * 17, .height = 16, .pixels_per_line = 150, RGB_11_11_10},
    {.width = 9, .height = 16 * 7, .pixels_per_line = 9, RGB_1_16_8},
    {.width = 320, .height = 200, .pixels_per_line = 333, BGRX},
    {.width = 200, .height = 320, .pixels_per_line = 200, RGBX},
};

static const struct boot_framebuffer large_panels[] = {
    {.width = 1280, .height = 800, .pixels_per_line = 1280, BGRX},
    {.width = 1087, .height = 1080, .pixels_per_line = 1091, RGBX},         /* scale 2 */
    {.width = 1920, .height = 3840, .pixels_per_line = 1920, RGB_10_10_10}, /* scale 3, portrait */
    {.width = 2530, .height = 2520, .pixels_per_line = 2531, BGRX},         /* scale 4 */
};

/* A screen under test, and what it has to show. */
static struct boot_framebuffer fb;
static uint8_t *memory; /* of the framebuffer */
static uint32_t *pixels;
static void *shadow;
static struct screen_model model;
static uint64_t random_state = 1;
static size_t cells_drawn;
static uint32_t palette[CELL_PALETTE_SIZE];

void __real_screen_canvas_draw(struct screen_canvas *canvas, uint32_t column, uint32_t row,
                               const uint8_t *glyph, uint32_t foreground, uint32_t background);
void __wrap_screen_canvas_draw(struct screen_canvas *canvas, uint32_t column, uint32_t row,
                               const uint8_t *glyph, uint32_t foreground, uint32_t background);

void __wrap_screen_canvas_draw(struct screen_canvas *canvas, uint32_t column, uint32_t row,
                               const uint8_t *glyph, uint32_t foreground, uint32_t background)
{
    cells_drawn++;
    __real_screen_canvas_draw(canvas, column, row, glyph, foreground, background);
}

/* xorshift64*: the same sequence in every run */
static uint32_t random_number(uint32_t limit)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * 0x2545f4914f6cdd1dull >> 32) % limit);
}

static uint32_t garbage(size_t index)
{
    return (uint32_t)index * 2654435761u ^ 0xa5a5a5a5u;
}

static size_t panel_pixels(const struct boot_framebuffer *panel)
{
    return (size_t)panel->pixels_per_line * (panel->height - 1) + panel->width;
}

/* Begin with a framebuffer that lies `shift` bytes from where an allocation would begin. */
static void open_screen(const struct boot_framebuffer *panel, size_t shift)
{
    fb = *panel;
    fb.size_bytes = panel_pixels(panel) * sizeof(uint32_t);
    memory = malloc(shift + fb.size_bytes);
    pixels = (uint32_t *)(memory + shift);
    for (size_t i = 0; i < panel_pixels(panel); i++)
        pixels[i] = garbage(i);

    shadow = malloc(screen_shadow_size(&fb));
    memset(shadow, 0x5a, screen_shadow_size(&fb));
    assert_int_equal(screen_setup(&fb, pixels, shadow, palette), 0);
    screen_model_setup(&model, &fb, palette);
}

static void close_screen(void)
{
    free(memory);
    free(shadow);
}

static terminal_cell_t *model_row(uint32_t row)
{
    return &model.cells[row * model.columns];
}

static void show_all(void)
{
    for (uint32_t row = 0; row < model.rows; row++)
        screen_show_row(row, model_row(row));
}

static void make_palette(void)
{
    for (uint32_t i = 0; i < CELL_PALETTE_SIZE; i++)
        palette[i] = random_number(0x1000000);
}

static void check_screen(void)
{
    for (uint32_t y = 0; y < fb.height; y++) {
        const uint32_t *line = pixels + (size_t)y * fb.pixels_per_line;
        for (uint32_t x = 0; x < fb.width; x++) {
            uint32_t expected = screen_model_pixel(&model, &fb, x, y);
            if (line[x] != expected)
                fail_msg("%ux%u: pixel (%u, %u) is %#x, not %#x", fb.width, fb.height, x, y, line[x],
                         expected);
        }
        for (uint32_t x = fb.width; x < fb.pixels_per_line && y + 1 < fb.height; x++)
            assert_int_equal(line[x], garbage((size_t)y * fb.pixels_per_line + x));
    }
}

static void geometry(void **state)
{
    static const struct {
        uint32_t width, height, columns, rows, scale;
    } cases[] = {
        {640, 480, 80, 30, 1},    {800, 600, 100, 37, 1},    {1024, 768, 128, 48, 1},
        {1280, 800, 160, 50, 1},  {1366, 768, 170, 48, 1},   {1920, 1080, 240, 67, 1},
        {2160, 1349, 270, 84, 1}, {2160, 1350, 135, 42, 2},  {2560, 1440, 160, 45, 2},
        {3840, 2160, 240, 67, 2}, {2160, 3840, 135, 120, 2}, {800, 1280, 100, 80, 1},
        {5120, 1440, 320, 45, 2}, {7680, 4320, 192, 54, 5},  {32768, 32768, 512, 256, 8},
        {8, 16, 1, 1, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct boot_framebuffer panel = {
            .width = cases[i].width, .height = cases[i].height, .pixels_per_line = cases[i].width, BGRX};
        struct screen_geometry measured;
        panel.size_bytes = panel_pixels(&panel) * sizeof(uint32_t);

        assert_int_equal(screen_geometry_measure(&panel, &measured), 0);
        assert_int_equal(measured.columns, cases[i].columns);
        assert_int_equal(measured.rows, cases[i].rows);
        assert_int_equal(measured.scale, cases[i].scale);
        assert_int_equal(screen_shadow_size(&panel), (size_t)cases[i].columns * cases[i].rows * 8);
        assert_int_equal(measured.width, cases[i].width);
        assert_int_equal(measured.height, cases[i].height);
    }
}

static void bad_framebuffers_are_refused(void **state)
{
    const struct boot_framebuffer good = {
        .size_bytes = 64 * 32 * 4, .width = 64, .height = 32, .pixels_per_line = 64, BGRX};
    static const struct {
        size_t field;
        uint32_t value;
    } cases[] = {
        {offsetof(struct boot_framebuffer, width), 0},
        {offsetof(struct boot_framebuffer, width), 7},
        {offsetof(struct boot_framebuffer, width), 65},
        {offsetof(struct boot_framebuffer, width), UINT32_MAX},
        {offsetof(struct boot_framebuffer, height), 0},
        {offsetof(struct boot_framebuffer, height), 15},
        {offsetof(struct boot_framebuffer, height), 33},
        {offsetof(struct boot_framebuffer, height), UINT32_MAX},
        {offsetof(struct boot_framebuffer, pixels_per_line), 0},
        {offsetof(struct boot_framebuffer, pixels_per_line), 63},
        {offsetof(struct boot_framebuffer, pixels_per_line), 67},
        {offsetof(struct boot_framebuffer, pixels_per_line), UINT32_MAX},
        {offsetof(struct boot_framebuffer, size_bytes), 0},
        {offsetof(struct boot_framebuffer, size_bytes), 64 * 32 * 4 - 1},
        {offsetof(struct boot_framebuffer, red_mask), 0},
        {offsetof(struct boot_framebuffer, red_mask), 0xfd0000},
        {offsetof(struct boot_framebuffer, red_mask), 0xff8000},
        {offsetof(struct boot_framebuffer, green_mask), 0},
        {offsetof(struct boot_framebuffer, green_mask), 0x5500},
        {offsetof(struct boot_framebuffer, green_mask), 0xff80},
        {offsetof(struct boot_framebuffer, blue_mask), 0},
        {offsetof(struct boot_framebuffer, blue_mask), 0x800000ff},
        {offsetof(struct boot_framebuffer, blue_mask), 0xff0000},
        {offsetof(struct boot_framebuffer, blue_mask), UINT32_MAX},
    };

    (void)state;
    open_screen(&panels[3], 0);
    assert_int_equal(screen_shadow_size(&good), 8 * 2 * 8);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct boot_framebuffer bad = good;
        memcpy((uint8_t *)&bad + cases[i].field, &cases[i].value, sizeof(cases[i].value));
        assert_int_equal(screen_shadow_size(&bad), 0);
        assert_int_equal(screen_setup(&bad, NULL, NULL, palette), -EINVAL);
    }

    /* The screen before goes on. */
    model_row(0)[0] = 'x' | CELL_COLORS_DEFAULT;
    show_all();
    check_screen();
    close_screen();
}

static void setup_clears_the_screen(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(panels); i++) {
        for (size_t shift = 0; shift < 16; shift += 4) {
            open_screen(&panels[i], shift);
            assert_int_equal(screen_get_geometry().columns, model.columns);
            assert_int_equal(screen_get_geometry().rows, model.rows);
            assert_int_equal(screen_get_geometry().scale, model.scale);
            check_screen();
            close_screen();
        }
    }
}

static terminal_cell_t random_color(void)
{
    return random_number(3) == 0 ? CELL_COLOR_DIRECT | random_number(0x8000)
                                 : random_number(CELL_PALETTE_SIZE);
}

static terminal_cell_t random_cell(void)
{
    static const uint32_t starts[] = {' ', 0xa0, 0x400, 0x2500, 0x2580, 0x4e00, 0x1f600, 0x10ff00};
    terminal_cell_t cell = starts[random_number(COUNT(starts))] + random_number(90);

    cell |= CELL_COLORS(random_color(), random_color());
    if (random_number(2) == 0)
        cell |= (terminal_cell_t)random_number(128) << 21;
    if (random_number(8) == 0)
        cell |= random_number(2) == 0 ? CELL_WIDE_LEFT : CELL_WIDE_RIGHT;
    if (random_number(8) == 0)
        cell |= (terminal_cell_t)random_number(4) << CELL_CURSOR_SHIFT;
    return cell;
}

static void fill(const struct boot_framebuffer *panel)
{
    make_palette();
    open_screen(panel, 4);
    for (uint32_t i = 0; i < model.columns * model.rows; i++)
        model.cells[i] = random_cell();
    show_all();
    check_screen();
    close_screen();
}

static void every_cell_of_small_panels(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(panels); i++) {
        for (int round = 0; round < 20; round++)
            fill(&panels[i]);
    }
}

static void every_cell_of_large_panels(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(large_panels); i++)
        fill(&large_panels[i]);
}

static void every_glyph(void **state)
{
    const struct boot_framebuffer panel = {
        .width = 8 * 128, .height = 16 * 30, .pixels_per_line = 1024, BGRX};

    (void)state;
    make_palette();
    open_screen(&panel, 0);
    for (uint32_t code_point = 0x20; code_point < 0x2c00; code_point++) {
        uint32_t place = code_point % (model.columns * model.rows);
        model.cells[place] = code_point | CELL_COLORS_DEFAULT;
        if (place + 1 == model.columns * model.rows) {
            show_all();
            check_screen();
        }
    }
    show_all();
    check_screen();
    close_screen();
}

static void full_levels_give_full_masks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(panels); i++) {
        make_palette();
        palette[CELL_COLOR_DEFAULT_BACKGROUND] = 0xffffff;
        open_screen(&panels[i], 0);
        assert_int_equal(pixels[0], fb.red_mask | fb.green_mask | fb.blue_mask);
        close_screen();
        palette[CELL_COLOR_DEFAULT_BACKGROUND] = 0;
        open_screen(&panels[i], 0);
        assert_int_equal(pixels[0], 0);
        close_screen();
    }
}

static void only_what_differs_is_drawn(void **state)
{
    (void)state;
    make_palette();
    open_screen(&panels[6], 0); /* 40 x 12 cells */
    cells_drawn = 0;
    show_all();
    assert_int_equal(cells_drawn, 0);
    for (uint32_t column = 0; column < 13; column++)
        model_row(3)[column] = "the-same-line"[column] | CELL_COLORS_DEFAULT;
    show_all();
    assert_int_equal(cells_drawn, 13);
    show_all();
    assert_int_equal(cells_drawn, 13);
    model_row(3)[0] |= CELL_BOLD;
    show_all();
    assert_int_equal(cells_drawn, 14);
    check_screen();
    close_screen();
}

static void another_palette_draws_all_anew(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(panels); i++) {
        make_palette();
        open_screen(&panels[i], 0);
        for (uint32_t cell = 0; cell < model.columns * model.rows; cell++)
            model.cells[cell] = random_cell();
        show_all();
        cells_drawn = 0;
        screen_set_palette(palette); /* the same */
        show_all();
        assert_int_equal(cells_drawn, 0);
        make_palette();
        screen_set_palette(palette);
        memcpy(model.palette, palette, sizeof(palette));
        show_all();
        assert_int_equal(cells_drawn, model.columns * model.rows);
        check_screen();
        close_screen();
    }
}

static void what_others_drew_is_forgotten(void **state)
{
    (void)state;
    make_palette();
    open_screen(&panels[3], 0);
    for (uint32_t cell = 0; cell < model.columns * model.rows; cell++)
        model.cells[cell] = random_cell();
    show_all();
    for (uint32_t y = 0; y < fb.height; y++)
        memset(pixels + (size_t)y * fb.pixels_per_line, 0x77, fb.width * sizeof(uint32_t));
    screen_forget();
    show_all();
    check_screen();
    close_screen();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(geometry),
        cmocka_unit_test(bad_framebuffers_are_refused),
        cmocka_unit_test(setup_clears_the_screen),
        cmocka_unit_test(every_cell_of_small_panels),
        cmocka_unit_test(every_cell_of_large_panels),
        cmocka_unit_test(every_glyph),
        cmocka_unit_test(full_levels_give_full_masks),
        cmocka_unit_test(only_what_differs_is_drawn),
        cmocka_unit_test(another_palette_draws_all_anew),
        cmocka_unit_test(what_others_drew_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
