/* /proc/PID/mounts and mountinfo: the mounts below the process's root, oldest first. */
#include "abi/errno.h"
#include "boot_info.h"
#include "mm/frames.h"
#include "procfs/process_files.h"
#include "procfs/process_info.h"
#include "procfs/process_root.h"

#define PATH_SPECIAL " \t\n"
#define SOURCE_SPECIAL " \t\n#"

struct mounts_list {
    struct text *text;
    struct path root;
    char *name; /* a frame */
    void (*show)(struct mounts_list *list, const struct mount *mount);
};

static const char *access_of(const struct mount *mount)
{
    return mount->file_system->is_read_only ? "ro" : "rw";
}

/* What holds for the mount. */
static void show_flags(struct text *text, const struct mount *mount)
{
    static const struct {
        unsigned flag;
        const char *name;
    } flags[] = {{MS_NOSUID, ",nosuid"}, {MS_NODEV, ",nodev"}, {MS_NOEXEC, ",noexec"}};

    text_add_string(text, access_of(mount));
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (mount_has_flag(mount, flags[i].flag))
            text_add_string(text, flags[i].name);
    }
    text_add_string(text, ",relatime");
}

static void show_place(struct mounts_list *list, const struct mount *mount)
{
    const struct path place = {(struct mount *)mount, mount->root};

    if (path_show(&list->root, &place, list->name) == 0)
        text_add_escaped(list->text, list->name, PATH_SPECIAL);
}

/* Source, place, type and options: fstab's format. */
static void show_line(struct mounts_list *list, const struct mount *mount)
{
    text_add_escaped(list->text, mount->source, SOURCE_SPECIAL);
    text_add_string(list->text, " ");
    show_place(list, mount);
    text_print(list->text, " %s ", mount->file_system->name);
    show_flags(list->text, mount);
    if (mount->file_system->show_options != NULL)
        mount->file_system->show_options(mount->file_system, list->text);
    text_add_string(list->text, " 0 0\n");
}

/* Which part of its file system it shows. */
static void show_shown(struct mounts_list *list, const struct mount *mount)
{
    struct mount whole = {.root = mount->file_system->root};
    const struct path top = {&whole, whole.root}, place = {&whole, mount->root};

    if (path_show(&top, &place, list->name) == 0)
        text_add_escaped(list->text, list->name, PATH_SPECIAL);
}

static void show_info(struct mounts_list *list, const struct mount *mount)
{
    const uint64_t dev = mount->file_system->dev;

    text_print(list->text, "%u %u %u:%u ", mount->id, mount->parent == NULL ? mount->id : mount->parent->id,
               (unsigned)(dev >> 8 & 0xfff), (unsigned)(dev & 0xff));
    show_shown(list, mount);
    text_add_string(list->text, " ");
    show_place(list, mount);
    text_add_string(list->text, " ");
    show_flags(list->text, mount);
    text_print(list->text, " - %s ", mount->file_system->name);
    text_add_escaped(list->text, mount->source, SOURCE_SPECIAL);
    text_print(list->text, " %s", access_of(mount));
    if (mount->file_system->show_options != NULL)
        mount->file_system->show_options(mount->file_system, list->text);
    text_add_string(list->text, "\n");
}

static void visit(const struct mount *mount, void *argument)
{
    struct mounts_list *list = argument;
    const struct path place = {(struct mount *)mount, mount->root};

    if (path_is_below(&list->root, &place))
        list->show(list, mount);
}

static int show_list(struct pseudo_node *node, struct text *text,
                     void (*show)(struct mounts_list *list, const struct mount *mount))
{
    struct mounts_list list = {.text = text, .show = show};
    paddr_t frame;

    if (!process_get_paths(process_of(node), &list.root, NULL))
        return -EINVAL;
    if (frames_alloc(0, &frame) != 0) {
        path_unref(&list.root);
        return -ENOMEM;
    }
    list.name = direct_map(frame);
    mount_visit(visit, &list);
    frames_free(frame, 0);
    path_unref(&list.root);
    return 0;
}

int process_show_mounts(struct pseudo_node *node, struct text *text)
{
    return show_list(node, text, show_line);
}

int process_show_mountinfo(struct pseudo_node *node, struct text *text)
{
    return show_list(node, text, show_info);
}
