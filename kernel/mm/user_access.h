/* The one way to user memory: every pointer that a program gives passes through here.
 * Context: thread, with the program's address space loaded. */
#ifndef LINTEL_MM_USER_ACCESS_H
#define LINTEL_MM_USER_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "arch/x86_64/user_copy.h"
#include "boot_info.h"
#include "mm/types.h"

/* True when [start, start + size) lies in the user half, mapped or not. Context: any. */
static inline bool user_range_is_valid(user_ptr_t start, size_t size)
{
    return size <= USER_END && start.address <= USER_END - size;
}

/* Copy size bytes from the program at `source` to kernel memory. Returns 0 or -EFAULT, then with
 * *ret_copied bytes (if asked for) copied. */
int user_copy_in(void *destination, user_ptr_t source, size_t size, size_t *ret_copied);

/* Copy a structure that grows from version to version, of which the program's has `size` bytes and the
 * kernel's `known`: what is missing is 0, and what is not known must be. Errors: -EFAULT, -E2BIG (it is not
 * 0). The caller bounds `size`. */
int user_copy_struct_in(void *destination, size_t known, user_ptr_t source, size_t size);

/* Copy such a structure, of `known` bytes, to the program, which has room for `size`: it is cut, or zeros
 * follow. Errors: -EFAULT. */
int user_copy_struct_out(user_ptr_t destination, size_t size, const void *source, size_t known);

/* Copy size bytes to the program at `destination`. Returns 0 or -EFAULT; some bytes may be written. */
int user_copy_out(user_ptr_t destination, const void *source, size_t size);

/* The same, but returns how many bytes were copied. */
static inline size_t user_copy_out_some(user_ptr_t destination, const void *source, size_t size)
{
    if (!user_range_is_valid(destination, size))
        return 0;
    return size - user_copy((void *)destination.address, source, size);
}

/* Copy a string with the 0 at its end. Returns its length; -EFAULT; -ENAMETOOLONG if it does not fit in. */
int user_copy_string_in(char *destination, user_ptr_t source, size_t size);

/* Read the aligned word at `address`; make it `desired` if it is *expected, which becomes what it was. False:
 * it is not there, or may not be written to, at this moment; addr_space_fault() may help. Context: any.
 * Sleeps: no. */
bool user_try_load(user_ptr_t address, uint32_t *ret_value);
bool user_try_exchange(user_ptr_t address, uint32_t *expected, uint32_t desired);

#endif
