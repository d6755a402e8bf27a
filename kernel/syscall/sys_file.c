#include "abi/errno.h"
#include "core/log.h"
#include "mm/user_access.h"
#include "syscall/dispatch.h"

#define STDOUT 1
#define STDERR 2
#define WRITE_CHUNK 256
#define WRITE_MAX 0x7ffff000u /* Linux writes at most this much in one call */

/* write(fd, buffer, count): descriptors 1 and 2 are the console. */
int64_t sys_write(struct trap_frame *frame)
{
    uint64_t fd = (uint32_t)syscall_argument(frame, 0);
    user_ptr_t buffer = {syscall_argument(frame, 1)};
    uint64_t count = syscall_argument(frame, 2), written = 0;

    if (fd != STDOUT && fd != STDERR)
        return -EBADF;
    if (!user_range_is_valid(buffer, count)) /* whatever part of it could be read: as on Linux */
        return -EFAULT;
    if (count > WRITE_MAX)
        count = WRITE_MAX;
    while (written < count) {
        char chunk[WRITE_CHUNK];
        size_t wanted = count - written < sizeof(chunk) ? count - written : sizeof(chunk), copied;
        int error = user_copy_in(chunk, (user_ptr_t){buffer.address + written}, wanted, &copied);
        log_write_raw(chunk, copied);
        written += copied;
        if (error != 0)
            return written > 0 ? (int64_t)written : error;
    }
    return (int64_t)written;
}
