#include "syscall/user_mask.h"

#include "abi/errno.h"
#include "mm/user_access.h"
#include "signal/signal.h"

int user_mask_apply(user_ptr_t mask, uint64_t size)
{
    signal_set set;

    if (mask.address == 0)
        return 0;
    if (size != sizeof(set))
        return -EINVAL;
    int error = user_copy_in(&set, mask, sizeof(set), NULL);
    if (error == 0)
        signal_set_blocked_for_call(set);
    return error;
}
