/* boot.cfg: what the person who made the stick wants.
 *
 * Plain ASCII text, at most 64 KiB; one `key=value` a line; lines end with LF or CRLF; `#` at the start
 * of a line makes it a comment; spaces and tabs around key and value do not count. Every key is
 * optional, and none may stand twice:
 *
 *   kernel    path of the kernel's image          default \EFI\lintel\kernel.bin
 *   utask     path of the first program's image   default \EFI\lintel\utask.bin
 *   initrd    path of the initrd                  default: none is loaded
 *   cmdline   the kernel's command line           default: empty
 *   screen    keep, max, or WIDTHxHEIGHT          default keep
 *   timeout   seconds to wait for a key after an error, 0..3600    default 30
 *   debugger  wait: stop until a debugger lets us go on
 *
 * Paths are relative to the root of the volume the bootloader came from; '/' may stand for '\'. */
#ifndef LINTEL_BOOTLOADER_CONFIG_H
#define LINTEL_BOOTLOADER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define CONFIG_PATH "\\EFI\\lintel\\boot.cfg"
#define CONFIG_SIZE_MAX 65536
#define CONFIG_FILE_PATH_MAX 255
#define CONFIG_COMMAND_LINE_MAX 2047
#define CONFIG_TIMEOUT_MAX 3600
#define CONFIG_SCREEN_SIDE_MAX 16384

enum config_screen { CONFIG_SCREEN_KEEP, CONFIG_SCREEN_MAX, CONFIG_SCREEN_SIZE };

struct boot_config {
    /* Paths begin with '\' and use it alone. */
    char kernel[CONFIG_FILE_PATH_MAX + 1];
    char utask[CONFIG_FILE_PATH_MAX + 1];
    char initrd[CONFIG_FILE_PATH_MAX + 1]; /* empty: none */
    char command_line[CONFIG_COMMAND_LINE_MAX + 1];
    enum config_screen screen;
    uint32_t screen_width; /* in pixels, for CONFIG_SCREEN_SIZE */
    uint32_t screen_height;
    uint32_t timeout_seconds;
    bool wait_for_debugger;
};

/* Every key at its default. */
void config_init(struct boot_config *config);

/* Read size bytes of text (not terminated) into ret_config, which is overwritten; keys that the text does not
 * have get their defaults. On error ret_config holds the defaults, but for a timeout that stands before
 * the mistake, and error names the line.
 * Errors: -EINVAL, -E2BIG (over CONFIG_SIZE_MAX). Pure. */
int config_parse(const char *text, size_t size, struct boot_config *ret_config, struct error *error);

/* True when word stands in the command line, set apart by spaces or tabs. Pure. */
bool config_command_line_has(const struct boot_config *config, const char *word);

#endif
