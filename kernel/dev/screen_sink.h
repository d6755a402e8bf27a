/* The screen as a sink of the log. */
#ifndef LINTEL_DEV_SCREEN_SINK_H
#define LINTEL_DEV_SCREEN_SINK_H

#include "boot_info.h"

/* Show the log on the framebuffer, from its first line on. The bootloader has mapped it write-combining,
 * which is right whatever the MTRRs say of it. Errors: -ENODEV (the machine has no framebuffer), -EINVAL (it
 * makes no sense), -ENOMEM. Context: early boot, after kernel_map_setup(). */
int screen_sink_setup(const struct boot_framebuffer *framebuffer);

/* For a panic before screen_sink_setup(): show the log on the upper part of the framebuffer, as far as memory
 * of the kernel image's own suffices for it. Does nothing if there is a screen already, or no framebuffer.
 * Context: panic; the boot CPU is set up (the PAT). */
void screen_sink_rescue(const struct boot_framebuffer *framebuffer);

#endif
