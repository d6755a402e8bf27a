#include "test/fail_nth.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/errno.h"
#include "core/command_line.h"
#include "fs/devices.h"
#include "fs/io.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/alloc_failure.h"
#include "mm/object_cache.h"
#include "sched/thread.h"
#include "test/memory_balance.h"

#define NUMBER_MAX 1000000000ull
#define TEXT_SIZE 128

static _Atomic(struct thread *) unlucky;

static bool is_unlucky(void)
{
    return thread_current() == atomic_load(&unlucky);
}

/* Cut `ending` off the text, if it ends so. Says whether it did. */
static bool cut_ending(const char *text, size_t *length, const char *ending)
{
    size_t size = strlen(ending);

    if (*length < size || strncmp(text + *length - size, ending, size) != 0)
        return false;
    *length -= size;
    return true;
}

static int parse_number(const char *text, size_t length, uint64_t *ret_number)
{
    uint64_t number = 0;

    if (length == 0)
        return -EINVAL;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -EINVAL;
        number = number * 10 + (uint64_t)(text[i] - '0');
        if (number > NUMBER_MAX)
            return -EINVAL;
    }
    *ret_number = number;
    return 0;
}

static int64_t fail_nth_write(struct file *file, struct io *io, uint64_t offset)
{
    char text[16];
    size_t taken = io_take(io, text, sizeof(text)), length = taken;
    uint64_t number;

    (void)file;
    (void)offset;
    if (taken == 0)
        return -EFAULT;
    (void)cut_ending(text, &length, "\n");
    bool is_for_all = cut_ending(text, &length, " all");
    int error = parse_number(text, length, &number);
    if (error != 0)
        return error;
    atomic_store(&unlucky, thread_current());
    alloc_failure_set_for(is_for_all ? NULL : is_unlucky, number == 0 ? UINT64_MAX : number - 1);
    return (int64_t)taken;
}

/* A line at once; who reads less than that loses the rest. */
static int64_t fail_nth_read(struct file *file, struct io *io, uint64_t offset)
{
    uint64_t left = alloc_failure_successes_left();
    char text[TEXT_SIZE];

    (void)file;
    (void)offset;
    struct memory_balance balance = memory_balance_settled();
    size_t length =
        format_to_buffer(text, sizeof(text), "%lu %lu %lu %u %u\n", left == UINT64_MAX ? 0 : left + 1,
                         balance.frames, object_cache_used_in_all(), balance.threads, balance.stacks);
    size_t given = io_give(io, text, length);
    return given == 0 ? -EFAULT : (int64_t)given;
}

static const struct file_operations fail_nth_operations = {
    .has_no_position = true,
    .read = fail_nth_read,
    .write = fail_nth_write,
};

/* The number is one of those that Linux leaves for local use. */
static const struct device fail_nth_device = {"fail-nth", S_IFCHR | 0600, 0, DEVICE_NUMBER(240, 0),
                                              &fail_nth_operations};

int fail_nth_setup(void)
{
    return command_line_has("fail-nth") ? devices_add(&fail_nth_device) : 0;
}
