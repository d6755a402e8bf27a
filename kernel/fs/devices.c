/* The table of devices, and those that are nothing but a few lines: null, zero, full, random. */
#include "fs/devices.h"

#include "abi/errno.h"
#include "core/random.h"
#include "mm/user_access.h"

static const char zeros[512];

static const struct device *devices[DEVICES_MAX];
static size_t device_count; /* grows in early boot only */

#define DEVICE_ROWS_MAX 4
static struct {
    const struct device *first;
    unsigned count;
} device_rows[DEVICE_ROWS_MAX];
static size_t device_row_count; /* grows in early boot only */

int devices_add(const struct device *device)
{
    if (device_count == DEVICES_MAX)
        return -ENOSPC;
    devices[device_count++] = device;
    return 0;
}

int devices_add_row(const struct device *first, unsigned count)
{
    if (device_row_count == DEVICE_ROWS_MAX)
        return -ENOSPC;
    device_rows[device_row_count].first = first;
    device_rows[device_row_count++].count = count;
    return 0;
}

const struct device *devices_get(size_t index)
{
    return index < device_count ? devices[index] : NULL;
}

const struct file_operations *devices_lookup(uint32_t mode, uint64_t number)
{
    for (size_t i = 0; i < device_count; i++) {
        if ((devices[i]->mode & S_IFMT) == (mode & S_IFMT) && devices[i]->number == number)
            return devices[i]->operations;
    }
    for (size_t i = 0; i < device_row_count; i++) {
        const struct device *first = device_rows[i].first;
        if ((first->mode & S_IFMT) == (mode & S_IFMT) &&
            DEVICE_MAJOR(first->number) == DEVICE_MAJOR(number) &&
            DEVICE_MINOR(number) - DEVICE_MINOR(first->number) < device_rows[i].count)
            return first->operations;
    }
    return NULL;
}

static int64_t read_nothing(struct file *file, struct io *io, uint64_t offset)
{
    (void)file;
    (void)io;
    (void)offset;
    return 0;
}

/* All bytes are taken, wherever they are: the program's memory is not looked at, as on Linux. */
static int64_t write_nowhere(struct file *file, struct io *io, uint64_t offset)
{
    (void)file;
    (void)offset;
    return (int64_t)io->left;
}

static int64_t read_zeros(struct file *file, struct io *io, uint64_t offset)
{
    size_t wanted = io->left, given = io_give_zeros(io, wanted);

    (void)file;
    (void)offset;
    return given == 0 && wanted > 0 ? -EFAULT : (int64_t)given;
}

/* A mapping of /dev/zero is like one of no file at all. */
static int map_zeros(struct file *file, struct memory_object **ret_object)
{
    (void)file;
    *ret_object = NULL;
    return 0;
}

/* Without a struct io in between: what programs fill memory from, and throw output away to, all the time. */
static int64_t write_nowhere_quickly(struct file *file, user_ptr_t buffer, size_t size)
{
    (void)file;
    (void)buffer;
    return (int64_t)size;
}

static __attribute__((noinline)) int64_t read_many_zeros(struct file *file, user_ptr_t buffer, size_t size)
{
    struct io io = io_user(buffer, size);

    return read_zeros(file, &io, 0);
}

static int64_t read_zeros_quickly(struct file *file, user_ptr_t buffer, size_t size)
{
    if (size - 1 >= sizeof(zeros)) /* 0 is rare, too */
        return read_many_zeros(file, buffer, size);
    size_t left = user_copy((void *)buffer.address, zeros, size); /* which lies in the user half */
    return left == size ? -EFAULT : (int64_t)(size - left);
}

static int64_t write_full(struct file *file, struct io *io, uint64_t offset)
{
    (void)file;
    (void)io;
    (void)offset;
    return -ENOSPC;
}

static int64_t read_random(struct file *file, struct io *io, uint64_t offset)
{
    char chunk[256];
    int64_t done = 0;

    (void)file;
    (void)offset;
    while (io->left > 0) {
        size_t piece = io->left < sizeof(chunk) ? io->left : sizeof(chunk);
        random_fill(chunk, piece);
        size_t given = io_give(io, chunk, piece);
        done += (int64_t)given;
        if (given < piece)
            return done > 0 ? done : -EFAULT;
    }
    return done;
}

static const struct file_operations null_operations = {
    .has_no_position = true,
    .read = read_nothing,
    .write = write_nowhere,
    .write_quickly = write_nowhere_quickly,
};
static const struct file_operations zero_operations = {
    .has_no_position = true,
    .read = read_zeros,
    .write = write_nowhere,
    .read_quickly = read_zeros_quickly,
    .write_quickly = write_nowhere_quickly,
    .get_memory_object = map_zeros,
};
static const struct file_operations full_operations = {
    .has_no_position = true, .read = read_zeros, .write = write_full};
static const struct file_operations random_operations = {
    .has_no_position = true, .read = read_random, .write = write_nowhere};
static const struct device simple_devices[] = {
    {"null", S_IFCHR | 0666, 0, DEVICE_NUMBER(1, 3), &null_operations},
    {"zero", S_IFCHR | 0666, 0, DEVICE_NUMBER(1, 5), &zero_operations},
    {"full", S_IFCHR | 0666, 0, DEVICE_NUMBER(1, 7), &full_operations},
    {"random", S_IFCHR | 0666, 0, DEVICE_NUMBER(1, 8), &random_operations},
    {"urandom", S_IFCHR | 0666, 0, DEVICE_NUMBER(1, 9), &random_operations},
};

int devices_setup(void)
{
    int error = 0;

    for (size_t i = 0; error == 0 && i < sizeof(simple_devices) / sizeof(simple_devices[0]); i++)
        error = devices_add(&simple_devices[i]);
    return error;
}

int devices_create_nodes(const struct path_context *context)
{
    const struct device *device;

    for (size_t i = 0; (device = devices_get(i)) != NULL; i++) {
        const struct node_template template = {
            .mode = device->mode, .gid = device->gid, .rdev = device->number};
        int error = path_create(context, device->name, &template);
        if (error != 0 && error != -EEXIST)
            return error;
    }
    return 0;
}
