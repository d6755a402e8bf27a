#include "dev/debugcon.h"

#include "abi/errno.h"
#include "arch/x86_64/port.h"
#include "core/log.h"

#define DEBUGCON_PORT 0xe9

static void debugcon_write(enum log_level level, const char *text, size_t length)
{
    (void)level;
    for (size_t i = 0; i < length; i++)
        port_write8(DEBUGCON_PORT, (uint8_t)text[i]);
}

static bool is_there; /* set in early boot */

static struct log_sink debugcon_sink = {.write = debugcon_write};

int debugcon_setup(void)
{
    if (port_read8(DEBUGCON_PORT) != DEBUGCON_PORT)
        return -ENODEV;
    is_there = true;
    log_add_sink(&debugcon_sink);
    return 0;
}

void debugcon_show(const char *text, size_t length)
{
    if (is_there)
        debugcon_write(LOG_INFO, text, length);
}
