/* How much of a space is in memory. */
#include "arch/x86_64/page_range.h"
#include "mm/addr_space_internal.h"
#include "mm/frame_refs.h"

static void usage_count(void *argument, const struct page_range_entry *entry)
{
    struct addr_space_usage *usage = argument;

    if (entry->frame == addr_space_zero_frame)
        return;
    usage->resident++;
    usage->shared += frame_is_shared(entry->frame);
}

struct addr_space_usage addr_space_get_usage(struct addr_space *space, vaddr_t start, vaddr_t end)
{
    struct addr_space_usage usage = {0};

    mutex_lock(&space->lock);
    page_range_visit(&space->table, start, end, usage_count, &usage);
    mutex_unlock(&space->lock);
    return usage;
}
