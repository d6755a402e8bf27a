#include "mm/user_access.h"

#include <stdint.h>

#include "abi/errno.h"
#include "arch/x86_64/user_copy.h"
#include "boot_info.h"

bool user_range_is_valid(user_ptr_t start, size_t size)
{
    return size <= USER_END && start.address <= USER_END - size;
}

int user_copy_in(void *destination, user_ptr_t source, size_t size, size_t *ret_copied)
{
    size_t left = size;

    if (user_range_is_valid(source, size))
        left = user_copy(destination, (const void *)source.address, size);
    if (ret_copied != NULL)
        *ret_copied = size - left;
    return left == 0 ? 0 : -EFAULT;
}

int user_copy_out(user_ptr_t destination, const void *source, size_t size)
{
    if (!user_range_is_valid(destination, size))
        return -EFAULT;
    return user_copy((void *)destination.address, source, size) == 0 ? 0 : -EFAULT;
}
