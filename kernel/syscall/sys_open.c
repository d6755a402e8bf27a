/* Opening, closing, and the position. */
#include "abi/errno.h"
#include "fs/file.h"
#include "proc/fs_context.h"
#include "syscall/descriptor.h"
#include "syscall/dispatch.h"
#include "syscall/path_call.h"

static int64_t open_at(int directory, user_ptr_t path, unsigned flags, uint32_t mode)
{
    struct path_call call;
    struct file *file;
    int error = file_check_open_flags(flags);

    if (error == 0)
        error = path_call_begin(&call, directory, path, 0);
    if (error != 0)
        return error;
    mode &= S_IALLUGO & ~fs_context_get_umask(process_current()->fs);
    error = file_open(&call.context, call.path.text, flags | O_LARGEFILE, mode, &file);
    path_call_end(&call);
    return error != 0 ? error : descriptor_install(file, flags);
}

/* open(path, flags, mode) */
int64_t sys_open(struct trap_frame *frame)
{
    return open_at(AT_FDCWD, syscall_pointer(frame, 0), (unsigned)syscall_argument(frame, 1),
                   (uint32_t)syscall_argument(frame, 2));
}

/* openat(directory, path, flags, mode) */
int64_t sys_openat(struct trap_frame *frame)
{
    return open_at(syscall_int(frame, 0), syscall_pointer(frame, 1), (unsigned)syscall_argument(frame, 2),
                   (uint32_t)syscall_argument(frame, 3));
}

/* creat(path, mode) */
int64_t sys_creat(struct trap_frame *frame)
{
    return open_at(AT_FDCWD, syscall_pointer(frame, 0), O_CREAT | O_WRONLY | O_TRUNC,
                   (uint32_t)syscall_argument(frame, 1));
}

/* close(fd) */
int64_t sys_close(struct trap_frame *frame)
{
    return fd_table_close(process_current()->files, (uint32_t)syscall_argument(frame, 0));
}

/* lseek(fd, offset, whence) */
int64_t sys_lseek(struct trap_frame *frame)
{
    struct file_use use = file_use_begin((uint32_t)syscall_argument(frame, 0));

    if (use.file == NULL)
        return -EBADF;
    int64_t result =
        file_seek(use.file, (int64_t)syscall_argument(frame, 1), (int)syscall_argument(frame, 2));
    file_use_end(use);
    return result;
}
