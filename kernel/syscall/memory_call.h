/* What the system calls about memory have in common. Context: system call. */
#ifndef LINTEL_SYSCALL_MEMORY_CALL_H
#define LINTEL_SYSCALL_MEMORY_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/types.h"

struct addr_space;

/* The caller's address space, which knows the limits that hold for its process now. */
struct addr_space *memory_call_space(void);

/* Whether RLIMIT_MEMLOCK lets the caller lock `size` bytes, a multiple of pages, at `start`; what is locked
 * there already does not count twice. Takes: space->lock.  Sleeps: yes. */
bool memory_call_may_lock(struct addr_space *space, vaddr_t start, uint64_t size);

#endif
