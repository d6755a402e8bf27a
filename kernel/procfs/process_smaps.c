/* How much memory is behind what is mapped. A page that others have as well counts half for the proportional
 * size: how many have it is not told. A page of a file that can be written counts as dirty, since it is the
 * file. */
#include "abi/errno.h"
#include "boot_info.h"
#include "procfs/process_files.h"
#include "procfs/process_info.h"
#include "procfs/process_maps.h"

#define PAGE_KIB ((uint64_t)PAGE_SIZE / 1024)

/* Pages of an area, or of several. */
struct smaps_sum {
    uint64_t size, resident, shared_clean, shared_dirty, private_clean, private_dirty, anonymous, locked;
};

static void sum_add(struct smaps_sum *sum, const struct maps_walk *walk)
{
    const struct area_info *area = &walk->area;
    const struct addr_space_usage usage = addr_space_get_usage(walk->space, area->start, area->end);
    const bool is_dirty = area->object == NULL || (area->protection & MAP_WRITE) != 0;

    sum->size += (area->end - area->start) / PAGE_SIZE;
    sum->resident += usage.resident;
    *(is_dirty ? &sum->shared_dirty : &sum->shared_clean) += usage.shared;
    *(is_dirty ? &sum->private_dirty : &sum->private_clean) += usage.resident - usage.shared;
    if (area->object == NULL)
        sum->anonymous += usage.resident;
    if ((area->flags & AREA_LOCKED) != 0)
        sum->locked += usage.resident;
}

static void show_line(struct text *text, const char *name, uint64_t pages)
{
    text_print(text, "%-15s %8lu kB\n", name, pages * PAGE_KIB);
}

static void show_sum(struct text *text, const struct smaps_sum *sum)
{
    const uint64_t shared = sum->shared_clean + sum->shared_dirty;

    show_line(text, "Rss:", sum->resident);
    show_line(text, "Pss:", sum->resident - shared + shared / 2);
    show_line(text, "Shared_Clean:", sum->shared_clean);
    show_line(text, "Shared_Dirty:", sum->shared_dirty);
    show_line(text, "Private_Clean:", sum->private_clean);
    show_line(text, "Private_Dirty:", sum->private_dirty);
    show_line(text, "Referenced:", sum->resident);
    show_line(text, "Anonymous:", sum->anonymous);
    show_line(text, "Swap:", 0);
    show_line(text, "SwapPss:", 0);
    show_line(text, "Locked:", sum->locked);
}

int process_show_smaps(struct pseudo_node *node, struct text *text)
{
    struct maps_walk walk;
    int error = maps_walk_begin(&walk, process_of(node));

    if (error != 0)
        return error == -ENOENT ? 0 : error;
    while (text->error == 0 && maps_walk_next(&walk)) {
        struct smaps_sum sum = {0};
        sum_add(&sum, &walk);
        maps_show_area(&walk, text);
        show_line(text, "Size:", sum.size);
        show_line(text, "KernelPageSize:", 1);
        show_line(text, "MMUPageSize:", 1);
        show_sum(text, &sum);
    }
    maps_walk_end(&walk);
    return 0;
}

int process_show_smaps_rollup(struct pseudo_node *node, struct text *text)
{
    struct smaps_sum sum = {0};
    vaddr_t first = 0, last = 0;
    struct maps_walk walk;
    int error = maps_walk_begin(&walk, process_of(node));

    if (error != 0)
        return error == -ENOENT ? -ESRCH : error;
    while (maps_walk_next(&walk)) {
        first = first == 0 ? walk.area.start : first;
        last = walk.area.end;
        sum_add(&sum, &walk);
    }
    text_print(text, "%08lx-%08lx ---p 00000000 00:00 0 %*s[rollup]\n", first, last, 23, "");
    show_sum(text, &sum);
    maps_walk_end(&walk);
    return 0;
}
