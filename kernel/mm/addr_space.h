/* The address space of a program: its areas and its page table.
 * Terms:  an area is a page-aligned range of the user half with one protection.
 * Always: areas are sorted by start and never overlap; every page of an area is mapped. */
#ifndef LINTEL_MM_ADDR_SPACE_H
#define LINTEL_MM_ADDR_SPACE_H

#include <stddef.h>
#include <stdint.h>

#include "arch/x86_64/page_table.h"
#include "mm/types.h"

#define ADDR_SPACE_AREAS 8

struct area {
    vaddr_t start, end;
    uint32_t protection; /* MAP_READ, MAP_WRITE, MAP_EXECUTE, MAP_USER */
    const char *name;    /* static string: "text", "stack", ... */
};

/* Nobody changes it after the program's first thread has started, in this version. */
struct addr_space {
    struct page_table table;
    struct area areas[ADDR_SPACE_AREAS];
    size_t area_count;
};

/* Make an empty address space whose kernel half is the kernel's. Errors: -ENOMEM. */
int addr_space_create(struct addr_space *ret_space);

/* Free the page tables; the mapped frames stay their owner's. The space must not be loaded. */
void addr_space_destroy(struct addr_space *space);

/* Map size_pages pages at `start` to the physical frames from `frames` on, for ring 3, with the
 * protection (MAP_READ, MAP_WRITE, MAP_EXECUTE); size 0 does nothing.
 * Errors: -EINVAL (outside the user half, page 0, not above the last area, write and execute together),
 * -ENOMEM (also: too many areas). After an error only addr_space_destroy() is of use. */
int addr_space_map(struct addr_space *space, const char *name, vaddr_t start, size_t size_pages,
                   paddr_t frames, uint32_t protection);

/* The area that holds `address`, NULL if there is none. */
const struct area *addr_space_lookup(const struct addr_space *space, vaddr_t address);

/* Log the page table's ranges as they are mapped, at debug level: one line a range. */
void addr_space_log(const struct addr_space *space);

#endif
