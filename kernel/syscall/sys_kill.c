#include <limits.h>

#include "abi/errno.h"
#include "abi/signal.h"
#include "mm/user_access.h"
#include "proc/process.h"
#include "signal/signal.h"
#include "syscall/dispatch.h"

/* What a sender says of himself. */
static struct siginfo signal_info_sender(int signal, int code)
{
    const struct process *self = process_current();

    return (struct siginfo){
        .signal = signal,
        .code = code,
        .sender = {.pid = self->id, .uid = self->identity.real_uid},
    };
}

static int signal_check(struct process *target, int signal)
{
    return signal < 0 || signal > SIGNAL_MAX ? -EINVAL : signal_check_permission(target, signal);
}

/* Signal 0 is a question only. Holds: process_tree. */
static int kill_process(struct process *target, const struct siginfo *info)
{
    int error = signal_check(target, info->signal);

    return error != 0 || info->signal == 0 ? error : signal_send_process(target, info);
}

/* The process that has a thread with that ID. Holds: process_tree. */
static struct process *process_of(int id)
{
    struct process *process = process_find(id);
    struct user_thread *thread = process != NULL ? NULL : user_thread_find(id);

    return thread != NULL ? thread->process : process;
}

/* Holds: process_tree. */
static int kill_one(int id, const struct siginfo *info)
{
    struct process *target = process_of(id);

    return target == NULL ? -ESRCH : kill_process(target, info);
}

/* Every member that may be signalled is; it is enough if one may. Holds: process_tree. */
static int kill_group(const struct process_group *group, const struct siginfo *info)
{
    int last_error = -ESRCH;
    bool has_one = false;

    if (group == NULL)
        return -ESRCH;
    for (struct list *link = list_first(&group->members); link != &group->members; link = link->next) {
        last_error = kill_process(list_entry(link, struct process, group_link), info);
        has_one |= last_error == 0;
    }
    return has_one ? 0 : last_error;
}

/* All but PID 1 and the caller. Holds: process_tree. */
static int kill_all(const struct siginfo *info)
{
    int result = -ESRCH;

    for (struct process *process = process_next(1); process != NULL; process = process_next(process->id)) {
        if (process == process_current())
            continue;
        int error = kill_process(process, info);
        if (error != -EPERM || result == -ESRCH)
            result = error == -EPERM ? 0 : error;
    }
    return result;
}

/* kill(pid, signal) */
int64_t sys_kill(struct trap_frame *frame)
{
    const int pid = syscall_int(frame, 0);
    const struct siginfo info = signal_info_sender(syscall_int(frame, 1), SI_USER);
    struct spinlock_state state = spin_lock(&process_tree);
    int error;

    if (pid > 0)
        error = kill_one(pid, &info);
    else if (pid == 0)
        error = kill_group(process_current()->group, &info);
    else if (pid == -1)
        error = kill_all(&info);
    else
        error = pid == INT_MIN ? -ESRCH : kill_group(process_group_find(-pid), &info);
    spin_unlock(&process_tree, state);
    return error;
}

/* A first thread that has ended keeps its ID until the process is no more. Holds: process_tree. */
static int kill_ended_thread(int group_id, int id, const struct siginfo *info)
{
    struct process *target = process_find(id);

    if (target == NULL || (group_id != 0 && id != group_id))
        return -ESRCH;
    int error = signal_check(target, info->signal);
    return error != 0 || info->signal == 0 ? error : signal_send_ended_thread(target, info->signal);
}

/* group_id 0: any. Errors: -EINVAL, -ESRCH, -EPERM, -EAGAIN. */
static int kill_thread(int group_id, int id, const struct siginfo *info)
{
    struct spinlock_state state = spin_lock(&process_tree);
    struct user_thread *target = user_thread_find(id);
    int error = target == NULL ? kill_ended_thread(group_id, id, info) : -ESRCH;

    if (target != NULL && (group_id == 0 || target->process->id == group_id)) {
        error = signal_check(target->process, info->signal);
        if (error == 0 && info->signal != 0)
            error = signal_send_thread(target, info);
    }
    spin_unlock(&process_tree, state);
    return error;
}

/* tkill(tid, signal) */
int64_t sys_tkill(struct trap_frame *frame)
{
    const int id = syscall_int(frame, 0);
    const struct siginfo info = signal_info_sender(syscall_int(frame, 1), SI_TKILL);

    return id <= 0 ? -EINVAL : kill_thread(0, id, &info);
}

/* tgkill(pid, tid, signal) */
int64_t sys_tgkill(struct trap_frame *frame)
{
    const int group_id = syscall_int(frame, 0), id = syscall_int(frame, 1);
    const struct siginfo info = signal_info_sender(syscall_int(frame, 2), SI_TKILL);

    return group_id <= 0 || id <= 0 ? -EINVAL : kill_thread(group_id, id, &info);
}

/* Whether what such a siginfo tells is known, and lies within struct siginfo: the codes for all signals, and
 * those of the kernel for this one. */
static bool signal_code_is_known(int signal, int code)
{
    enum { CODES_OF_OTHERS = 6 };
    static const uint8_t codes[SIGRTMIN] = {[SIGILL] = 11,  [SIGTRAP] = 6, [SIGBUS] = 5, [SIGFPE] = 15,
                                            [SIGSEGV] = 10, [SIGCHLD] = 6, [SIGIO] = 6,  [SIGSYS] = 2};
    const bool has_own = signal > 0 && signal < SIGRTMIN && codes[signal] != 0;

    if (code <= 0)
        return code >= SI_DETHREAD || code == SI_ASYNCNL;
    return code == SI_KERNEL || code <= (has_own ? codes[signal] : CODES_OF_OTHERS);
}

static bool padding_is_zero(const struct siginfo_padded *padded)
{
    uint8_t any = 0;

    for (size_t i = 0; i < sizeof(padded->padding); i++)
        any |= padded->padding[i];
    return any == 0;
}

/* A siginfo that a program has made up: of what is not known it may tell nothing that would be lost. */
static int signal_info_copy_in(struct siginfo *ret_info, user_ptr_t source, int signal)
{
    struct siginfo_padded padded;

    if (user_copy_in(&padded.info, source, sizeof(padded.info), NULL) != 0)
        return -EFAULT;
    padded.info.signal = signal;
    *ret_info = padded.info;
    if (signal_code_is_known(signal, padded.info.code))
        return 0;
    if (user_copy_in(&padded, source, sizeof(padded), NULL) != 0)
        return -EFAULT;
    return padding_is_zero(&padded) ? 0 : -E2BIG;
}

/* It may pass for kill()'s, tkill()'s or the kernel's only where it goes to the sender himself. */
static int signal_info_check(const struct siginfo *info, int target_id)
{
    const bool is_queued = info->code < 0 && info->code != SI_TKILL;

    return is_queued || user_thread_current()->id == target_id ? 0 : -EPERM;
}

/* rt_sigqueueinfo(pid, signal, info) */
int64_t sys_rt_sigqueueinfo(struct trap_frame *frame)
{
    const int pid = syscall_int(frame, 0);
    struct siginfo info;
    int error = signal_info_copy_in(&info, syscall_pointer(frame, 2), syscall_int(frame, 1));

    if (error == 0)
        error = signal_info_check(&info, pid);
    if (error != 0)
        return error;
    struct spinlock_state state = spin_lock(&process_tree);
    error = kill_one(pid, &info);
    spin_unlock(&process_tree, state);
    return error;
}

/* rt_tgsigqueueinfo(pid, tid, signal, info) */
int64_t sys_rt_tgsigqueueinfo(struct trap_frame *frame)
{
    const int group_id = syscall_int(frame, 0), id = syscall_int(frame, 1);
    struct siginfo info;
    int error = signal_info_copy_in(&info, syscall_pointer(frame, 3), syscall_int(frame, 2));

    if (error == 0)
        error = group_id <= 0 || id <= 0 ? -EINVAL : signal_info_check(&info, id);
    return error != 0 ? error : kill_thread(group_id, id, &info);
}
