/* Reading boot.cfg from the boot volume. Context: before ExitBootServices. */
#ifndef LINTEL_BOOTLOADER_CONFIG_FILE_H
#define LINTEL_BOOTLOADER_CONFIG_FILE_H

#include "config.h"
#include "file.h"

/* Read and parse CONFIG_PATH; without such a file config stays as it is.
 * Errors: those of file_open (but for -ENOENT), file_read and config_parse; -ENOMEM. */
int config_file_read(const struct volume *volume, struct boot_config *config, struct error *error);

#endif
