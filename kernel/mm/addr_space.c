#include "mm/addr_space.h"

#include "abi/errno.h"
#include "boot_info.h"
#include "core/log.h"
#include "mm/kernel_map.h"

int addr_space_create(struct addr_space *ret_space)
{
    ret_space->area_count = 0;
    return page_table_create(kernel_map_table(), &ret_space->table);
}

void addr_space_destroy(struct addr_space *space)
{
    page_table_destroy(&space->table);
    space->area_count = 0;
}

int addr_space_map(struct addr_space *space, const char *name, vaddr_t start, size_t size_pages,
                   paddr_t frames, uint32_t protection)
{
    vaddr_t lowest = space->area_count == 0 ? PAGE_SIZE : space->areas[space->area_count - 1].end;

    if (size_pages == 0)
        return 0;
    if (space->area_count == ADDR_SPACE_AREAS)
        return -ENOMEM;
    if ((start & PAGE_MASK) != 0 || start < lowest || start >= USER_END ||
        size_pages > (USER_END - start) / PAGE_SIZE)
        return -EINVAL;
    protection |= MAP_USER;
    for (size_t i = 0; i < size_pages; i++) {
        int error = page_table_map(&space->table, start + i * PAGE_SIZE, frames + i * PAGE_SIZE, protection);
        if (error != 0)
            return error;
    }
    space->areas[space->area_count++] =
        (struct area){start, start + size_pages * PAGE_SIZE, protection, name};
    return 0;
}

const struct area *addr_space_lookup(const struct addr_space *space, vaddr_t address)
{
    for (size_t i = 0; i < space->area_count; i++) {
        if (address >= space->areas[i].start && address < space->areas[i].end)
            return &space->areas[i];
    }
    return NULL;
}

/* The end of the run of pages from `start` on that the tables map with the protection of `first`. */
static vaddr_t area_run_end(const struct addr_space *space, vaddr_t start, vaddr_t end,
                            const struct page_mapping *first)
{
    struct page_mapping at;
    vaddr_t page = start + PAGE_SIZE;

    while (page < end && page_table_lookup(&space->table, page, &at) == 0 &&
           at.protection == first->protection)
        page += PAGE_SIZE;
    return page;
}

void addr_space_log(const struct addr_space *space)
{
    for (size_t i = 0; i < space->area_count; i++) {
        const struct area *area = &space->areas[i];
        vaddr_t end;

        for (vaddr_t start = area->start; start < area->end; start = end) {
            struct page_mapping first;
            end = start + PAGE_SIZE;
            if (page_table_lookup(&space->table, start, &first) != 0)
                continue;
            end = area_run_end(space, start, area->end, &first);
            log_debug("user page table: 0x%016lx-0x%016lx %c%c%c%c %s at 0x%lx", start, end,
                      first.protection & MAP_READ ? 'r' : '-', first.protection & MAP_WRITE ? 'w' : '-',
                      first.protection & MAP_EXECUTE ? 'x' : '-', first.protection & MAP_USER ? 'u' : '-',
                      area->name, first.address);
        }
    }
}
