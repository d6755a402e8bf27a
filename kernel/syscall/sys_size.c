/* How big files are, and what of them has memory. */
#include "abi/errno.h"
#include "fs/file.h"
#include "fs/watch.h"
#include "syscall/dispatch.h"
#include "syscall/path_call.h"
#include "syscall/write_result.h"

/* Whether a path may be truncated; then *ret_path is its place, with references. */
static int truncate_lookup(const struct path_call *call, struct path *ret_path)
{
    struct path path;
    int error = path_lookup(&call->context, call->path.text, 0, &path);

    if (error != 0)
        return error;
    uint32_t mode = node_mode(path.node);
    if (S_ISDIR(mode))
        error = -EISDIR;
    else if (!S_ISREG(mode))
        error = -EINVAL;
    else
        error = node_check_access(path.node, call->context.credentials, W_OK);
    if (error != 0)
        path_unref(&path);
    else
        *ret_path = path;
    return error;
}

/* truncate(path, size) */
int64_t sys_truncate(struct trap_frame *frame)
{
    int64_t size = (int64_t)syscall_argument(frame, 1);
    struct path_call call;
    struct path path;

    if (size < 0)
        return -EINVAL;
    int error = path_call_begin(&call, AT_FDCWD, syscall_pointer(frame, 0), 0);
    if (error != 0)
        return error;
    error = truncate_lookup(&call, &path);
    if (error == 0) {
        error = node_truncate(path.node, call.context.credentials, (uint64_t)size);
        if (error == 0)
            watch_tell(path.node, IN_MODIFY);
        path_unref(&path);
    }
    path_call_end(&call);
    return write_result(error);
}

/* ftruncate(fd, size) */
int64_t sys_ftruncate(struct trap_frame *frame)
{
    int64_t size = (int64_t)syscall_argument(frame, 1);
    struct file_use use;

    if (size < 0)
        return -EINVAL;
    use = file_use_begin_open((uint32_t)syscall_argument(frame, 0));
    if (use.file == NULL)
        return -EBADF;
    int error = file_truncate(use.file, size);
    file_use_end(use);
    return write_result(error);
}

/* Errors that come before the file system is asked. */
static int allocate_check(struct file *file, unsigned mode)
{
    if (mode != 0 && mode != FALLOC_FL_KEEP_SIZE && mode != (FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
        return -EOPNOTSUPP;
    if (!file_can_write(file))
        return -EBADF;
    uint32_t type = file_get_attributes(file).mode;
    if (S_ISFIFO(type))
        return -ESPIPE;
    return S_ISREG(type) && file->path.node != NULL ? 0 : -ENODEV;
}

/* fallocate(fd, mode, offset, size) */
int64_t sys_fallocate(struct trap_frame *frame)
{
    unsigned mode = (uint32_t)syscall_argument(frame, 1);
    int64_t offset = (int64_t)syscall_argument(frame, 2), size = (int64_t)syscall_argument(frame, 3);
    struct file_use use = file_use_begin_open((uint32_t)syscall_argument(frame, 0));

    if (use.file == NULL)
        return -EBADF;
    int error = offset < 0 || size <= 0 ? -EINVAL : allocate_check(use.file, mode);
    if (error == 0 && (mode & FALLOC_FL_PUNCH_HOLE) != 0)
        error = node_clear(use.file->path.node, &use.file->opened_by, (uint64_t)offset, (uint64_t)size);
    else if (error == 0)
        error = node_allocate(use.file->path.node, &use.file->opened_by, (uint64_t)offset, (uint64_t)size,
                              mode == 0);
    if (error == 0)
        watch_tell(use.file->path.node, IN_MODIFY);
    file_use_end(use);
    return write_result(error);
}

#define FADVISE_LAST 5 /* POSIX_FADV_NOREUSE */

/* fadvise64(fd, offset, size, advice): files are in memory, whatever one expects of them. */
int64_t sys_fadvise64(struct trap_frame *frame)
{
    struct file_use use = file_use_begin_open((uint32_t)syscall_argument(frame, 0));
    int64_t result = 0;

    if (use.file == NULL)
        return -EBADF;
    if (S_ISFIFO(file_get_attributes(use.file).mode))
        result = -ESPIPE;
    else if ((int64_t)syscall_argument(frame, 2) < 0 || (uint32_t)syscall_argument(frame, 3) > FADVISE_LAST)
        result = -EINVAL;
    file_use_end(use);
    return result;
}

/* readahead(fd, offset, size): the same of what has contents. */
int64_t sys_readahead(struct trap_frame *frame)
{
    struct file_use use = file_use_begin_open((uint32_t)syscall_argument(frame, 0));

    if (use.file == NULL)
        return -EBADF;
    int64_t result = !file_can_read(use.file)                      ? -EBADF
                     : S_ISREG(file_get_attributes(use.file).mode) ? 0
                                                                   : -EINVAL;
    file_use_end(use);
    return result;
}

#define SYNC_FILE_RANGE_KNOWN 7u

/* sync_file_range(fd, offset, size, flags): all that is written is where it stays. */
int64_t sys_sync_file_range(struct trap_frame *frame)
{
    const int64_t offset = (int64_t)syscall_argument(frame, 1), size = (int64_t)syscall_argument(frame, 2);
    struct file_use use = file_use_begin_open((uint32_t)syscall_argument(frame, 0));
    int64_t end, result = 0;

    if (use.file == NULL)
        return -EBADF;
    const uint32_t mode = file_get_attributes(use.file).mode;
    if (((uint32_t)syscall_argument(frame, 3) & ~SYNC_FILE_RANGE_KNOWN) != 0 || offset < 0 || size < 0 ||
        __builtin_add_overflow(offset, size, &end))
        result = -EINVAL;
    else if (!S_ISREG(mode) && !S_ISDIR(mode) && !S_ISLNK(mode))
        result = -ESPIPE;
    file_use_end(use);
    return result;
}
