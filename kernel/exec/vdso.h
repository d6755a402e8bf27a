/* The vDSO: a small shared object of the kernel's that every program has mapped, with what its functions
 * read: clock_gettime() and its kin without a system call. kernel/vdso/ is its source.
 *
 * One area, [vdso], of a page of code and, behind it, a page of data. It is an ordinary one: a program may
 * move or unmap it, a fork copies it. */
#ifndef LINTEL_EXEC_VDSO_H
#define LINTEL_EXEC_VDSO_H

#include <stdint.h>

#include "mm/types.h"

struct addr_space;

/* Prepare the pages that all programs share. Errors: -ENOMEM: programs then have no vDSO.
 * Context: early boot, once, after the clock was started. */
int vdso_setup(void);

/* Map it into a new address space, where mmap() would map something now. *ret_address: of the ELF header, for
 * AT_SYSINFO_EHDR. Errors: -ENOMEM; -ENOSYS (there is none, and the program goes without). Context: thread.
 * Takes: space->lock.  Sleeps: yes. */
int vdso_map(struct addr_space *space, vaddr_t *ret_address);

/* The wall clock was set. Context: any. */
void vdso_update(void);

#endif
