/* What the system is. */
#include "core/command_line.h"
#include "core/sysrq.h"
#include "fs/devices.h"
#include "fs/file_system_type.h"
#include "proc/host.h"
#include "procfs/system_files.h"
#include "tty/tty.h"

int system_show_version(struct pseudo_node *node, struct text *text)
{
    struct utsname names;

    (void)node;
    host_get_names(&names);
    text_print(text, "%s version %s (lintel@%s) (clang " __clang_version__ ") %s\n", names.sysname,
               names.release, "lintel", names.version);
    return 0;
}

int system_show_cmdline(struct pseudo_node *node, struct text *text)
{
    (void)node;
    text_print(text, "%s\n", command_line_text());
    return 0;
}

/* None is on a disk. */
int system_show_filesystems(struct pseudo_node *node, struct text *text)
{
    (void)node;
    for (const struct file_system_type *type = file_system_type_next(NULL); type != NULL;
         type = file_system_type_next(type))
        text_print(text, "nodev\t%s\n", type->name);
    return 0;
}

/* Drivers by their major numbers, as Linux names them. */
static const struct {
    unsigned major;
    const char *name;
} drivers[] = {{1, "mem"},          {4, "tty"},       {4, "ttyS"},  {5, "/dev/tty"},
               {5, "/dev/console"}, {5, "/dev/ptmx"}, {10, "misc"}, {136, "pts"}};

int system_show_devices(struct pseudo_node *node, struct text *text)
{
    (void)node;
    text_add_string(text, "Character devices:\n");
    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
        text_print(text, "%3u %s\n", drivers[i].major, drivers[i].name);
    text_add_string(text, "\nBlock devices:\n");
    return 0;
}

static const char *console_name(uint64_t number)
{
    const struct device *device;

    for (size_t i = 0; (device = devices_get(i)) != NULL; i++) {
        if (S_ISCHR(device->mode) && device->number == number)
            return device->name;
    }
    return "?";
}

int system_show_consoles(struct pseudo_node *node, struct text *text)
{
    const struct tty *console = tty_console();

    (void)node;
    if (console == NULL)
        return 0;
    const uint64_t number = tty_device_number(console);
    text_print(text, "%-20s -W- (EC  p  ) %4lu:%lu\n", console_name(number), number >> 8 & 0xfff,
               number & 0xff);
    return 0;
}

/* One key, as on the keyboard. */
int system_store_sysrq(struct pseudo_node *node, const char *text, size_t length)
{
    (void)node;
    if (length > 0 && text[0] != '\n')
        sysrq_press(text[0], NULL);
    return 0;
}

/* Devices of major number 10. */
int system_show_misc(struct pseudo_node *node, struct text *text)
{
    const struct device *device;

    (void)node;
    for (size_t i = 0; (device = devices_get(i)) != NULL; i++) {
        if (S_ISCHR(device->mode) && device->number >> 8 == 10)
            text_print(text, "%3lu %s\n", device->number & 0xff, device->name);
    }
    return 0;
}

int system_show_constant(struct pseudo_node *node, struct text *text)
{
    text_add_string(text, node->entry->argument);
    return 0;
}
