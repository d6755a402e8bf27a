/* Any code may log, with any lock held: the log can wake nobody. Who waits for a line looks again and again.
 */
#include "proc/kernel_log.h"

#include <stdatomic.h>

#include "abi/errno.h"
#include "core/clock.h"
#include "core/log.h"
#include "fs/io.h"
#include "mm/user_access.h"
#include "sched/thread.h"
#include "signal/signal.h"

#define LOOK_GAP_NS 50000000u

/* Positions in the log. Two who read at the same time may be told the same. */
static _Atomic(uint64_t) cleared_position, read_position;

static size_t log_bytes_from(uint64_t position)
{
    char text[LOG_TEXT_MAX];
    size_t sum = 0, length;

    while ((length = log_read(&position, text)) != 0)
        sum += length;
    return sum;
}

int64_t kernel_log_read_all(user_ptr_t buffer, size_t size)
{
    uint64_t position = atomic_load(&cleared_position);
    size_t left = log_bytes_from(position), done = 0, length;
    char text[LOG_TEXT_MAX];

    while ((length = log_read(&position, text)) != 0 && done + length <= size) {
        const bool has_room = left <= size;
        left = left > length ? left - length : 0;
        if (!has_room)
            continue;
        if (user_copy_out((user_ptr_t){buffer.address + done}, text, length) != 0)
            return -EFAULT;
        done += length;
    }
    return (int64_t)done;
}

void kernel_log_clear(void)
{
    atomic_store(&cleared_position, log_position());
}

uint64_t kernel_log_cleared_position(void)
{
    return atomic_load(&cleared_position);
}

int64_t kernel_log_read_io(struct io *io, bool waits)
{
    uint64_t position = atomic_load(&read_position), next = position;
    char text[LOG_TEXT_MAX];
    int64_t done = 0;
    size_t length;

    while ((length = log_read(&next, text)) == 0) {
        if (!waits)
            return -EAGAIN;
        if (thread_sleep_unless(clock_monotonic_ns() + LOOK_GAP_NS, signal_is_pending) != 0)
            return -ERESTARTSYS;
    }
    if (length > io->left)
        length = io->left;
    do {
        if (io_give(io, text, length) < length)
            return done > 0 ? done : -EFAULT;
        done += (int64_t)length;
        atomic_store(&read_position, next);
    } while ((length = log_read(&next, text)) != 0 && length <= io->left);
    return done;
}

int64_t kernel_log_read_new(user_ptr_t buffer, size_t size)
{
    struct io io = io_user(buffer, size);

    return kernel_log_read_io(&io, true);
}

size_t kernel_log_unread(void)
{
    return log_bytes_from(atomic_load(&read_position));
}
