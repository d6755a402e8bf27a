/* A program's memory seen from outside, whether or not its address space is loaded: pages are found, or made
 * present, one by one. Only what the program itself could read or write.
 *
 * Errors: those of addr_space_fault(); what lies before the bad page has been copied. Context: thread, as
 * mm/addr_space.h.  Takes: space->lock.  Sleeps: yes. */
#ifndef LINTEL_MM_ADDR_SPACE_COPY_H
#define LINTEL_MM_ADDR_SPACE_COPY_H

#include <stddef.h>

#include "mm/types.h"

struct addr_space;

int addr_space_copy_in(struct addr_space *space, void *destination, vaddr_t address, size_t size);
int addr_space_copy_out(struct addr_space *space, vaddr_t address, const void *source, size_t size);

#endif
