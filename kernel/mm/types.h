/* Addresses, and how the kernel reaches physical memory. */
#ifndef LINTEL_MM_TYPES_H
#define LINTEL_MM_TYPES_H

#include <stdint.h>

#include "x86_64/paging.h"

typedef uint64_t paddr_t; /* physical */
typedef uint64_t vaddr_t; /* virtual, kernel half or user half */

/* A user address as a program gave it: not checked, never dereferenced. A type of its own, so that
 * it reaches memory only through mm/user_access.h. */
typedef struct {
    uint64_t address;
} user_ptr_t;

/* Where physical address 0 is seen: DIRECT_MAP_BASE, or what frames_init() was told; the host's tests set
 * their own. */
extern vaddr_t direct_map_base;

/* Pointer to RAM at physical address `address`. Not for device registers: those are not mapped there. */
static inline void *direct_map(paddr_t address)
{
    return (void *)(direct_map_base + address);
}

static inline uint64_t page_round_down(uint64_t value)
{
    return value & ~PAGE_MASK;
}

/* value must be at most 2^64 - PAGE_SIZE. */
static inline uint64_t page_round_up(uint64_t value)
{
    return (value + PAGE_MASK) & ~PAGE_MASK;
}

#endif
