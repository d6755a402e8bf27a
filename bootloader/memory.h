/* Pages for everything that outlives the bootloader, and our own record of them.
 *
 * Each thing is allocated under its own type (memory_type.h), so that even the firmware's map tells what is
 * what. Firmware exists that refuses those types or reports them wrongly; so every allocation is also
 * written down here, and the record, not the firmware's map, decides what the kernel is told.
 * Context: before the first call of ExitBootServices. */
#ifndef LINTEL_BOOTLOADER_MEMORY_H
#define LINTEL_BOOTLOADER_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "memory_map.h"

/* Far more than there are calls: about a dozen, and one for each doubling of the page tables. */
#define MEMORY_RECORDS_MAX 64

/* How many pages hold size_bytes. */
uint64_t memory_pages(uint64_t size_bytes);

/* Nothing is allocated; pages will lie below physical_limit. */
void memory_init(uint64_t physical_limit);

/* Allocate and clear size_pages (> 0) of EFI_TYPE_* or an EFI_MEMORY_TYPE: the physical address, which is
 * also where the pages are to be seen until the hand-over; 0 if there are none. */
uint64_t memory_allocate(uint64_t size_pages, uint32_t efi_type);

/* As memory_allocate, with the contents undefined: for what is read from a file and overwritten. */
uint64_t memory_allocate_dirty(uint64_t size_pages, uint32_t efi_type);

/* A cleared page for a page table, taken from blocks of KernelData that double in size; 0 if there is none.
 * The type of a page_table allocator: the context is not used. */
uint64_t memory_allocate_table(void *context);

/* Give everything back that was allocated since memory_init. */
void memory_free_all(void);

/* What is allocated. The array is valid until the next call of this module. */
const struct memory_record *memory_records(size_t *ret_count);

/* Size of the largest range of free memory in pages, for messages; 0 if it cannot be told. */
uint64_t memory_largest_free(void);

#endif
