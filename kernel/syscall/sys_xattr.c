/* Extended attributes: no file has any, nor can it get one. As on Linux for a file system that has none. */
#include "abi/errno.h"
#include "mm/user_access.h"
#include "syscall/dispatch.h"
#include "syscall/path_call.h"

#define XATTR_NAME_SIZE 256 /* with its 0 */
#define XATTR_VALUE_MAX 65536u
#define XATTR_CREATE 1u
#define XATTR_REPLACE 2u

/* What a call is about: the file of a path, or of a descriptor. */
struct xattr_file {
    bool is_descriptor;
    unsigned fd;
    user_ptr_t path;
    unsigned flags; /* PATH_NO_FOLLOW */
};

static struct xattr_file xattr_by_path(const struct trap_frame *frame, unsigned flags)
{
    return (struct xattr_file){.path = syscall_pointer(frame, 0), .flags = flags};
}

static struct xattr_file xattr_by_descriptor(const struct trap_frame *frame)
{
    return (struct xattr_file){.is_descriptor = true, .fd = (uint32_t)syscall_argument(frame, 0)};
}

/* Whether the file is there. */
static int xattr_check_file(const struct xattr_file *file)
{
    struct path_call call;
    struct path found;

    if (file->is_descriptor) {
        struct file_use use = file_use_begin_open(file->fd);
        if (use.file == NULL)
            return -EBADF;
        file_use_end(use);
        return 0;
    }
    int error = path_call_begin(&call, AT_FDCWD, file->path, 0);
    if (error != 0)
        return error;
    error = path_lookup(&call.context, call.path.text, file->flags, &found);
    if (error == 0)
        path_unref(&found);
    path_call_end(&call);
    return error;
}

static int xattr_check_name(user_ptr_t source)
{
    char name[XATTR_NAME_SIZE];
    int length = user_copy_string_in(name, source, sizeof(name));

    if (length == -ENAMETOOLONG || length == 0)
        return -ERANGE;
    return length < 0 ? length : 0;
}

/* Of getting and removing. */
static int64_t xattr_refuse(struct xattr_file file, user_ptr_t name)
{
    int error = xattr_check_name(name);

    if (error == 0)
        error = xattr_check_file(&file);
    return error != 0 ? error : -EOPNOTSUPP;
}

/* Whether the program has a value there. */
static int xattr_check_value(user_ptr_t value, uint64_t size)
{
    char byte;

    for (uint64_t offset = 0; offset < size; offset += PAGE_SIZE) {
        if (user_copy_in(&byte, (user_ptr_t){value.address + offset}, 1, NULL) != 0)
            return -EFAULT;
    }
    return size == 0 ? 0 : user_copy_in(&byte, (user_ptr_t){value.address + size - 1}, 1, NULL);
}

static int64_t xattr_refuse_set(const struct trap_frame *frame, struct xattr_file file)
{
    const uint64_t size = syscall_argument(frame, 3);

    if (((uint32_t)syscall_argument(frame, 4) & ~(XATTR_CREATE | XATTR_REPLACE)) != 0)
        return -EINVAL;
    int error = xattr_check_name(syscall_pointer(frame, 1));
    if (error != 0)
        return error;
    if (size > XATTR_VALUE_MAX)
        return -E2BIG;
    error = xattr_check_value(syscall_pointer(frame, 2), size);
    return error != 0 ? error : xattr_refuse(file, syscall_pointer(frame, 1));
}

/* setxattr(path, name, value, size, flags), and of a link, and of a descriptor */
int64_t sys_setxattr(struct trap_frame *frame)
{
    return xattr_refuse_set(frame, xattr_by_path(frame, 0));
}

int64_t sys_lsetxattr(struct trap_frame *frame)
{
    return xattr_refuse_set(frame, xattr_by_path(frame, PATH_NO_FOLLOW));
}

int64_t sys_fsetxattr(struct trap_frame *frame)
{
    return xattr_refuse_set(frame, xattr_by_descriptor(frame));
}

/* getxattr(path, name, value, size) */
int64_t sys_getxattr(struct trap_frame *frame)
{
    return xattr_refuse(xattr_by_path(frame, 0), syscall_pointer(frame, 1));
}

int64_t sys_lgetxattr(struct trap_frame *frame)
{
    return xattr_refuse(xattr_by_path(frame, PATH_NO_FOLLOW), syscall_pointer(frame, 1));
}

int64_t sys_fgetxattr(struct trap_frame *frame)
{
    return xattr_refuse(xattr_by_descriptor(frame), syscall_pointer(frame, 1));
}

/* listxattr(path, list, size): there is nothing to list. */
int64_t sys_listxattr(struct trap_frame *frame)
{
    const struct xattr_file file = xattr_by_path(frame, 0);

    return xattr_check_file(&file);
}

int64_t sys_llistxattr(struct trap_frame *frame)
{
    const struct xattr_file file = xattr_by_path(frame, PATH_NO_FOLLOW);

    return xattr_check_file(&file);
}

int64_t sys_flistxattr(struct trap_frame *frame)
{
    const struct xattr_file file = xattr_by_descriptor(frame);

    return xattr_check_file(&file);
}

/* removexattr(path, name) */
int64_t sys_removexattr(struct trap_frame *frame)
{
    return xattr_refuse(xattr_by_path(frame, 0), syscall_pointer(frame, 1));
}

int64_t sys_lremovexattr(struct trap_frame *frame)
{
    return xattr_refuse(xattr_by_path(frame, PATH_NO_FOLLOW), syscall_pointer(frame, 1));
}

int64_t sys_fremovexattr(struct trap_frame *frame)
{
    return xattr_refuse(xattr_by_descriptor(frame), syscall_pointer(frame, 1));
}
