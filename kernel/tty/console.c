/* Which terminal /dev/console is, and the serial line that shows the same as long as nobody wants it for
 * himself. */
#include "core/command_line.h"
#include "core/panic.h"
#include "dev/debugcon.h"
#include "lib/string.h"
#include "tty/serial_tty.h"
#include "tty/tty_internal.h"

#define NAME_SIZE 16

static struct tty *console;         /* set once */
static atomic_bool console_mirrors; /* the serial line shows and types what the console does */

/* The terminal that the last `console=` names; what follows a comma is its speed. */
static struct tty *console_asked_for(void)
{
    char name[NAME_SIZE];

    if (!command_line_value("console", name, sizeof(name)))
        return NULL;
    for (size_t i = 0; i < sizeof(name) && name[i] != '\0'; i++) {
        if (name[i] == ',')
            name[i] = '\0';
    }
    return tty_find_permanent(strcmp(name, "tty0") == 0 ? "tty1" : name);
}

void tty_console_setup(void)
{
    struct tty *serial = tty_find_permanent("ttyS0");

    console = console_asked_for();
    if (console != NULL)
        return;
    console = tty_find_permanent("tty1");
    if (console != NULL)
        atomic_store(&console_mirrors, serial != NULL);
    else
        console = serial;
    if (console == NULL)
        panic("tty: there is no terminal at all");
}

struct tty *tty_console(void)
{
    return console;
}

bool console_is_mirrored(void)
{
    return atomic_load(&console_mirrors);
}

void console_end_mirror(void)
{
    atomic_store(&console_mirrors, false);
}

void console_mirror(struct tty *tty, const char *bytes, size_t length)
{
    if (tty != console)
        return;
    debugcon_show(bytes, length);
    if (console_is_mirrored())
        serial_tty_show(bytes, length);
}
