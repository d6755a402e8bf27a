/* The text console on framebuffers in memory. Each framebuffer ends where its allocation ends, so that
 * AddressSanitizer sees a store beyond it, and begins with garbage, so that a console which read pixels
 * would show it. What is shown is compared, pixel by pixel, with screen_model.c. */
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
#include "dev/screen_utf8.h"
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
    assert_int_equal(screen_setup(&fb, pixels, shadow), 0);
    screen_model_setup(&model, &fb);
}

static void close_screen(void)
{
    free(memory);
    free(shadow);
}

static void send_bytes(const char *bytes, size_t length)
{
    struct utf8_decoder decoder = {0};

    screen_write(bytes, length);
    for (size_t i = 0; i < length; i++) {
        uint32_t code_points[2];
        size_t count = utf8_decode(&decoder, (uint8_t)bytes[i], code_points);
        for (size_t j = 0; j < count; j++)
            screen_model_put(&model, code_points[j]);
    }
}

static void send(const char *text)
{
    send_bytes(text, strlen(text));
}

static void set_color(uint32_t foreground, uint32_t background)
{
    screen_set_color(foreground, background);
    model.foreground = foreground & 0xffffff;
    model.background = background & 0xffffff;
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
        assert_int_equal(screen_shadow_size(&panel), (size_t)cases[i].columns * cases[i].rows * 16);
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
    assert_int_equal(screen_shadow_size(&good), 8 * 2 * 16);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct boot_framebuffer bad = good;
        memcpy((uint8_t *)&bad + cases[i].field, &cases[i].value, sizeof(cases[i].value));
        assert_int_equal(screen_shadow_size(&bad), 0);
        assert_int_equal(screen_setup(&bad, NULL, NULL), -EINVAL);
    }

    /* The screen before goes on. */
    send("still here");
    check_screen();
    close_screen();
}

static void nothing_happens_without_a_screen(void **state)
{
    (void)state;
    assert_int_equal(screen_get_geometry().columns, 0);
    screen_write("nobody sees this\n", 17);
    screen_clear();
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

/* Text in each cell of each row, then one scroll, on panels of every kind. */
static void fill_and_scroll(const struct boot_framebuffer *panel)
{
    char text[16];

    open_screen(panel, 4);
    for (uint32_t row = 0; row < model.rows; row++) {
        for (uint32_t column = 0; column < model.columns; column++) {
            snprintf(text, sizeof(text), "%c", '!' + (int)((row * 7 + column) % 94));
            send(text);
        }
    }
    check_screen();
    assert_int_equal(model.row, model.rows - 1);
    send("\xc3\xa4\n");
    check_screen();
    close_screen();
}

static void every_cell_of_small_panels(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(panels); i++)
        fill_and_scroll(&panels[i]);
}

static void every_cell_of_large_panels(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(large_panels); i++)
        fill_and_scroll(&large_panels[i]);
}

static void every_glyph(void **state)
{
    const struct boot_framebuffer panel = {
        .width = 8 * 128, .height = 16 * 30, .pixels_per_line = 1024, BGRX};

    (void)state;
    open_screen(&panel, 0);
    for (uint32_t code_point = 0x20; code_point < 0x2c00; code_point++) {
        const char text[] = {(char)(0xe0 | code_point >> 12), (char)(0x80 | (code_point >> 6 & 0x3f)),
                             (char)(0x80 | (code_point & 0x3f))};
        const char narrow[] = {(char)(0xc0 | code_point >> 6), (char)(0x80 | (code_point & 0x3f))};
        if (code_point < 0x80)
            send_bytes((const char[]){(char)code_point}, 1);
        else if (code_point < 0x800)
            send_bytes(narrow, sizeof(narrow));
        else
            send_bytes(text, sizeof(text));
        if (model.row == model.rows - 1) {
            check_screen();
            screen_clear();
            screen_model_clear(&model);
        }
    }
    check_screen();
    close_screen();
}

static void text_behaves(void **state)
{
    static const char *const texts[] = {
        "",
        "hello, world",
        "first\nsecond\r\nthird\rTHI",
        "a\tb\tc\td\te\tf",
        "\t\t\t\t\t\t\tend",
        "1234567\t8\t",
        "123456789012\t|",
        "123456789012\b|",
        "123456789012\r|",
        "123456789012\n|",
        "1234567890123",
        "123456789012123456789012\n",
        "\b\b\bx",
        "abc\b\b\b\b\bX",
        "abc\b \b",
        "a\nb\nc\nd\ne\nf\ng",
        "\n\n\n\n\n\n\n\n",
        "ab\a\v\f\x1b\x7f\xc2\x85 c",
        "na\xc3\xafve \xce\xbb\xd0\x96 \xe2\x94\x8c\xe2\x94\x80\xe2\x96\x88",
        "e\xcc\x81t\xe2\x80\x8b\xef\xbb\xbf.",
        "\xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x98\x80|",
        "\xff\xfe\xc0\x80\xed\xa0\x80|",
        "soft\xc2\xadhyphen\xc2\xa0nbsp",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        open_screen(&panels[3], 0); /* 12 x 5 cells */
        send(texts[i]);
        check_screen();
        send_bytes("a\0b", 3);
        check_screen();
        close_screen();
    }
}

static void cut_sequences_go_on_in_the_next_call(void **state)
{
    static const char text[] = "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xe2\x94\x80";

    (void)state;
    open_screen(&panels[3], 0);
    for (size_t i = 0; i + 1 < sizeof(text); i++)
        screen_write(&text[i], 1);
    screen_model_put(&model, 0xe4);
    screen_model_put(&model, 0x20ac);
    screen_model_put(&model, 0x1f600);
    screen_model_put(&model, 0x2500);
    check_screen();

    screen_write("\xe2\x94", 2);
    check_screen();
    screen_write("x", 1);
    screen_model_put(&model, UTF8_REPLACEMENT);
    screen_model_put(&model, 'x');
    check_screen();
    close_screen();
}

static void colors(void **state)
{
    static const uint32_t samples[] = {0,        0xffffff, 0xff0000, 0x00ff00,
                                       0x0000ff, 0x123456, 0x010203, 0xfffefd};

    (void)state;
    for (size_t i = 0; i < COUNT(panels); i++) {
        open_screen(&panels[i], 0);
        for (size_t j = 0; j < COUNT(samples); j++) {
            set_color(samples[j], ~samples[j]);
            send("Color ");
            check_screen();
        }
        screen_clear();
        screen_model_clear(&model);
        check_screen();
        send("cleared\n");
        screen_reset_color();
        model.foreground = SCREEN_FOREGROUND;
        model.background = SCREEN_BACKGROUND;
        send("plain\n");
        check_screen();
        close_screen();
    }
}

static void full_levels_give_full_masks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(panels); i++) {
        open_screen(&panels[i], 0);
        screen_set_color(0, 0xffffff);
        screen_clear();
        assert_int_equal(pixels[0], fb.red_mask | fb.green_mask | fb.blue_mask);
        screen_set_color(0, 0);
        screen_clear();
        assert_int_equal(pixels[0], 0);
        close_screen();
    }
}

static void equal_lines_scroll_without_drawing(void **state)
{
    (void)state;
    open_screen(&panels[6], 0); /* 40 x 12 cells */
    for (uint32_t row = 0; row < model.rows; row++)
        send("the same line\n");
    check_screen();

    cells_drawn = 0;
    send("the same line\n");
    assert_int_equal(cells_drawn, 0);
    send("The same line\n");
    assert_int_equal(cells_drawn, 1);
    send("the same line\n");
    assert_int_equal(cells_drawn, 1 + 2);
    check_screen();
    close_screen();
}

static void a_burst_draws_each_cell_once(void **state)
{
    char burst[200 * 16] = "", line[16];

    (void)state;
    open_screen(&panels[6], 0);
    for (int i = 0; i < 200; i++) {
        snprintf(line, sizeof(line), "burst line %d\n", i);
        strcat(burst, line);
    }
    cells_drawn = 0;
    send(burst);
    /* Once before the first scroll, once after the last. */
    assert_in_range(cells_drawn, 1, 2 * model.rows * strlen("burst line 199"));
    check_screen();
    close_screen();
}

static void random_text(const struct boot_framebuffer *panel, int rounds)
{
    static const char *const pieces[] = {
        "word",
        " ",
        "\n",
        "\r",
        "\t",
        "\b",
        "\xc3\xa4",
        "\xe2\x94\x82",
        "\xcc\x81",
        "\xe4\xb8\xad",
        "a longer run of text",
        "\n\n\n",
        "\xf0\x9f\x98\x80",
        "\b\b\b\b\b",
        "|",
        "\xd0\x96",
        "\xff",
    };

    open_screen(panel, random_number(4) * 4);
    for (int round = 0; round < rounds; round++) {
        char text[512] = "";
        for (uint32_t i = random_number(20); i > 0; i--)
            strcat(text, pieces[random_number(COUNT(pieces))]);
        if (random_number(4) == 0)
            set_color(random_number(0x1000000), random_number(0x1000000));
        if (random_number(50) == 0) {
            screen_clear();
            screen_model_clear(&model);
        }
        send(text);
        check_screen();
    }
    close_screen();
}

static void random_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(panels); i++)
        random_text(&panels[i], i < 6 ? 400 : 40);
}

static void random_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(panels); i++) {
        open_screen(&panels[i], 0);
        for (int round = 0; round < 60; round++) {
            char bytes[400];
            size_t length = random_number(sizeof(bytes) - 1);
            for (size_t j = 0; j < length; j++)
                bytes[j] = (char)random_number(256);
            bytes[length] = '\n'; /* no sequence is open at the end */
            send_bytes(bytes, length + 1);
            check_screen();
        }
        close_screen();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_happens_without_a_screen), /* first: no test before it sets a screen up */
        cmocka_unit_test(geometry),
        cmocka_unit_test(bad_framebuffers_are_refused),
        cmocka_unit_test(setup_clears_the_screen),
        cmocka_unit_test(every_cell_of_small_panels),
        cmocka_unit_test(every_cell_of_large_panels),
        cmocka_unit_test(every_glyph),
        cmocka_unit_test(text_behaves),
        cmocka_unit_test(cut_sequences_go_on_in_the_next_call),
        cmocka_unit_test(colors),
        cmocka_unit_test(full_levels_give_full_masks),
        cmocka_unit_test(equal_lines_scroll_without_drawing),
        cmocka_unit_test(a_burst_draws_each_cell_once),
        cmocka_unit_test(random_texts),
        cmocka_unit_test(random_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
