/* Page faults that a program's address space can resolve: the first touch of a page, a write to a shared one,
 * a stack that grows. */
#ifndef LINTEL_MM_PAGE_FAULT_H
#define LINTEL_MM_PAGE_FAULT_H

/* From now on page faults of ring 3, and of the copying of user memory, go to the address space of the thread
 * that runs. Context: early boot, once. */
void page_fault_setup(void);

#endif
