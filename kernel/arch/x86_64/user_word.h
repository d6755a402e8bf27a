/* Access to aligned words of user memory that must not be torn, or must change at once. Callers use
 * mm/user_access.h, which checks the address. A fault is never resolved, but told. Context: any. */
#ifndef LINTEL_ARCH_USER_WORD_H
#define LINTEL_ARCH_USER_WORD_H

#include <stdint.h>

/* Read the word. Returns 0, or 1 if it is not there. */
unsigned user_word_load(const uint32_t *address, uint32_t *ret_value);

/* Make the word `desired` if it is *expected; *expected becomes what it was. Returns 0, or 1 if it is not
 * there so that it can be written to. */
unsigned user_word_exchange(uint32_t *address, uint32_t *expected, uint32_t desired);

#endif
