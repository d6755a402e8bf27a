/* inotify_init(), inotify_add_watch(), inotify_rm_watch(). */
#include "abi/errno.h"
#include "ipc/inotify.h"
#include "syscall/descriptor.h"
#include "syscall/dispatch.h"
#include "syscall/file_use.h"
#include "syscall/path_call.h"

static int64_t inotify_open(unsigned flags)
{
    struct credentials who;
    struct file *file;

    identity_get_credentials(&who);
    int error = inotify_create(flags, &who, &file);
    return error != 0 ? error : descriptor_install(file, flags);
}

/* inotify_init() */
int64_t sys_inotify_init(struct trap_frame *frame)
{
    (void)frame;
    return inotify_open(0);
}

/* inotify_init1(flags) */
int64_t sys_inotify_init1(struct trap_frame *frame)
{
    unsigned flags = (unsigned)syscall_argument(frame, 0);

    return (flags & ~(unsigned)(IN_CLOEXEC | IN_NONBLOCK)) != 0 ? -EINVAL : inotify_open(flags);
}

/* What the path leads to, if the caller may read it; with references. */
static int watch_lookup(user_ptr_t name, uint32_t mask, struct path *ret_path)
{
    const unsigned flags = (mask & IN_DONT_FOLLOW) != 0 ? PATH_NO_FOLLOW : 0;
    struct path_call call;
    int error = path_call_begin(&call, AT_FDCWD, name, 0);

    if (error != 0)
        return error;
    error = path_lookup(&call.context, call.path.text, flags, ret_path);
    if (error == 0) {
        if ((mask & IN_ONLYDIR) != 0 && !S_ISDIR(node_mode(ret_path->node)))
            error = -ENOTDIR;
        else
            error = node_check_access(ret_path->node, call.context.credentials, R_OK);
        if (error != 0)
            path_unref(ret_path);
    }
    path_call_end(&call);
    return error;
}

static int64_t add_watch(struct file *file, user_ptr_t name, uint32_t mask)
{
    struct path path;

    if (!inotify_is_instance(file))
        return -EINVAL;
    int64_t result = watch_lookup(name, mask, &path);
    if (result != 0)
        return result;
    result = inotify_add_watch(file, path.node, mask);
    path_unref(&path);
    return result;
}

/* inotify_add_watch(fd, path, mask) */
int64_t sys_inotify_add_watch(struct trap_frame *frame)
{
    uint32_t mask = (uint32_t)syscall_argument(frame, 2);
    int64_t result = inotify_check_mask(mask);

    if (result != 0)
        return result;
    struct file_use use = file_use_begin_open((uint32_t)syscall_argument(frame, 0));
    if (use.file == NULL)
        return -EBADF;
    result = add_watch(use.file, syscall_pointer(frame, 1), mask);
    file_use_end(use);
    return result;
}

/* inotify_rm_watch(fd, watch) */
int64_t sys_inotify_rm_watch(struct trap_frame *frame)
{
    struct file_use use = file_use_begin_open((uint32_t)syscall_argument(frame, 0));

    if (use.file == NULL)
        return -EBADF;
    int error =
        inotify_is_instance(use.file) ? inotify_remove_watch(use.file, syscall_int(frame, 1)) : -EINVAL;
    file_use_end(use);
    return error;
}
