/* Reading and writing. */
#include "abi/errno.h"
#include "fs/io.h"
#include "mm/user_access.h"
#include "proc/limits.h"
#include "signal/signal.h"
#include "syscall/dispatch.h"
#include "syscall/file_use.h"
#include "syscall/io_vector.h"
#include "syscall/write_result.h"

int64_t write_failed(int64_t error)
{
    int signal = 0;

    if (error == -EPIPE)
        signal = SIGPIPE;
    else if (error == -EFBIG && limit_current(RLIMIT_FSIZE) != RLIM_INFINITY)
        signal = SIGXFSZ;
    if (signal != 0) {
        const struct siginfo info = signal_info_kernel(signal);
        (void)signal_send_thread(user_thread_current(), &info);
    }
    return error == -EPIPE_WITHOUT_SIGNAL ? -EPIPE : error;
}

static __attribute__((noinline)) int64_t read_slowly(const struct trap_frame *frame)
{
    struct file_use use = file_use_begin((uint32_t)syscall_argument(frame, 0));
    struct io io = io_user(syscall_pointer(frame, 1), syscall_argument(frame, 2));

    if (use.file == NULL)
        return -EBADF;
    int64_t result = file_read(use.file, &io);
    file_use_end(use);
    return result;
}

static __attribute__((noinline)) int64_t write_slowly(const struct trap_frame *frame)
{
    struct file_use use = file_use_begin((uint32_t)syscall_argument(frame, 0));
    struct io io = io_user(syscall_pointer(frame, 1), syscall_argument(frame, 2));

    if (use.file == NULL)
        return -EBADF;
    int64_t result = file_write(use.file, &io);
    file_use_end(use);
    return write_result(result);
}

/* Whether the short cut may be taken: the program's buffer lies in its half, and is not too big. */
static inline bool is_quick(user_ptr_t buffer, size_t size)
{
    return size <= FILE_IO_MAX && user_range_is_valid(buffer, size);
}

/* read(fd, buffer, count) */
int64_t sys_read(struct trap_frame *frame)
{
    struct file *file = file_use_peek((uint32_t)syscall_argument(frame, 0));
    user_ptr_t buffer = syscall_pointer(frame, 1);
    size_t size = syscall_argument(frame, 2);

    if (file != NULL && is_quick(buffer, size)) {
        const struct file_operations *operations = file->operations;
        if (operations->read_quickly != NULL && file_can_read(file))
            return operations->read_quickly(file, buffer, size);
    }
    return read_slowly(frame);
}

/* write(fd, buffer, count) */
int64_t sys_write(struct trap_frame *frame)
{
    struct file *file = file_use_peek((uint32_t)syscall_argument(frame, 0));
    user_ptr_t buffer = syscall_pointer(frame, 1);
    size_t size = syscall_argument(frame, 2);

    if (file != NULL && is_quick(buffer, size)) {
        const struct file_operations *operations = file->operations;
        if (operations->write_quickly != NULL && file_can_write(file))
            return operations->write_quickly(file, buffer, size);
    }
    return write_slowly(frame);
}

/* pread64(fd, buffer, count, offset) */
int64_t sys_pread64(struct trap_frame *frame)
{
    struct file_use use = file_use_begin((uint32_t)syscall_argument(frame, 0));
    struct io io = io_user(syscall_pointer(frame, 1), syscall_argument(frame, 2));
    int64_t offset = (int64_t)syscall_argument(frame, 3);

    if (use.file == NULL)
        return offset < 0 ? -EINVAL : -EBADF;
    int64_t result = file_read_at(use.file, &io, offset);
    file_use_end(use);
    return result;
}

/* pwrite64(fd, buffer, count, offset) */
int64_t sys_pwrite64(struct trap_frame *frame)
{
    struct file_use use = file_use_begin((uint32_t)syscall_argument(frame, 0));
    struct io io = io_user(syscall_pointer(frame, 1), syscall_argument(frame, 2));
    int64_t offset = (int64_t)syscall_argument(frame, 3);

    if (use.file == NULL)
        return offset < 0 ? -EINVAL : -EBADF;
    int64_t result = file_write_at(use.file, &io, offset);
    file_use_end(use);
    return write_result(result);
}

#define AT_POSITION (-1) /* preadv2(), pwritev2(): at the file's position */

static int64_t read_vector(struct file *file, struct io_vector *vector, int64_t offset)
{
    return offset == AT_POSITION ? file_read(file, &vector->io) : file_read_at(file, &vector->io, offset);
}

static int64_t write_vector(struct file *file, struct io_vector *vector, int64_t offset)
{
    return offset == AT_POSITION ? file_write(file, &vector->io) : file_write_at(file, &vector->io, offset);
}

/* readv(), writev() and their kin: the access mode comes before the vector. */
static inline int64_t file_move_vector(unsigned fd, user_ptr_t segments, int count, int64_t offset,
                                       bool (*may_move)(const struct file *file),
                                       int64_t (*move)(struct file *file, struct io_vector *vector,
                                                       int64_t offset))
{
    struct file_use use = file_use_begin(fd);
    struct io_vector vector;
    int64_t result = -EBADF;

    if (use.file == NULL)
        return -EBADF;
    if (offset != AT_POSITION && use.file->operations->is_stream)
        result = -ESPIPE;
    else if (may_move(use.file))
        result = io_vector_copy_in(&vector, segments, count);
    if (result == 0) {
        result = move(use.file, &vector, offset);
        io_vector_release(&vector);
    }
    file_use_end(use);
    return result;
}

static int64_t file_read_vector(unsigned fd, user_ptr_t segments, int count, int64_t offset)
{
    return file_move_vector(fd, segments, count, offset, file_can_read, read_vector);
}

static int64_t file_write_vector(unsigned fd, user_ptr_t segments, int count, int64_t offset)
{
    return write_result(file_move_vector(fd, segments, count, offset, file_can_write, write_vector));
}

/* readv(fd, segments, count) */
int64_t sys_readv(struct trap_frame *frame)
{
    return file_read_vector((uint32_t)syscall_argument(frame, 0), syscall_pointer(frame, 1),
                            syscall_int(frame, 2), AT_POSITION);
}

/* writev(fd, segments, count) */
int64_t sys_writev(struct trap_frame *frame)
{
    return file_write_vector((uint32_t)syscall_argument(frame, 0), syscall_pointer(frame, 1),
                             syscall_int(frame, 2), AT_POSITION);
}

/* preadv(fd, segments, count, offset) */
int64_t sys_preadv(struct trap_frame *frame)
{
    int64_t offset = (int64_t)syscall_argument(frame, 3);

    if (offset < 0)
        return -EINVAL;
    return file_read_vector((uint32_t)syscall_argument(frame, 0), syscall_pointer(frame, 1),
                            syscall_int(frame, 2), offset);
}

/* pwritev(fd, segments, count, offset) */
int64_t sys_pwritev(struct trap_frame *frame)
{
    int64_t offset = (int64_t)syscall_argument(frame, 3);

    if (offset < 0)
        return -EINVAL;
    return file_write_vector((uint32_t)syscall_argument(frame, 0), syscall_pointer(frame, 1),
                             syscall_int(frame, 2), offset);
}

/* Files have nothing to wait for but streams, which O_NONBLOCK is for: of the flags, those that ask for no
 * more than what is done anyway are accepted. */
#define READ_FLAGS_ACCEPTED RWF_HIPRI
#define WRITE_FLAGS_ACCEPTED (RWF_HIPRI | RWF_DSYNC | RWF_SYNC)

/* preadv2(fd, segments, count, offset, offset's upper half, flags) */
int64_t sys_preadv2(struct trap_frame *frame)
{
    int64_t offset = (int64_t)syscall_argument(frame, 3);

    if (offset < AT_POSITION)
        return -EINVAL;
    if (((uint32_t)syscall_argument(frame, 5) & ~READ_FLAGS_ACCEPTED) != 0)
        return -EOPNOTSUPP;
    return file_read_vector((uint32_t)syscall_argument(frame, 0), syscall_pointer(frame, 1),
                            syscall_int(frame, 2), offset);
}

/* pwritev2(fd, segments, count, offset, offset's upper half, flags) */
int64_t sys_pwritev2(struct trap_frame *frame)
{
    int64_t offset = (int64_t)syscall_argument(frame, 3);

    if (offset < AT_POSITION)
        return -EINVAL;
    if (((uint32_t)syscall_argument(frame, 5) & ~WRITE_FLAGS_ACCEPTED) != 0)
        return -EOPNOTSUPP;
    return file_write_vector((uint32_t)syscall_argument(frame, 0), syscall_pointer(frame, 1),
                             syscall_int(frame, 2), offset);
}
