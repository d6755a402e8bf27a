/* Names of the kernel's functions, for backtraces. The table is made at build time from the linked
 * kernel (tools/make-symbols) and lies in its rodata.
 * Context: any. */
#ifndef LINTEL_CORE_SYMBOLS_H
#define LINTEL_CORE_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

/* True when `address` lies in the kernel's text. */
bool symbols_is_text(uint64_t address);

/* Name of the function that holds `address` and the offset into it; NULL if it is not known. */
const char *symbols_lookup(uint64_t address, uint64_t *ret_offset);

#endif
