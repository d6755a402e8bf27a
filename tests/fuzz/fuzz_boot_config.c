/* boot.cfg: any bytes are parsed or refused, and what is parsed keeps its promises. */
#include <stdlib.h>
#include <string.h>

#include "bootloader/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void require_path(const char *path)
{
    require(strlen(path) <= CONFIG_FILE_PATH_MAX && path[0] == '\\' && strchr(path, '/') == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct boot_config config;
    static struct error error;
    int result = config_parse((const char *)data, size, &config, &error);

    require_path(config.kernel);
    require_path(config.utask);
    require(strlen(config.command_line) <= CONFIG_COMMAND_LINE_MAX);
    require(config.timeout_seconds <= CONFIG_TIMEOUT_MAX);
    if (config.initrd[0] != '\0')
        require_path(config.initrd);
    if (config.screen == CONFIG_SCREEN_SIZE)
        require(config.screen_width > 0 && config.screen_height > 0);
    for (const char *cursor = config.command_line; *cursor != '\0'; cursor++)
        require(*cursor == '\t' || (*cursor >= ' ' && *cursor <= '~'));
    require(result == 0 || (error.reason[0] != '\0' && strcmp(error.subject, CONFIG_PATH) == 0));
    config_command_line_has(&config, "kaslr=off");
    return 0;
}
