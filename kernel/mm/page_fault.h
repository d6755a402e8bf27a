/* Page faults that a program's address space can resolve: the first touch of a page, a write to a shared one,
 * a stack that grows. */
#ifndef LINTEL_MM_PAGE_FAULT_H
#define LINTEL_MM_PAGE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

struct addr_space;

/* From now on page faults of ring 3, and of the copying of user memory, go to the address space of the thread
 * that runs. Context: early boot, once. */
void page_fault_setup(void);

/* addr_space_fault() for the calling thread, which, if there is no memory, tries again as long as the handler
 * finds some. Context, errors: addr_space_fault()'s. */
int page_fault_bring(struct addr_space *space, uint64_t address, uint32_t access);

/* `relieve` makes memory available, or waits for it; false: the caller is not to have any. Context: early
 * boot, once. */
void page_fault_set_shortage_handler(bool (*relieve)(void));

#endif
