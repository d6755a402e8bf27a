/* The screen that the virtual terminals share: it shows the one in front, and the log, which is written to
 * the first one.
 *
 * What is written changes cells at once and pixels later: a first change is drawn by who made it, further
 * ones together, about 60 times a second, by a thread. A row is drawn at a time, so that interrupts stay
 * disabled for no longer. The log, which may be written to in any context, is drawn in the same rhythm; in a
 * panic, and before there are threads, line by line. */
#ifndef LINTEL_VT_VT_SCREEN_H
#define LINTEL_VT_VT_SCREEN_H

#include "boot_info.h"

/* Show the log on the framebuffer, from its first line on. The bootloader has mapped it write-combining,
 * which is right whatever the MTRRs say of it. Errors: -ENODEV (the machine has no framebuffer), -EINVAL (it
 * makes no sense), -ENOMEM. Context: early boot, after kernel_map_setup(). */
int vt_screen_setup(const struct boot_framebuffer *framebuffer);

/* Let a thread draw from now on. Errors: -ENOMEM: all is drawn by those who write. Context: boot, after
 * sched_setup(). */
int vt_screen_start(void);

/* Drawings that have ended. Context: any. */
uint64_t vt_screen_drawings(void);

/* For a panic before vt_screen_setup(): show the log on the upper part of the framebuffer, as far as memory
 * of the kernel image's own suffices for it. Does nothing if there is a screen already, or no framebuffer.
 * Context: panic; the boot CPU is set up (the PAT). */
void vt_screen_rescue(const struct boot_framebuffer *framebuffer);

#endif
