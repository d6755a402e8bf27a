/* The screen: a linear framebuffer by the Graphics Output Protocol (UEFI 2.10, section 12.9).
 * Context: before ExitBootServices. */
#ifndef LINTEL_BOOTLOADER_GRAPHICS_H
#define LINTEL_BOOTLOADER_GRAPHICS_H

#include "boot_info.h"
#include "config.h"

/* Choose an output with a framebuffer that can be written to (the console's, if it has one), switch it to the
 * mode that config asks for where there is one, and describe it. Width 0 if there is no such output. A mode
 * that is not to be had is reported on the console and is no error. Switching clears the screen. */
void graphics_setup(const struct boot_config *config, struct boot_framebuffer *ret_framebuffer);

#endif
