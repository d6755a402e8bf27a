#include "abi/errno.h"
#include "abi/syscall.h"
#include "mm/user_access.h"
#include "proc/process.h"
#include "sched/thread.h"
#include "syscall/dispatch.h"

int64_t sys_getpid(struct trap_frame *frame)
{
    (void)frame;
    return process_current()->id;
}

int64_t sys_gettid(struct trap_frame *frame)
{
    (void)frame;
    return user_thread_current()->id;
}

int64_t sys_getppid(struct trap_frame *frame)
{
    (void)frame;
    return process_current()->parent_id;
}

int64_t sys_set_tid_address(struct trap_frame *frame)
{
    struct user_thread *self = user_thread_current();

    self->clear_child_tid = syscall_pointer(frame, 0);
    return self->id;
}

/* clone(flags, stack, parent_tid, child_tid, tls) */
int64_t sys_clone(struct trap_frame *frame)
{
    /* Flags are 32 bits here: as on Linux the upper half is ignored. */
    const uint64_t flags = (uint32_t)syscall_argument(frame, 0);
    const struct clone_arguments arguments = {
        .flags = flags & ~(uint64_t)(CLONE_SIGNAL_MASK | CLONE_DETACHED),
        .exit_signal = (int)(flags & CLONE_SIGNAL_MASK),
        .stack_pointer = syscall_argument(frame, 1),
        .parent_tid = syscall_pointer(frame, 2),
        .child_tid = syscall_pointer(frame, 3),
        .fs_base = syscall_argument(frame, 4),
    };

    return process_clone(frame, &arguments);
}

int64_t sys_fork(struct trap_frame *frame)
{
    return process_clone(frame, &(const struct clone_arguments){.exit_signal = SIGCHLD});
}

int64_t sys_vfork(struct trap_frame *frame)
{
    return process_clone(
        frame, &(const struct clone_arguments){.flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD});
}

static int clone_args_copy_in(struct clone_args *args, user_ptr_t source, uint64_t size)
{
    if (size < CLONE_ARGS_SIZE_MIN)
        return -EINVAL;
    if (size > PAGE_SIZE)
        return -E2BIG;
    return user_copy_struct_in(args, sizeof(*args), source, size);
}

static int clone_args_check(const struct clone_args *args)
{
    const uint64_t is_no_child = CLONE_THREAD | CLONE_PARENT;

    if ((args->flags & (CLONE_SIGNAL_MASK | CLONE_DETACHED)) != 0 || args->exit_signal > SIGNAL_MAX)
        return -EINVAL;
    if ((args->flags & is_no_child) != 0 && args->exit_signal != 0)
        return -EINVAL;
    if ((args->stack == 0) != (args->stack_size == 0) ||
        !user_range_is_valid((user_ptr_t){args->stack}, args->stack_size))
        return -EINVAL;
    /* IDs are not chosen by the caller here. */
    return args->set_tid != 0 || args->set_tid_size != 0 ? -EINVAL : 0;
}

/* clone3(args, size) */
int64_t sys_clone3(struct trap_frame *frame)
{
    struct clone_args args;
    int error = clone_args_copy_in(&args, syscall_pointer(frame, 0), syscall_argument(frame, 1));

    if (error == 0)
        error = clone_args_check(&args);
    if (error != 0)
        return error;
    const struct clone_arguments arguments = {
        .flags = args.flags,
        .exit_signal = (int)args.exit_signal,
        .stack_pointer = args.stack == 0 ? 0 : args.stack + args.stack_size,
        .parent_tid = {args.parent_tid},
        .child_tid = {args.child_tid},
        .fs_base = args.tls,
    };
    return process_clone(frame, &arguments);
}

/* exit(status): the calling thread. */
int64_t sys_exit(struct trap_frame *frame)
{
    process_exit_thread(syscall_int(frame, 0));
}

int64_t sys_exit_group(struct trap_frame *frame)
{
    process_exit(WAIT_STATUS_EXITED(syscall_int(frame, 0)));
}
