/* Devices by their classes, and by their numbers. A node's number is the device's place in the table of
 * fs/devices.h. */
#include "abi/errno.h"
#include "fs/devices.h"
#include "lib/format.h"
#include "lib/string.h"
#include "procfs/sysfs_files.h"

#define MAJOR(number) ((unsigned)((number) >> 8 & 0xfff))
#define MINOR(number) ((unsigned)(((number)&0xff) | ((number) >> 12 & 0xfff00)))

static const char mem_class[] = "mem", misc_class[] = "misc", tty_class[] = "tty";

static const char *class_of(const struct device *device)
{
    switch (MAJOR(device->number)) {
    case 1:
        return mem_class;
    case 4:
    case 5:
        return tty_class;
    default:
        return misc_class;
    }
}

static int show_number(struct pseudo_node *node, struct text *text)
{
    const struct device *device = devices_get(node->number);

    text_print(text, "%u:%u\n", MAJOR(device->number), MINOR(device->number));
    return 0;
}

static int show_event(struct pseudo_node *node, struct text *text)
{
    const struct device *device = devices_get(node->number);
    const uint32_t permissions = device->mode & S_IALLUGO;

    text_print(text, "MAJOR=%u\nMINOR=%u\nDEVNAME=%s\n", MAJOR(device->number), MINOR(device->number),
               device->name);
    if (permissions != 0600)
        text_print(text, "DEVMODE=0%o\n", permissions);
    return 0;
}

/* A request to tell of the device again: nobody listens. */
static int store_event(struct pseudo_node *node, const char *text, size_t length)
{
    (void)node;
    (void)text;
    (void)length;
    return 0;
}

static int get_subsystem(struct pseudo_node *node, char *buffer)
{
    (void)format_to_buffer(buffer, PATH_MAX, "../../../class/%s", class_of(devices_get(node->number)));
    return 0;
}

static const struct pseudo_entry device_files[] = {
    {"dev", S_IFREG | 0444, .show = show_number},
    {"subsystem", S_IFLNK | 0777, .get_target = get_subsystem},
    {"uevent", S_IFREG | 0644, .show = show_event, .store = store_event},
    {0}};
static const struct pseudo_entry device_folder = {.mode = S_IFDIR | 0755, .children = device_files};

/* Whether a device is one of a directory's: entry->argument is the class. */
static bool is_member(const struct pseudo_node *directory, const struct device *device)
{
    return S_ISCHR(device->mode) && class_of(device) == directory->entry->argument;
}

static int lookup_member(struct pseudo_node *directory, const char *name, size_t length,
                         struct pseudo_child *ret_child)
{
    const struct device *device;

    for (size_t i = 0; (device = devices_get(i)) != NULL; i++) {
        if (!is_member(directory, device) || strlen(device->name) != length ||
            memcmp(device->name, name, length) != 0)
            continue;
        *ret_child = (struct pseudo_child){.entry = &device_folder, .number = i};
        return 0;
    }
    return -ENOENT;
}

static int next_member(struct pseudo_node *directory, uint64_t number, struct pseudo_child *ret_child)
{
    const struct device *device;

    for (; (device = devices_get(number)) != NULL; number++) {
        if (!is_member(directory, device))
            continue;
        ret_child->entry = &device_folder;
        ret_child->number = number;
        (void)format_to_buffer(ret_child->name, sizeof(ret_child->name), "%s", device->name);
        return 0;
    }
    return -ENOENT;
}

#define CLASS(name)                                                                            \
    {                                                                                          \
        name, S_IFDIR | 0755, .argument = (name), .lookup = lookup_member, .next = next_member \
    }

const struct pseudo_entry sysfs_classes[] = {
    {.name = "block", .mode = S_IFDIR | 0755}, CLASS(mem_class), CLASS(misc_class), CLASS(tty_class), {0}};

/* By number */

static int get_device_folder(struct pseudo_node *node, char *buffer)
{
    const struct device *device = devices_get(node->number);

    (void)format_to_buffer(buffer, PATH_MAX, "../../class/%s/%s", class_of(device), device->name);
    return 0;
}

static const struct pseudo_entry number_link = {.mode = S_IFLNK | 0777, .get_target = get_device_folder};

static void format_number(const struct device *device, char *name, size_t size)
{
    (void)format_to_buffer(name, size, "%u:%u", MAJOR(device->number), MINOR(device->number));
}

static int next_number(struct pseudo_node *directory, uint64_t number, struct pseudo_child *ret_child)
{
    const struct device *device;

    (void)directory;
    while ((device = devices_get(number)) != NULL && !S_ISCHR(device->mode))
        number++;
    if (device == NULL)
        return -ENOENT;
    ret_child->entry = &number_link;
    ret_child->number = number;
    format_number(device, ret_child->name, sizeof(ret_child->name));
    return 0;
}

static int lookup_number(struct pseudo_node *directory, const char *name, size_t length,
                         struct pseudo_child *ret_child)
{
    struct pseudo_child child = {0};

    for (uint64_t i = 0; next_number(directory, i, &child) == 0; i = child.number + 1) {
        if (strlen(child.name) != length || memcmp(child.name, name, length) != 0)
            continue;
        *ret_child = child;
        return 0;
    }
    return -ENOENT;
}

const struct pseudo_entry sysfs_by_number[] = {
    {.name = "block", .mode = S_IFDIR | 0755},
    {"char", S_IFDIR | 0755, .lookup = lookup_number, .next = next_number},
    {0}};
