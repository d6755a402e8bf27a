#include "dev/screen_sink.h"

#include <stdbool.h>
#include <stddef.h>

#include "abi/errno.h"
#include "core/log.h"
#include "dev/screen.h"
#include "mm/kernel_map.h"

#define SCREEN_RESCUE_SHADOW_SIZE 65536u /* 32 lines of 128 cells */
#define COLOR_WARNING 0xffd060u
#define COLOR_ERROR 0xff6060u

static void screen_sink_write(enum log_level level, const char *text, size_t length)
{
    if (level <= LOG_ERROR)
        screen_set_color(COLOR_ERROR, SCREEN_BACKGROUND);
    else if (level <= LOG_WARNING)
        screen_set_color(COLOR_WARNING, SCREEN_BACKGROUND);
    screen_write(text, length);
    screen_reset_color();
}

static struct log_sink screen_sink = {.write = screen_sink_write, .is_for_people = true};

static bool has_screen;

int screen_sink_setup(const struct boot_framebuffer *framebuffer)
{
    size_t shadow_size = screen_shadow_size(framebuffer);

    if (framebuffer->width == 0)
        return -ENODEV;
    if (shadow_size == 0)
        return -EINVAL;
    void *shadow = kernel_map_alloc((shadow_size + PAGE_SIZE - 1) / PAGE_SIZE);
    if (shadow == NULL)
        return -ENOMEM;
    int error = screen_setup(framebuffer, (void *)framebuffer->virtual_base, shadow);
    if (error != 0)
        return error;

    struct screen_geometry geometry = screen_get_geometry();
    log_debug("screen: %ux%u pixels at 0x%lx, %ux%u cells", framebuffer->width, framebuffer->height,
              framebuffer->physical_base, geometry.columns, geometry.rows);
    log_add_sink(&screen_sink);
    has_screen = true;
    return 0;
}

void screen_sink_rescue(const struct boot_framebuffer *framebuffer)
{
    static uint64_t shadow[SCREEN_RESCUE_SHADOW_SIZE / sizeof(uint64_t)];
    struct boot_framebuffer part = *framebuffer;

    if (has_screen || part.width == 0)
        return;
    while (part.height > 0 && screen_shadow_size(&part) > sizeof(shadow))
        part.height /= 2;
    has_screen = screen_shadow_size(&part) > 0 && screen_setup(&part, (void *)part.virtual_base, shadow) == 0;
    if (has_screen)
        log_add_sink(&screen_sink);
}
