#include "arch/x86_64/user_word.h"

#include "mm/user_access.h"

bool user_try_load(user_ptr_t address, uint32_t *ret_value)
{
    return user_range_is_valid(address, sizeof(*ret_value)) &&
           user_word_load((const uint32_t *)address.address, ret_value) == 0;
}

bool user_try_exchange(user_ptr_t address, uint32_t *expected, uint32_t desired)
{
    return user_range_is_valid(address, sizeof(*expected)) &&
           user_word_exchange((uint32_t *)address.address, expected, desired) == 0;
}
