/* Text on the firmware's console: the screen, and the serial line where firmware mirrors it.
 * Everything is plain ASCII. Context: before ExitBootServices. */
#ifndef LINTEL_BOOTLOADER_CONSOLE_H
#define LINTEL_BOOTLOADER_CONSOLE_H

#include <stdint.h>

/* Print formatted text (lib/format.h). "\n" starts a new line; a character that is neither printable nor
 * a line end is shown as '?'. Without a console nothing happens. */
void console_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Show how far a long read has come, on one line that is overwritten; the line ends when done_bytes
 * has reached total_bytes. */
void console_progress(const char *what, uint64_t done_bytes, uint64_t total_bytes);

/* Ask for a key and count the seconds down; returns when a key is pressed or the time is over. Keys that
 * were pressed before do not count. With timeout_seconds 0 it returns at once and asks nothing. */
void console_wait_for_key(uint32_t timeout_seconds);

#endif
