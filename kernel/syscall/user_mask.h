/* The mask that some calls bring along: signals to be blocked while the call lasts. Context: system call. */
#ifndef LINTEL_SYSCALL_USER_MASK_H
#define LINTEL_SYSCALL_USER_MASK_H

#include <stdint.h>

#include "mm/types.h"

/* Block the set at `mask`, of `size` bytes; null: leave what is blocked. Errors: -EINVAL, -EFAULT. */
int user_mask_apply(user_ptr_t mask, uint64_t size);

#endif
