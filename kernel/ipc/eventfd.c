#include "ipc/eventfd.h"

#include "abi/errno.h"
#include "abi/event.h"
#include "mm/object_cache.h"

#define COUNT_MAX (UINT64_MAX - 1)

/* Locks: a = atomic   I = set before publication */
struct eventfd {
    _Atomic(uint64_t) count; /* [a] */
    bool is_semaphore;       /* [I] */
    struct readiness readiness;
};

static struct object_cache eventfd_cache;

void eventfd_setup(void)
{
    object_cache_init(&eventfd_cache, "eventfd", sizeof(struct eventfd), 8);
}

/* Take from the counter, if there is anything; returns what. */
static uint64_t eventfd_take(struct eventfd *event)
{
    uint64_t count = event->count, taken;

    do {
        if (count == 0)
            return 0;
        taken = event->is_semaphore ? 1 : count;
    } while (!atomic_compare_exchange_weak(&event->count, &count, count - taken));
    return taken;
}

/* Add, if there is room for it; says whether there was. */
static bool eventfd_put(struct eventfd *event, uint64_t value)
{
    uint64_t count = event->count;

    do {
        if (count > COUNT_MAX - value)
            return false;
    } while (!atomic_compare_exchange_weak(&event->count, &count, count + value));
    return true;
}

static int eventfd_wait(struct file *file, uint64_t changes, unsigned events)
{
    struct eventfd *event = file->data;

    if ((file->flags & O_NONBLOCK) != 0)
        return -EAGAIN;
    return readiness_wait_until(&event->readiness, changes, events, UINT64_MAX);
}

static int64_t eventfd_read(struct file *file, struct io *io, uint64_t offset)
{
    struct eventfd *event = file->data;
    uint64_t changes, value;
    int error = 0;

    (void)offset;
    if (io->left < sizeof(value))
        return -EINVAL;
    do {
        changes = readiness_changes(&event->readiness);
        value = eventfd_take(event);
        if (value == 0)
            error = eventfd_wait(file, changes, POLLIN);
    } while (value == 0 && error == 0);
    if (error != 0)
        return error;
    readiness_signal_events(&event->readiness, POLLOUT);
    return io_give(io, &value, sizeof(value)) == sizeof(value) ? (int64_t)sizeof(value) : -EFAULT;
}

static int64_t eventfd_write(struct file *file, struct io *io, uint64_t offset)
{
    struct eventfd *event = file->data;
    uint64_t changes, value;
    bool is_done;
    int error = 0;

    (void)offset;
    if (io->left != sizeof(value))
        return -EINVAL;
    if (io_take(io, &value, sizeof(value)) < sizeof(value))
        return -EFAULT;
    if (value == UINT64_MAX)
        return -EINVAL;
    do {
        changes = readiness_changes(&event->readiness);
        is_done = eventfd_put(event, value);
        if (!is_done)
            error = eventfd_wait(file, changes, POLLOUT);
    } while (!is_done && error == 0);
    if (error != 0)
        return error;
    readiness_signal_events(&event->readiness, POLLIN);
    return sizeof(value);
}

static unsigned eventfd_poll(struct file *file, struct poll_hook *hook)
{
    struct eventfd *event = file->data;

    if (hook != NULL)
        readiness_add(&event->readiness, hook);
    uint64_t count = event->count;
    return (count > 0 ? POLLIN : 0) | (count < COUNT_MAX ? POLLOUT : 0);
}

static void eventfd_release(struct file *file)
{
    object_cache_free(&eventfd_cache, file->data);
}

static const struct file_operations eventfd_operations = {
    .kind = "[eventfd]",
    .is_stream = true,
    .read = eventfd_read,
    .write = eventfd_write,
    .poll = eventfd_poll,
    .release = eventfd_release,
};

int eventfd_create(uint32_t initial, unsigned flags, const struct credentials *who, struct file **ret_file)
{
    struct eventfd *event = object_cache_alloc(&eventfd_cache);

    if (event == NULL)
        return -ENOMEM;
    event->count = initial;
    event->is_semaphore = (flags & EFD_SEMAPHORE) != 0;
    readiness_init(&event->readiness);
    int error = file_create(&eventfd_operations, event, O_RDWR | (flags & O_NONBLOCK), who, ret_file);
    if (error != 0)
        object_cache_free(&eventfd_cache, event);
    return error;
}
