#include "dev/screen_sink.h"

#include <stddef.h>

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/pat.h"
#include "core/log.h"
#include "dev/screen.h"
#include "mm/kernel_map.h"

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

/* The PAT can make write-combining of uncached memory. Where the MTRRs say more than uncached, they
 * know something that we do not: they are followed. */
static uint32_t framebuffer_caching(const struct boot_framebuffer *framebuffer)
{
    uint8_t type = mtrr_type(framebuffer->physical_base, framebuffer->size_bytes);

    return cpu_features.has_pat && type == MTRR_TYPE_UC ? MAP_WRITE_COMBINING : 0;
}

int screen_sink_setup(const struct boot_framebuffer *framebuffer)
{
    size_t shadow_size = screen_shadow_size(framebuffer);

    if (framebuffer->width == 0)
        return -ENODEV;
    if (shadow_size == 0)
        return -EINVAL;
    uint32_t caching = framebuffer_caching(framebuffer);
    void *shadow = kernel_map_alloc((shadow_size + PAGE_SIZE - 1) / PAGE_SIZE);
    volatile void *pixels = kernel_map_device(framebuffer->physical_base, framebuffer->size_bytes, caching);
    if (shadow == NULL || pixels == NULL)
        return -ENOMEM;
    int error = screen_setup(framebuffer, (void *)pixels, shadow);
    if (error != 0)
        return error;

    struct screen_geometry geometry = screen_get_geometry();
    log_debug("screen: %ux%u pixels at 0x%lx, %ux%u cells, %s", framebuffer->width, framebuffer->height,
              framebuffer->physical_base, geometry.columns, geometry.rows,
              caching == MAP_WRITE_COMBINING ? "write-combining by the PAT" : "caching as the MTRRs say");
    log_add_sink(&screen_sink);
    return 0;
}
