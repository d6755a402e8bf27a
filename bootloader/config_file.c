#include "config_file.h"

#include "abi/errno.h"
#include "firmware.h"

int config_file_read(const struct volume *volume, struct boot_config *config, struct error *error)
{
    __attribute__((cleanup(file_close))) struct file file;
    int result = file_open(volume, CONFIG_PATH, &file, error);

    if (result == -ENOENT)
        return 0;
    if (result < 0)
        return result;
    if (file.size_bytes > CONFIG_SIZE_MAX)
        return config_parse(NULL, file.size_bytes, config, error);

    __attribute__((cleanup(firmware_pool_cleanup))) char *text = firmware_pool_allocate(CONFIG_SIZE_MAX);
    if (text == NULL)
        return error_set(error, -ENOMEM, CONFIG_PATH, "out of memory");
    result = file_read(&file, 0, text, file.size_bytes, error);
    return result < 0 ? result : config_parse(text, file.size_bytes, config, error);
}
