#include "abi/errno.h"
#include "abi/wait.h"
#include "mm/user_access.h"
#include "proc/usage.h"
#include "proc/wait.h"
#include "syscall/dispatch.h"
#include <limits.h>

#define WAIT4_OPTIONS (WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)
#define WAITID_OPTIONS (WAIT4_OPTIONS | WEXITED | WNOWAIT)
#define WAITID_INFO_SIZE 28 /* what waitid() writes of a siginfo: up to the status */

_Static_assert(offsetof(struct siginfo, child.status) + sizeof(int32_t) == WAITID_INFO_SIZE, "ABI");

static int usage_copy_out(user_ptr_t destination, const struct process_times *times)
{
    const struct rusage usage = usage_make(times);

    return user_copy_out(destination, &usage, sizeof(usage));
}

/* wait4(pid, status, options, rusage) */
int64_t sys_wait4(struct trap_frame *frame)
{
    int id = syscall_int(frame, 0);
    unsigned options = (unsigned)syscall_int(frame, 2);
    user_ptr_t status = syscall_pointer(frame, 1), usage = syscall_pointer(frame, 3);
    struct wait_request request = {.kind = WAIT_FOR_PROCESS, .id = id, .options = options | WEXITED};
    struct wait_result result;

    if ((options & ~WAIT4_OPTIONS) != 0)
        return -EINVAL;
    if (id == INT_MIN)
        return -ESRCH;
    if (id == -1) {
        request.kind = WAIT_FOR_ANY;
    } else if (id <= 0) {
        request.kind = WAIT_FOR_GROUP;
        request.id = -id;
    }
    int64_t child = process_wait(&request, &result);
    if (child <= 0)
        return child;
    int error = status.address == 0 ? 0 : user_copy_out(status, &result.status, sizeof(result.status));
    if (error == 0 && usage.address != 0)
        error = usage_copy_out(usage, &result.times);
    return error != 0 ? error : child;
}

/* waitid()'s kind of status. */
static void wait_make_info(const struct wait_result *result, struct siginfo *info)
{
    const int status = result->status, signal = status & 0x7f;

    *info = (struct siginfo){.signal = SIGCHLD};
    info->child.pid = result->id;
    info->child.uid = result->uid;
    if (status == WAIT_STATUS_CONTINUED) {
        info->code = CLD_CONTINUED;
        info->child.status = SIGCONT;
    } else if (signal == 0x7f) {
        info->code = CLD_STOPPED;
        info->child.status = status >> 8;
    } else if (signal == 0) {
        info->code = CLD_EXITED;
        info->child.status = status >> 8;
    } else {
        info->code = (status & 0x80) != 0 ? CLD_DUMPED : CLD_KILLED;
        info->child.status = signal;
    }
}

static int waitid_make_request(int kind, int id, unsigned options, struct wait_request *request)
{
    if ((options & ~WAITID_OPTIONS) != 0 || (options & (WEXITED | WSTOPPED | WCONTINUED)) == 0)
        return -EINVAL;
    request->options = options;
    request->id = id;
    switch (kind) {
    case P_ALL:
        request->kind = WAIT_FOR_ANY;
        return 0;
    case P_PID:
        request->kind = WAIT_FOR_PROCESS;
        return id <= 0 ? -EINVAL : 0;
    case P_PGID:
        request->kind = WAIT_FOR_GROUP;
        return id < 0 ? -EINVAL : 0;
    default:
        return -EINVAL;
    }
}

/* waitid(kind, id, siginfo, options, rusage) */
int64_t sys_waitid(struct trap_frame *frame)
{
    user_ptr_t destination = syscall_pointer(frame, 2), usage = syscall_pointer(frame, 4);
    struct siginfo info = {0};
    struct wait_request request;
    struct wait_result result;
    int error = waitid_make_request(syscall_int(frame, 0), syscall_int(frame, 1),
                                    (unsigned)syscall_int(frame, 3), &request);

    if (error != 0)
        return error;
    int64_t child = process_wait(&request, &result);
    if (child < 0)
        return child;
    if (child > 0) {
        wait_make_info(&result, &info);
        if (usage.address != 0 && usage_copy_out(usage, &result.times) != 0)
            return -EFAULT;
    }
    return destination.address == 0 ? 0 : user_copy_out(destination, &info, WAITID_INFO_SIZE);
}
