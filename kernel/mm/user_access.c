#include "mm/user_access.h"

#include <stdint.h>

#include "abi/errno.h"
#include "lib/string.h"

int user_copy_in(void *destination, user_ptr_t source, size_t size, size_t *ret_copied)
{
    size_t left = size;

    if (user_range_is_valid(source, size))
        left = user_copy(destination, (const void *)source.address, size);
    if (ret_copied != NULL)
        *ret_copied = size - left;
    return left == 0 ? 0 : -EFAULT;
}

int user_copy_struct_in(void *destination, size_t known, user_ptr_t source, size_t size)
{
    for (size_t offset = known; offset < size; offset++) {
        uint8_t byte;
        int error = user_copy_in(&byte, (user_ptr_t){source.address + offset}, 1, NULL);
        if (error != 0)
            return error;
        if (byte != 0)
            return -E2BIG;
    }
    memset(destination, 0, known);
    return user_copy_in(destination, source, size < known ? size : known, NULL);
}

int user_copy_out(user_ptr_t destination, const void *source, size_t size)
{
    return user_copy_out_some(destination, source, size) == size ? 0 : -EFAULT;
}

/* Strings are short: little is copied that lies behind their end, and nothing of another page. */
#define STRING_PIECE 64

int user_copy_string_in(char *destination, user_ptr_t source, size_t size)
{
    size_t length = 0;

    while (length < size) {
        uint64_t address = source.address + length;
        size_t piece = STRING_PIECE - address % STRING_PIECE, copied;
        if (piece > size - length)
            piece = size - length;
        (void)user_copy_in(destination + length, (user_ptr_t){address}, piece, &copied);
        size_t found = strnlen(destination + length, copied);
        length += found;
        if (found < copied)
            return (int)length;
        if (copied < piece)
            return -EFAULT;
    }
    return -ENAMETOOLONG;
}

int user_copy_struct_out(user_ptr_t destination, size_t size, const void *source, size_t known)
{
    static const uint8_t zeros[64];
    int error = user_copy_out(destination, source, size < known ? size : known);

    for (size_t done = known; done < size && error == 0; done += sizeof(zeros)) {
        const size_t part = size - done < sizeof(zeros) ? size - done : sizeof(zeros);
        error = user_copy_out((user_ptr_t){destination.address + done}, zeros, part);
    }
    return error;
}
