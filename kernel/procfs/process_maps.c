/* What is mapped where. The list is made area by area: what changes meanwhile may be seen or not, but what is
 * seen is in order. */
#include "procfs/process_maps.h"
#include "abi/errno.h"
#include "boot_info.h"
#include "fs/path.h"
#include "lib/string.h"
#include "mm/frames.h"
#include "mm/memory_object.h"
#include "procfs/process_files.h"
#include "procfs/process_info.h"
#include "procfs/process_root.h"

#define NAME_COLUMN 73 /* where names begin in a line, as Linux has it */
#define DEV_MAJOR(dev) ((unsigned)((dev) >> 8 & 0xfff))
#define DEV_MINOR(dev) ((unsigned)((dev)&0xff))

int maps_walk_begin(struct maps_walk *walk, struct process *process)
{
    paddr_t frame;
    int error = process_look_into(process, &walk->space);

    if (walk->space == NULL)
        return error != 0 ? error : -ENOENT;
    if (!process_get_paths(process, &walk->root, NULL)) {
        error = -ENOENT;
        goto drop_space;
    }
    walk->area = (struct area_info){0};
    error = frames_alloc(0, &frame);
    if (error != 0)
        goto drop_root;
    walk->name = direct_map(frame);
    return 0;

drop_root:
    path_unref(&walk->root);
drop_space:
    addr_space_unref(walk->space);
    return error;
}

static void walk_drop_object(struct maps_walk *walk)
{
    if (walk->area.object != NULL)
        memory_object_unref(walk->area.object);
    walk->area.object = NULL;
}

bool maps_walk_next(struct maps_walk *walk)
{
    walk_drop_object(walk);
    return addr_space_query(walk->space, walk->area.end, &walk->area);
}

void maps_walk_end(struct maps_walk *walk)
{
    walk_drop_object(walk);
    frames_free((vaddr_t)walk->name - direct_map_base, 0);
    addr_space_unref(walk->space);
    path_unref(&walk->root);
}

/* What an area is called: a path, a name in brackets, or nothing. */
static const char *area_name(const struct maps_walk *walk, const struct area_info *area, struct node *node)
{
    if (node != NULL) {
        fs_tree_lock();
        int error = path_show_node(&walk->root, node, walk->name);
        fs_tree_unlock();
        return error != 0 ? "" : walk->name;
    }
    if (area->name != NULL && area->name[0] == '[')
        return area->name;
    return area->object != NULL ? "/dev/zero (deleted)" : "";
}

void maps_show_area(const struct maps_walk *walk, struct text *text)
{
    const struct area_info *area = &walk->area;
    struct node *node = area->object == NULL ? NULL : memory_object_node(area->object);
    const uint64_t dev =
        node == NULL ? (area->object != NULL && (area->flags & AREA_SHARED) != 0) : node->file_system->dev;
    const uint64_t ino = node == NULL ? 0 : node_get_attributes(node).ino;
    const uint64_t offset = area->object == NULL ? 0 : area->object_page * PAGE_SIZE;
    const size_t start = text->length;
    const char *name = area_name(walk, area, node);

    text_print(text, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", area->start, area->end,
               (area->protection & MAP_READ) != 0 ? 'r' : '-',
               (area->protection & MAP_WRITE) != 0 ? 'w' : '-',
               (area->protection & MAP_EXECUTE) != 0 ? 'x' : '-',
               (area->flags & AREA_SHARED) != 0 ? 's' : 'p', offset, DEV_MAJOR(dev), DEV_MINOR(dev), ino);
    if (name[0] != '\0') {
        const size_t length = text->length - start;
        text_print(text, "%*s", length < NAME_COLUMN ? (int)(NAME_COLUMN - length) : 0, "");
        text_add_escaped(text, name, "\n");
    }
    text_add_string(text, "\n");
}

int process_show_maps(struct pseudo_node *node, struct text *text)
{
    struct maps_walk walk;
    int error = maps_walk_begin(&walk, process_of(node));

    if (error != 0)
        return error == -ENOENT ? 0 : error;
    while (text->error == 0 && maps_walk_next(&walk))
        maps_show_area(&walk, text);
    maps_walk_end(&walk);
    return 0;
}
