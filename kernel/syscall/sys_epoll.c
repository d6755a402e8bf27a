/* epoll_create(), epoll_ctl(), epoll_wait() and their kind. */
#include "abi/errno.h"
#include "ipc/epoll.h"
#include "mm/user_access.h"
#include "syscall/descriptor.h"
#include "syscall/dispatch.h"
#include "syscall/file_use.h"
#include "syscall/user_mask.h"
#include "syscall/user_time.h"

static int64_t epoll_open(unsigned flags)
{
    struct credentials who;
    struct file *file;

    identity_get_credentials(&who);
    int error = epoll_create(&who, &file);
    return error != 0 ? error : descriptor_install(file, flags);
}

/* epoll_create(size) */
int64_t sys_epoll_create(struct trap_frame *frame)
{
    return syscall_int(frame, 0) <= 0 ? -EINVAL : epoll_open(0);
}

/* epoll_create1(flags) */
int64_t sys_epoll_create1(struct trap_frame *frame)
{
    unsigned flags = (unsigned)syscall_argument(frame, 0);

    return (flags & ~(unsigned)EPOLL_CLOEXEC) != 0 ? -EINVAL : epoll_open(flags);
}

/* epoll_ctl(epoll, operation, fd, event) */
int64_t sys_epoll_ctl(struct trap_frame *frame)
{
    int operation = syscall_int(frame, 1), fd = syscall_int(frame, 2), error = -EBADF;
    struct epoll_event event = {0};

    if (operation != EPOLL_CTL_DEL &&
        user_copy_in(&event, syscall_pointer(frame, 3), sizeof(event), NULL) != 0)
        return -EFAULT;
    struct file_use epoll = file_use_begin_open((unsigned)syscall_argument(frame, 0));
    if (epoll.file == NULL)
        return -EBADF;
    struct file_use use = file_use_begin_open((unsigned)fd);
    if (use.file != NULL) {
        error = epoll_control(epoll.file, operation, use.file, fd, &event);
        file_use_end(use);
    }
    file_use_end(epoll);
    return error;
}

/* The common part of the calls that wait: their first three arguments are the same. */
static int64_t wait_until(struct trap_frame *frame, uint64_t deadline_ns)
{
    struct file_use epoll = file_use_begin_open((unsigned)syscall_argument(frame, 0));

    if (epoll.file == NULL)
        return -EBADF;
    int64_t count = epoll_wait(epoll.file, syscall_pointer(frame, 1), syscall_int(frame, 2), deadline_ns);
    file_use_end(epoll);
    return count;
}

/* epoll_wait(epoll, events, count, timeout in ms) */
int64_t sys_epoll_wait(struct trap_frame *frame)
{
    return wait_until(frame, user_milliseconds_to_deadline(syscall_int(frame, 3)));
}

/* epoll_pwait(epoll, events, count, timeout in ms, mask, mask size) */
int64_t sys_epoll_pwait(struct trap_frame *frame)
{
    int error = user_mask_apply(syscall_pointer(frame, 4), syscall_argument(frame, 5));

    return error != 0 ? error : sys_epoll_wait(frame);
}

/* epoll_pwait2(epoll, events, count, timespec, mask, mask size) */
int64_t sys_epoll_pwait2(struct trap_frame *frame)
{
    uint64_t deadline_ns;
    int error = user_timespec_to_deadline(syscall_pointer(frame, 3), &deadline_ns);

    if (error == 0)
        error = user_mask_apply(syscall_pointer(frame, 4), syscall_argument(frame, 5));
    return error != 0 ? error : wait_until(frame, deadline_ns);
}
