/* What tests of address spaces start from: memory, the kernel's table, and the TLBs of two CPUs, which hold
 * what fake_space_access() used until it is shot down. */
#ifndef LINTEL_TESTS_FAKE_SPACE_H
#define LINTEL_TESTS_FAKE_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/addr_space.h"

/* Set up anew. */
void fake_space_start(void);

/* Frames in use for other things than counts and caches, compared to the start. */
int64_t fake_space_frames_used(void);

/* Access the word at the start of a page as a program does, on one of the CPUs: with the TLB, page table and
 * page faults. Returns 0 or the fault's error. A write stores *value, all else loads it. */
int fake_space_access(struct addr_space *space, vaddr_t page, uint32_t access, uint64_t *value);

/* Fail if the TLB holds what the tables do not say any more. */
void fake_space_check_tlb(void);

/* Forget what the TLB has of a space that is gone. */
void fake_space_forget(const struct addr_space *space);

#endif
