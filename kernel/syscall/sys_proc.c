#include "abi/errno.h"
#include "abi/syscall.h"
#include "arch/x86_64/cpu.h"
#include "boot_info.h"
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

int64_t sys_sched_yield(struct trap_frame *frame)
{
    (void)frame;
    thread_yield();
    return 0;
}

/* clone(flags, stack, parent_tid, child_tid, tls) */
int64_t sys_clone(struct trap_frame *frame)
{
    const struct clone_arguments arguments = {
        .flags = syscall_argument(frame, 0) & ~(uint64_t)CLONE_SIGNAL_MASK,
        .exit_signal = (int)(syscall_argument(frame, 0) & CLONE_SIGNAL_MASK),
        .stack_pointer = syscall_argument(frame, 1),
        .parent_tid = syscall_pointer(frame, 2),
        .child_tid = syscall_pointer(frame, 3),
        .fs_base = syscall_argument(frame, 4),
    };

    return process_clone(frame, &arguments);
}

/* exit(status): the calling thread. */
int64_t sys_exit(struct trap_frame *frame)
{
    process_exit_thread(syscall_argument(frame, 0) & 0xff);
}

int64_t sys_exit_group(struct trap_frame *frame)
{
    process_exit(WAIT_STATUS_EXITED((int)syscall_argument(frame, 0)));
}
