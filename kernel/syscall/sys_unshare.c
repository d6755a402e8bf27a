/* unshare(2), setns(2), membarrier(2): what a process has in common with others. There are no namespaces. */
#include "abi/errno.h"
#include "abi/syscall.h"
#include "mm/addr_space.h"
#include "proc/barrier.h"
#include "proc/process.h"
#include "proc/unshare.h"
#include "syscall/dispatch.h"
#include "syscall/file_use.h"

#define UNSHARE_NAMESPACES                                                                                   \
    ((unsigned)(CLONE_NEWTIME | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | \
                CLONE_NEWNET))
#define UNSHARE_KNOWN                                                                                     \
    (UNSHARE_NAMESPACES | (unsigned)(CLONE_NEWUSER | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_FS | \
                                     CLONE_FILES | CLONE_SYSVSEM))

/* unshare(flags): as a Linux that was built without namespaces; but with several threads nothing can be
 * unshared. */
int64_t sys_unshare(struct trap_frame *frame)
{
    const unsigned flags = (uint32_t)syscall_argument(frame, 0);
    const bool is_alone = process_current()->thread_count == 1;

    if ((flags & ~UNSHARE_KNOWN) != 0)
        return -EINVAL;
    if ((flags & (unsigned)(CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) != 0 &&
        (!is_alone || ((flags & CLONE_VM) != 0 && !addr_space_is_private(process_current()->space))))
        return -EINVAL;
    if ((flags & UNSHARE_NAMESPACES) != 0 && (flags & CLONE_NEWUSER) == 0 && !identity_is_superuser())
        return -EPERM;
    if ((flags & (UNSHARE_NAMESPACES | CLONE_NEWUSER)) != 0)
        return -EINVAL;
    if ((flags & (CLONE_FS | CLONE_FILES)) == 0)
        return 0;
    return is_alone ? process_unshare(flags) : -EINVAL;
}

/* setns(fd, kind): no descriptor is one of a namespace. */
int64_t sys_setns(struct trap_frame *frame)
{
    struct file_use use = file_use_begin_open((uint32_t)syscall_argument(frame, 0));

    if (use.file == NULL)
        return -EBADF;
    file_use_end(use);
    return -EINVAL;
}

/* membarrier(command, flags, cpu) */
int64_t sys_membarrier(struct trap_frame *frame)
{
    return syscall_int(frame, 1) != 0 ? -EINVAL : process_barrier(syscall_int(frame, 0));
}
