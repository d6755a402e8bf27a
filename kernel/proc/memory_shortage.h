/* What happens when memory is used up: a page that a program touches is worth another program's life, if that
 * has more. */
#ifndef LINTEL_PROC_MEMORY_SHORTAGE_H
#define LINTEL_PROC_MEMORY_SHORTAGE_H

/* From now on page faults for which there is no memory end the largest program, and are tried again. Context:
 * early boot, once, after page_fault_setup(). */
void memory_shortage_setup(void);

#endif
