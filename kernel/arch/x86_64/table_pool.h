/* Empty page tables, kept for the next process: they need not be cleared again. Roots are empty in the user
 * half; the kernel half is the same in all of them (page_table_create).
 *
 * Context: any.  Takes: the pool's spin lock, then the frame allocator's.  Sleeps: no. */
#ifndef LINTEL_ARCH_TABLE_POOL_H
#define LINTEL_ARCH_TABLE_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/types.h"

/* An empty table for the levels below the root. Errors: -ENOMEM. */
int table_pool_alloc(paddr_t *ret_table);

/* Give back a table without entries. */
void table_pool_free(paddr_t table);

/* A root, if one is kept. */
bool table_pool_take_root(paddr_t *ret_root);

/* Give back a root whose user half is empty. */
void table_pool_free_root(paddr_t root);

/* A frame for a table, zeroed, and back: where none is kept. Errors: -ENOMEM. */
int table_frame_alloc(paddr_t *ret_frame);
void table_frame_free(paddr_t frame);

/* Frames that tables take, in use or kept. */
uint64_t table_frame_count(void);

/* Give all that is kept back to the frame allocator. */
void table_pool_trim(void);

#endif
