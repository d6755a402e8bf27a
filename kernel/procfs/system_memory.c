/* Memory. What the kernel does not count is left out, but for lines that programs take for granted: these are
 * 0. */
#include "arch/x86_64/table_pool.h"
#include "boot_info.h"
#include "fs/tmpfs.h"
#include "mm/frames.h"
#include "mm/kernel_map.h"
#include "mm/object_cache.h"
#include "procfs/system_files.h"

#define PAGE_KIB ((uint64_t)PAGE_SIZE / 1024)

int system_show_meminfo(struct pseudo_node *node, struct text *text)
{
    const struct frames_stats frames = frames_get_stats();
    const uint64_t files = tmpfs_frames_used();
    const uint64_t slabs = object_cache_frames_in_all();
    const struct {
        const char *name;
        uint64_t pages;
    } lines[] = {
        {"MemTotal:", frames.total},
        {"MemFree:", frames.free},
        {"MemAvailable:", frames.free},
        {"Buffers:", 0},
        {"Cached:", files},
        {"SwapCached:", 0},
        {"Active:", frames.total - frames.free},
        {"Inactive:", 0},
        {"SwapTotal:", 0},
        {"SwapFree:", 0},
        {"Dirty:", 0},
        {"Writeback:", 0},
        {"AnonPages:", 0},
        {"Mapped:", 0},
        {"Shmem:", files},
        {"Slab:", slabs},
        {"SReclaimable:", 0},
        {"SUnreclaim:", slabs},
        {"KernelStack:", (uint64_t)kernel_stacks_in_use() * KERNEL_STACK_PAGES},
        {"PageTables:", table_frame_count()},
        {"CommitLimit:", frames.total},
        {"Committed_AS:", frames.total - frames.free},
    };

    (void)node;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        text_print(text, "%-15s %8lu kB\n", lines[i].name, lines[i].pages * PAGE_KIB);
    return 0;
}

int system_show_vmstat(struct pseudo_node *node, struct text *text)
{
    (void)node;
    text_print(text,
               "nr_free_pages %lu\nnr_shmem %lu\nnr_dirty 0\nnr_writeback 0\npgpgin 0\npgpgout 0\npswpin "
               "0\npswpout 0\n",
               frames_get_stats().free, tmpfs_frames_used());
    return 0;
}
