#include "abi/errno.h"
#include "abi/signal.h"
#include "abi/syscall.h"
#include "arch/x86_64/user_entry.h"
#include "core/clock.h"
#include "mm/user_access.h"
#include "proc/process.h"
#include "sched/thread.h"
#include "signal/signal.h"
#include "syscall/dispatch.h"

#define NS_PER_SECOND 1000000000ull

/* A mask that a program gives with its size. Errors: -EINVAL (the size), -EFAULT. */
static int signal_set_copy_in(signal_set *ret_set, user_ptr_t source, uint64_t size)
{
    return size != sizeof(*ret_set) ? -EINVAL : user_copy_in(ret_set, source, sizeof(*ret_set), NULL);
}

/* rt_sigaction(signal, action, old, size) */
int64_t sys_rt_sigaction(struct trap_frame *frame)
{
    const user_ptr_t new_address = syscall_pointer(frame, 1), old_address = syscall_pointer(frame, 2);
    const bool has_new = new_address.address != 0;
    struct signal_action action, old;

    if (syscall_argument(frame, 3) != sizeof(signal_set))
        return -EINVAL;
    if (has_new && user_copy_in(&action, new_address, sizeof(action), NULL) != 0)
        return -EFAULT;
    int error = signal_set_action(syscall_int(frame, 0), has_new ? &action : NULL, &old);
    if (error != 0 || old_address.address == 0)
        return error;
    return user_copy_out(old_address, &old, sizeof(old));
}

static int signal_change_mask(int how, signal_set set)
{
    const signal_set blocked = user_thread_current()->signals.blocked;

    switch (how) {
    case SIG_BLOCK:
        signal_set_blocked(blocked | set);
        return 0;
    case SIG_UNBLOCK:
        signal_set_blocked(blocked & ~set);
        return 0;
    case SIG_SETMASK:
        signal_set_blocked(set);
        return 0;
    default:
        return -EINVAL;
    }
}

/* rt_sigprocmask(how, set, old, size) */
int64_t sys_rt_sigprocmask(struct trap_frame *frame)
{
    const user_ptr_t new_address = syscall_pointer(frame, 1), old_address = syscall_pointer(frame, 2);
    const signal_set old = user_thread_current()->signals.blocked;
    signal_set set;

    if (syscall_argument(frame, 3) != sizeof(set))
        return -EINVAL;
    if (new_address.address != 0) {
        if (user_copy_in(&set, new_address, sizeof(set), NULL) != 0)
            return -EFAULT;
        int error = signal_change_mask(syscall_int(frame, 0), set);
        if (error != 0)
            return error;
    }
    return old_address.address != 0 ? user_copy_out(old_address, &old, sizeof(old)) : 0;
}

/* rt_sigpending(set, size): as many bytes as are asked for. */
int64_t sys_rt_sigpending(struct trap_frame *frame)
{
    const uint64_t size = syscall_argument(frame, 1);
    signal_set set;

    if (size > sizeof(set))
        return -EINVAL;
    set = signal_pending_set(user_thread_current()->signals.blocked);
    return user_copy_out(syscall_pointer(frame, 0), &set, size);
}

/* rt_sigsuspend(set, size) */
int64_t sys_rt_sigsuspend(struct trap_frame *frame)
{
    signal_set set;
    int error = signal_set_copy_in(&set, syscall_pointer(frame, 0), syscall_argument(frame, 1));

    if (error != 0)
        return error;
    signal_set_blocked_for_call(set);
    signal_pause();
    return -ERESTARTNOHAND;
}

int64_t sys_pause(struct trap_frame *frame)
{
    (void)frame;
    signal_pause();
    return -ERESTARTNOHAND;
}

/* The time until which a call that is given a duration may wait; UINT64_MAX without one. 0: not at all. */
static int signal_deadline_copy_in(user_ptr_t source, uint64_t *ret_deadline_ns)
{
    struct timespec64 time;

    *ret_deadline_ns = UINT64_MAX;
    if (source.address == 0)
        return 0;
    if (user_copy_in(&time, source, sizeof(time), NULL) != 0)
        return -EFAULT;
    if (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= (int64_t)NS_PER_SECOND)
        return -EINVAL;
    const uint64_t now_ns = clock_monotonic_ns();
    if (time.seconds == 0 && time.nanoseconds == 0)
        *ret_deadline_ns = 0;
    else if ((uint64_t)time.seconds < (UINT64_MAX - now_ns) / NS_PER_SECOND - 1)
        *ret_deadline_ns = now_ns + (uint64_t)time.seconds * NS_PER_SECOND + (uint64_t)time.nanoseconds;
    return 0;
}

/* rt_sigtimedwait(set, info, timeout, size) */
int64_t sys_rt_sigtimedwait(struct trap_frame *frame)
{
    const user_ptr_t info_address = syscall_pointer(frame, 1);
    signal_set set;
    uint64_t deadline_ns;
    struct siginfo_padded padded = {0};
    int error = signal_set_copy_in(&set, syscall_pointer(frame, 0), syscall_argument(frame, 3));

    if (error == 0)
        error = signal_deadline_copy_in(syscall_pointer(frame, 2), &deadline_ns);
    if (error != 0)
        return error;
    int signal = signal_wait(set, deadline_ns, &padded.info);
    if (signal > 0 && info_address.address != 0 && user_copy_out(info_address, &padded, sizeof(padded)) != 0)
        return -EFAULT;
    return signal;
}

/* sigaltstack(stack, old) */
int64_t sys_sigaltstack(struct trap_frame *frame)
{
    const user_ptr_t new_address = syscall_pointer(frame, 0), old_address = syscall_pointer(frame, 1);
    struct thread_signals *signals = &user_thread_current()->signals;
    struct signal_stack stack, old;

    if (new_address.address != 0 && user_copy_in(&stack, new_address, sizeof(stack), NULL) != 0)
        return -EFAULT;
    signal_get_stack(signals, frame->rsp, &old);
    if (new_address.address != 0) {
        int error = signal_set_stack(signals, &stack, frame->rsp);
        if (error != 0)
            return error;
    }
    return old_address.address != 0 ? user_copy_out(old_address, &old, sizeof(old)) : 0;
}

/* Does not return where it was called: all registers, RCX and R11 too, are those of the frame. */
int64_t sys_rt_sigreturn(struct trap_frame *frame)
{
    if (signal_return(frame) == 0)
        user_entry_first(frame);
    signal_raise_fault(SIGSEGV, SI_KERNEL, 0);
    return 0;
}

int64_t sys_restart_syscall(struct trap_frame *frame)
{
    struct syscall_restart *restart = &user_thread_current()->restart;

    (void)frame;
    return restart->function != NULL ? restart->function(restart) : -EINTR;
}
