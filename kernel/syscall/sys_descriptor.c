/* Descriptors: duplicates, flags, pipes. */
#include "abi/errno.h"
#include "fs/file.h"
#include "fs/pipe.h"
#include "mm/user_access.h"
#include "proc/limits.h"
#include "proc/process.h"
#include "syscall/descriptor.h"
#include "syscall/dispatch.h"
#include "syscall/file_lock_call.h"
#include "syscall/file_use.h"

unsigned descriptor_limit(void)
{
    uint64_t limit = limit_current(RLIMIT_NOFILE);

    return limit < FD_TABLE_MAX ? (unsigned)limit : FD_TABLE_MAX;
}

int descriptor_install(struct file *file, unsigned flags)
{
    int fd = fd_table_add(process_current()->files, file, 0, descriptor_limit(),
                          (flags & O_CLOEXEC) != 0 ? FD_CLOSE_ON_EXEC : 0);

    file_unref(file);
    return fd;
}

/* dup(fd) */
int64_t sys_dup(struct trap_frame *frame)
{
    return fd_table_dup(process_current()->files, (uint32_t)syscall_argument(frame, 0), 0, descriptor_limit(),
                        0);
}

/* dup2(from, to) */
int64_t sys_dup2(struct trap_frame *frame)
{
    return fd_table_dup_to(process_current()->files, (uint32_t)syscall_argument(frame, 0),
                           (uint32_t)syscall_argument(frame, 1), descriptor_limit(), 0);
}

/* dup3(from, to, flags) */
int64_t sys_dup3(struct trap_frame *frame)
{
    unsigned from = (uint32_t)syscall_argument(frame, 0), to = (uint32_t)syscall_argument(frame, 1);
    unsigned flags = (uint32_t)syscall_argument(frame, 2);

    if ((flags & ~(unsigned)O_CLOEXEC) != 0 || from == to)
        return -EINVAL;
    return fd_table_dup_to(process_current()->files, from, to, descriptor_limit(),
                           flags != 0 ? FD_CLOSE_ON_EXEC : 0);
}

int descriptor_install_pair(struct file *const files[2], unsigned flags, user_ptr_t destination)
{
    struct fd_table *table = process_current()->files;
    int32_t fds[2];
    int error;

    fds[0] = descriptor_install(files[0], flags);
    fds[1] = fds[0] < 0 ? fds[0] : descriptor_install(files[1], flags);
    if (fds[0] < 0)
        file_unref(files[1]);
    error = fds[1] < 0 ? fds[1] : user_copy_out(destination, fds, sizeof(fds));
    if (error == 0)
        return 0;
    for (int i = 0; i < 2; i++) {
        if (fds[i] >= 0)
            (void)fd_table_close(table, (unsigned)fds[i]);
    }
    return error;
}

static int64_t pipe_open_pair(user_ptr_t destination, unsigned flags)
{
    struct credentials credentials;
    struct file *files[2];

    if ((flags & ~(unsigned)(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) != 0)
        return -EINVAL;
    if ((flags & O_DIRECT) != 0) /* packets */
        return -EINVAL;
    identity_get_credentials(&credentials);
    int error = pipe_create(flags, &credentials, &files[0], &files[1]);
    return error != 0 ? error : descriptor_install_pair(files, flags, destination);
}

/* pipe(fds) */
int64_t sys_pipe(struct trap_frame *frame)
{
    return pipe_open_pair(syscall_pointer(frame, 0), 0);
}

/* pipe2(fds, flags) */
int64_t sys_pipe2(struct trap_frame *frame)
{
    return pipe_open_pair(syscall_pointer(frame, 0), (uint32_t)syscall_argument(frame, 1));
}

/* Set or clear some of a file's flags. */
static int64_t file_change_flags(struct file *file, unsigned mask, user_ptr_t argument)
{
    struct credentials credentials;
    int32_t is_on;
    int error = user_copy_in(&is_on, argument, sizeof(is_on), NULL);

    if (error != 0)
        return error;
    identity_get_credentials(&credentials);
    return file_set_flags(file, &credentials, is_on != 0 ? file->flags | mask : file->flags & ~mask);
}

/* FIONREAD of a regular file: what lies behind the position. */
static int64_t file_tell_left(struct file *file, user_ptr_t destination)
{
    int64_t position = file_seek(file, 0, SEEK_CUR);
    int32_t left = (int32_t)((int64_t)node_size(file->path.node) - position);

    return user_copy_out(destination, &left, sizeof(left));
}

static bool file_is_regular(const struct file *file)
{
    return file->path.node != NULL && S_ISREG(node_mode(file->path.node));
}

/* ioctl(fd, request, argument) */
int64_t sys_ioctl(struct trap_frame *frame)
{
    unsigned fd = (uint32_t)syscall_argument(frame, 0), request = (uint32_t)syscall_argument(frame, 1);
    struct file_use use = file_use_begin_open(fd);
    int64_t result;

    if (use.file == NULL)
        return -EBADF;
    if (request == FIOCLEX || request == FIONCLEX)
        result = fd_table_set_flags(process_current()->files, fd, request == FIOCLEX ? FD_CLOSE_ON_EXEC : 0);
    else if (request == FIONBIO)
        result = file_change_flags(use.file, O_NONBLOCK, syscall_pointer(frame, 2));
    else if (request == FIONREAD && file_is_regular(use.file))
        result = file_tell_left(use.file, syscall_pointer(frame, 2));
    else
        result = file_ioctl(use.file, request, syscall_argument(frame, 2));
    file_use_end(use);
    return result;
}

/* F_DUPFD and F_DUPFD_CLOEXEC */
static int64_t fcntl_dup(unsigned fd, uint64_t lowest, unsigned flags)
{
    unsigned limit = descriptor_limit();

    if ((uint32_t)lowest >= limit)
        return -EINVAL;
    return fd_table_dup(process_current()->files, fd, (uint32_t)lowest, limit, flags);
}

static int64_t fcntl_set_flags(struct file *file, unsigned flags)
{
    struct credentials credentials;

    identity_get_credentials(&credentials);
    return file_set_flags(file, &credentials, flags);
}

static int64_t fcntl_file(struct file *file, unsigned command, uint64_t argument)
{
    switch (command) {
    case F_GETFL:
        return file->flags;
    case F_SETFL:
        return fcntl_set_flags(file, (unsigned)argument);
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return fcntl_lock(file, command, (user_ptr_t){argument});
    case F_GETPIPE_SZ:
        return pipe_get_size(file);
    case F_SETPIPE_SZ:
        return pipe_set_size(file, argument);
    case F_ADD_SEALS:
        return file_add_seals(file, (unsigned)argument);
    case F_GET_SEALS:
        return file_get_seals(file);
    case F_GETOWN:
    case F_SETOWN:
    case F_GETSIG:
    case F_SETSIG:
        return 0; /* nobody is told by a signal that a file is ready */
    default:
        return -EINVAL;
    }
}

/* What may be done with a descriptor opened by O_PATH. */
static bool fcntl_is_for_path(unsigned command)
{
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC || command == F_GETFD || command == F_SETFD ||
           command == F_GETFL;
}

/* fcntl(fd, command, argument) */
int64_t sys_fcntl(struct trap_frame *frame)
{
    unsigned fd = (uint32_t)syscall_argument(frame, 0), command = (uint32_t)syscall_argument(frame, 1);
    uint64_t argument = syscall_argument(frame, 2);
    struct file_use use = fcntl_is_for_path(command) ? file_use_begin(fd) : file_use_begin_open(fd);
    struct fd_table *table = process_current()->files;
    int64_t result;

    if (use.file == NULL)
        return -EBADF;
    switch (command) {
    case F_DUPFD:
        result = fcntl_dup(fd, argument, 0);
        break;
    case F_DUPFD_CLOEXEC:
        result = fcntl_dup(fd, argument, FD_CLOSE_ON_EXEC);
        break;
    case F_GETFD:
        result = fd_table_get_flags(table, fd);
        break;
    case F_SETFD:
        result = fd_table_set_flags(table, fd, (argument & FD_CLOEXEC) != 0 ? FD_CLOSE_ON_EXEC : 0);
        break;
    default:
        result = fcntl_file(use.file, command, argument);
    }
    file_use_end(use);
    return result;
}

/* Close a range, or have it closed by exec. */
static void close_descriptors(struct fd_table *table, unsigned first, unsigned last, bool only_marks)
{
    for (int fd = fd_table_next(table, first); fd >= 0 && (unsigned)fd <= last;
         fd = fd_table_next(table, (unsigned)fd + 1)) {
        if (only_marks)
            (void)fd_table_set_flags(table, (unsigned)fd, FD_CLOSE_ON_EXEC);
        else
            (void)fd_table_close(table, (unsigned)fd);
    }
}

/* close_range(first, last, flags): descriptors that are shared stay shared. */
int64_t sys_close_range(struct trap_frame *frame)
{
    unsigned first = (uint32_t)syscall_argument(frame, 0), last = (uint32_t)syscall_argument(frame, 1);
    unsigned flags = (uint32_t)syscall_argument(frame, 2);
    const struct process *process = process_current();
    bool is_shared = process->thread_count != 1 || !fd_table_is_private(process->files);

    if (first > last || (flags & ~(unsigned)(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) != 0)
        return -EINVAL;
    if ((flags & CLOSE_RANGE_UNSHARE) != 0 && is_shared)
        return -EINVAL;
    close_descriptors(process->files, first, last, (flags & CLOSE_RANGE_CLOEXEC) != 0);
    return 0;
}
