/* The screen as a sink of the log. */
#ifndef LINTEL_DEV_SCREEN_SINK_H
#define LINTEL_DEV_SCREEN_SINK_H

#include "boot_info.h"

/* Map the framebuffer, write-combining where the MTRRs leave it uncached, and show the log on it from
 * its first line on. Errors: -ENODEV (the machine has no framebuffer), -EINVAL (it makes no sense),
 * -ENOMEM. Context: early boot, after kernel_map_setup(). */
int screen_sink_setup(const struct boot_framebuffer *framebuffer);

#endif
