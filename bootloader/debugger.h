/* Waiting for a debugger. Assembly; tests put their own in its place. */
#ifndef LINTEL_BOOTLOADER_DEBUGGER_H
#define LINTEL_BOOTLOADER_DEBUGGER_H

#include <stdint.h>

/* Spin with DEBUGGER_MAGIC in RAX and image_base in RBX, so that a debugger that stops the CPU knows where
 * the bootloader lies, until it sets RAX to 0. */
void debugger_spin(uint64_t image_base);

#endif
