#include "kernel_map.h"

#include "memory_map.h"
#include "memory_type.h"
#include "x86_64/paging.h"

/* The table, and the list that grows with it. */
struct kernel_map {
    struct page_table *table;
    struct boot_mapping *mappings;
    size_t count;
};

/* The CPU need not set Accessed and Dirty later. Dirty stays clear where nothing is written: with shadow
 * stacks on, a page that is dirty and read-only is one (Intel SDM volume 3, section 4.6). */
static uint64_t kernel_map_flags(uint32_t protection)
{
    uint64_t flags = PTE_PRESENT | PTE_ACCESSED | PTE_GLOBAL;

    if (protection & BOOT_PROT_WRITE)
        flags |= PTE_WRITE | PTE_DIRTY;
    if (!(protection & BOOT_PROT_EXECUTE))
        flags |= PTE_NX;
    return flags;
}

static int kernel_map_add_flags(struct kernel_map *map, const struct boot_mapping *mapping, uint64_t flags,
                                uint64_t largest_page)
{
    if (mapping->size_pages == 0)
        return 0;
    map->mappings[map->count++] = *mapping;
    return page_table_map(map->table, mapping->virtual_base, mapping->physical_base, mapping->size_pages,
                          flags, largest_page);
}

static int kernel_map_add(struct kernel_map *map, const struct boot_mapping *mapping, uint64_t largest_page)
{
    return kernel_map_add_flags(map, mapping, kernel_map_flags(mapping->protection), largest_page);
}

static uint32_t kernel_map_direct_protection(const struct boot_memory_region *region)
{
    return region->type == MEMORY_KERNEL_CODE ? BOOT_PROT_READ : BOOT_PROT_READ | BOOT_PROT_WRITE;
}

/* All RAM, in runs that are as long as addresses and protection allow, so that large pages fit. */
static int kernel_map_direct(struct kernel_map *map, const struct kernel_map_input *input)
{
    uint64_t largest_page = input->has_1g_pages ? PAGE_SIZE_1G : PAGE_SIZE_2M;
    struct boot_mapping run = {.size_pages = 0};

    for (size_t i = 0; i < input->region_count; i++) {
        const struct boot_memory_region *region = &input->regions[i];
        uint32_t protection = kernel_map_direct_protection(region);
        if (!memory_map_is_ram(region->type))
            continue;
        if (run.size_pages > 0 && run.protection == protection &&
            run.physical_base + run.size_pages * PAGE_SIZE == region->base) {
            run.size_pages += region->size_pages;
            continue;
        }
        int result = kernel_map_add(map, &run, largest_page);
        if (result < 0)
            return result;
        run = (struct boot_mapping){DIRECT_MAP_BASE + region->base, region->base, region->size_pages,
                                    protection, MEMORY_FREE};
    }
    return kernel_map_add(map, &run, largest_page);
}

static int kernel_map_stack(struct kernel_map *map, const struct kernel_map_input *input)
{
    const struct boot_mapping stack = {BOOT_STACK_BASE, input->stack_physical, BOOT_STACK_PAGES,
                                       BOOT_PROT_READ | BOOT_PROT_WRITE, MEMORY_KERNEL_STACK};

    return kernel_map_add(map, &stack, PAGE_SIZE);
}

/* In 4 KiB pages, where PTE_PAT is the PAT's bit. */
static int kernel_map_framebuffer(struct kernel_map *map, const struct boot_framebuffer *framebuffer)
{
    uint64_t first = framebuffer->physical_base & ~PAGE_MASK;
    uint64_t end = (framebuffer->physical_base + framebuffer->size_bytes + PAGE_MASK) & ~PAGE_MASK;
    const struct boot_mapping window = {DEVICE_WINDOWS_BASE, first, (end - first) / PAGE_SIZE,
                                        BOOT_PROT_READ | BOOT_PROT_WRITE, MEMORY_MMIO};

    if (framebuffer->width == 0)
        return 0;
    return kernel_map_add_flags(map, &window, kernel_map_flags(window.protection) | PTE_PAT, PAGE_SIZE);
}

static int kernel_map_image(struct kernel_map *map, const struct boot_image *image)
{
    uint64_t text_size = image->text_pages * PAGE_SIZE, rodata_size = image->rodata_pages * PAGE_SIZE;
    const struct boot_mapping parts[] = {
        {image->virtual_base, image->code_physical, image->text_pages, BOOT_PROT_READ | BOOT_PROT_EXECUTE,
         MEMORY_KERNEL_CODE},
        {image->virtual_base + text_size, image->code_physical + text_size, image->rodata_pages,
         BOOT_PROT_READ, MEMORY_KERNEL_CODE},
        {image->virtual_base + text_size + rodata_size, image->data_physical, image->data_pages,
         BOOT_PROT_READ | BOOT_PROT_WRITE, MEMORY_KERNEL_DATA},
    };
    int result = 0;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && result == 0; i++)
        result = kernel_map_add(map, &parts[i], PAGE_SIZE);
    return result;
}

int kernel_map_build(const struct kernel_map_input *input, struct page_table *table,
                     struct boot_mapping *ret_mappings, size_t *ret_count)
{
    struct kernel_map map = {table, ret_mappings, 0};
    uint64_t handoff_page = input->handoff_address & ~PAGE_MASK;

    int result = kernel_map_direct(&map, input);
    if (result == 0)
        result = kernel_map_stack(&map, input);
    if (result == 0)
        result = kernel_map_framebuffer(&map, input->framebuffer);
    if (result == 0)
        result = kernel_map_image(&map, input->kernel);
    if (result == 0)
        result = page_table_map(table, handoff_page, handoff_page, 1, PTE_PRESENT | PTE_ACCESSED, PAGE_SIZE);
    if (result == 0)
        *ret_count = map.count;
    return result;
}

static bool kernel_map_direct_holds(const struct boot_memory_region *region,
                                    const struct boot_mapping *mappings, size_t count)
{
    uint64_t at = DIRECT_MAP_BASE + region->base, end = at + region->size_pages * PAGE_SIZE;

    for (size_t i = 0; i < count && at < end; i++) { /* in the order of addresses */
        uint64_t mapping_end = mappings[i].virtual_base + mappings[i].size_pages * PAGE_SIZE;
        if (mappings[i].virtual_base <= at && at < mapping_end)
            at = mapping_end;
    }
    return at >= end;
}

void kernel_map_hide_unmapped(struct boot_memory_region *regions, size_t region_count,
                              const struct boot_mapping *mappings, size_t mapping_count)
{
    for (size_t i = 0; i < region_count; i++) {
        if (memory_map_is_ram(regions[i].type) &&
            !kernel_map_direct_holds(&regions[i], mappings, mapping_count))
            regions[i].type = MEMORY_RESERVED;
    }
}
