#include "mm/addr_space_copy.h"

#include "abi/errno.h"
#include "arch/x86_64/page_range.h"
#include "boot_info.h"
#include "lib/string.h"
#include "mm/addr_space_internal.h"

/* One side of a copy; the other one is the program's. */
struct copy {
    void *destination;  /* of a copy from the program; else NULL */
    const void *source; /* of a copy to it */
};

/* Whether the page is there so that it can be used; if so, move the bytes. Holds: space->lock. */
static bool copy_present_locked(struct addr_space *space, const struct copy *copy, vaddr_t address,
                                size_t size)
{
    const struct area *area = area_map_find(&space->areas, address);
    struct page_range_entry entry;

    if (area == NULL || area->protection == 0 ||
        !page_range_lookup(&space->table, page_round_down(address), &entry) ||
        (copy->source != NULL && !entry.is_writable))
        return false;
    char *page = (char *)direct_map(entry.frame) + (address & PAGE_MASK);
    if (copy->source != NULL)
        memcpy(page, copy->source, size);
    else
        memcpy(copy->destination, page, size);
    return true;
}

/* The bytes of one page. */
static int copy_page(struct addr_space *space, const struct copy *copy, vaddr_t address, size_t size)
{
    uint32_t access = copy->source != NULL ? MAP_WRITE : MAP_READ;

    for (;;) {
        mutex_lock(&space->lock);
        bool is_done = copy_present_locked(space, copy, address, size);
        mutex_unlock(&space->lock);
        if (is_done)
            return 0;
        int error = addr_space_fault(space, address, access);
        if (error != 0)
            return error;
    }
}

static int copy_range(struct addr_space *space, struct copy copy, vaddr_t address, size_t size)
{
    if (size > USER_END || address > USER_END - size)
        return -EFAULT;
    while (size > 0) {
        size_t piece = PAGE_SIZE - (address & PAGE_MASK);
        if (piece > size)
            piece = size;
        int error = copy_page(space, &copy, address, piece);
        if (error != 0)
            return error;
        if (copy.source != NULL)
            copy.source = (const char *)copy.source + piece;
        else
            copy.destination = (char *)copy.destination + piece;
        address += piece;
        size -= piece;
    }
    return 0;
}

int addr_space_copy_in(struct addr_space *space, void *destination, vaddr_t address, size_t size)
{
    return copy_range(space, (struct copy){.destination = destination}, address, size);
}

int addr_space_copy_out(struct addr_space *space, vaddr_t address, const void *source, size_t size)
{
    return copy_range(space, (struct copy){.source = source}, address, size);
}
