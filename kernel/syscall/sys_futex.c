#include "abi/errno.h"
#include "abi/syscall.h"
#include "core/clock.h"
#include "ipc/futex.h"
#include "mm/user_access.h"
#include "proc/identity.h"
#include "proc/process.h"
#include "syscall/dispatch.h"

#define NS_PER_SECOND 1000000000ull

/* futex() as it was asked for. */
struct futex_call {
    struct futex futex;
    uint32_t command; /* FUTEX_*, without flags */
    uint32_t flags;   /* FUTEX_CLOCK_REALTIME */
    uint32_t value;
    uint64_t second_value; /* in the place of the timeout */
    struct futex second;
    uint32_t third_value;
    uint64_t deadline_ns;
};

static bool command_has_timeout(uint32_t command)
{
    return command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET || command == FUTEX_LOCK_PI ||
           command == FUTEX_LOCK_PI2 || command == FUTEX_WAIT_REQUEUE_PI;
}

static bool command_may_choose_clock(uint32_t command)
{
    return command == FUTEX_WAIT_BITSET || command == FUTEX_WAIT_REQUEUE_PI || command == FUTEX_LOCK_PI2;
}

static uint64_t add_ns(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - 1 - b ? UINT64_MAX - 1 : a + b;
}

/* Of WAIT's timeout, which is relative; of an absolute one by the wall clock, or by the monotonic one. */
static uint64_t timeout_to_deadline(const struct futex_call *call, uint64_t time_ns)
{
    uint64_t now_ns = clock_monotonic_ns(), wall_ns = clock_realtime_ns();

    if (call->command == FUTEX_WAIT)
        return add_ns(now_ns, time_ns);
    if (call->command != FUTEX_LOCK_PI && (call->flags & FUTEX_CLOCK_REALTIME) == 0)
        return time_ns;
    return time_ns <= wall_ns ? 0 : add_ns(now_ns, time_ns - wall_ns);
}

static int read_timeout(struct futex_call *call)
{
    struct timespec64 time;
    int error = user_copy_in(&time, (user_ptr_t){call->second_value}, sizeof(time), NULL);

    if (error != 0)
        return error;
    if (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= (int64_t)NS_PER_SECOND)
        return -EINVAL;
    uint64_t time_ns = (uint64_t)time.seconds >= UINT64_MAX / NS_PER_SECOND
                           ? UINT64_MAX - 1
                           : (uint64_t)time.seconds * NS_PER_SECOND + (uint64_t)time.nanoseconds;
    call->deadline_ns = timeout_to_deadline(call, time_ns);
    return 0;
}

/* A wait with a timeout that a signal without a handler interrupted goes on until the same time. */
static int64_t wait_again(struct syscall_restart *restart)
{
    const struct futex futex = {{restart->arguments[0]}, restart->arguments[1] != 0};
    int error = futex_wait(futex, (uint32_t)restart->arguments[2], (uint32_t)restart->arguments[3],
                           restart->arguments[4]);

    return error == -EINTR ? -ERESTART_RESTARTBLOCK : error;
}

static int64_t wait_call(const struct futex_call *call, uint32_t bitset)
{
    if (bitset == 0)
        return -EINVAL;
    int error = futex_wait(call->futex, call->value, bitset, call->deadline_ns);
    if (error != -EINTR)
        return error;
    if (call->deadline_ns == UINT64_MAX)
        return -ERESTARTSYS;
    user_thread_current()->restart = (struct syscall_restart){
        .function = wait_again,
        .arguments = {call->futex.address.address, call->futex.is_private, call->value, bitset,
                      call->deadline_ns},
    };
    return -ERESTART_RESTARTBLOCK;
}

static int64_t lock_call(const struct futex_call *call, bool only_tries)
{
    int error = futex_lock(call->futex, call->deadline_ns, only_tries);

    return error == -EINTR ? -ERESTARTNOINTR : error;
}

static int64_t wait_for_lock_call(const struct futex_call *call)
{
    int error = futex_wait_for_lock(call->futex, call->value, call->second, call->deadline_ns);

    return error == -EINTR ? -ERESTARTNOINTR : error;
}

static int64_t futex_call_run(const struct futex_call *call)
{
    int count = (int)call->value, second_count = (int)call->second_value;

    switch (call->command) {
    case FUTEX_WAIT:
        return wait_call(call, FUTEX_BITSET_MATCH_ANY);
    case FUTEX_WAIT_BITSET:
        return wait_call(call, call->third_value);
    case FUTEX_WAKE:
        return futex_wake(call->futex, count, FUTEX_BITSET_MATCH_ANY);
    case FUTEX_WAKE_BITSET:
        return call->third_value == 0 ? -EINVAL : futex_wake(call->futex, count, call->third_value);
    case FUTEX_REQUEUE:
        return futex_requeue(call->futex, call->second, count, second_count, NULL);
    case FUTEX_CMP_REQUEUE:
        return futex_requeue(call->futex, call->second, count, second_count, &call->third_value);
    case FUTEX_WAKE_OP:
        return futex_wake_op(call->futex, call->second, count, second_count, call->third_value);
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
        return lock_call(call, false);
    case FUTEX_TRYLOCK_PI:
        return lock_call(call, true);
    case FUTEX_UNLOCK_PI:
        return futex_unlock(call->futex);
    case FUTEX_WAIT_REQUEUE_PI:
        return wait_for_lock_call(call);
    case FUTEX_CMP_REQUEUE_PI:
        return futex_requeue_to_lock(call->futex, call->second, count, second_count, call->third_value);
    default:
        return -ENOSYS;
    }
}

/* futex(address, operation, value, timeout or second value, second address, third value) */
int64_t sys_futex(struct trap_frame *frame)
{
    uint32_t operation = (uint32_t)syscall_argument(frame, 1);
    bool is_private = (operation & FUTEX_PRIVATE_FLAG) != 0;
    struct futex_call call = {
        .futex = {syscall_pointer(frame, 0), is_private},
        .command = operation & (uint32_t)FUTEX_COMMAND_MASK,
        .flags = operation & FUTEX_CLOCK_REALTIME,
        .value = (uint32_t)syscall_argument(frame, 2),
        .second_value = syscall_argument(frame, 3),
        .second = {syscall_pointer(frame, 4), is_private},
        .third_value = (uint32_t)syscall_argument(frame, 5),
        .deadline_ns = UINT64_MAX,
    };

    if (command_has_timeout(call.command) && call.second_value != 0) {
        int error = read_timeout(&call);
        if (error != 0)
            return error;
    }
    if (call.flags != 0 && !command_may_choose_clock(call.command))
        return -ENOSYS;
    return futex_call_run(&call);
}

/* set_robust_list(head, size) */
int64_t sys_set_robust_list(struct trap_frame *frame)
{
    if (syscall_argument(frame, 1) != sizeof(struct robust_list_head))
        return -EINVAL;
    user_thread_current()->robust_list = syscall_pointer(frame, 0);
    return 0;
}

/* get_robust_list(id, head, size) */
int64_t sys_get_robust_list(struct trap_frame *frame)
{
    const uint64_t size = sizeof(struct robust_list_head);
    int id = syscall_int(frame, 0);
    int error = 0;

    struct spinlock_state state = spin_lock(&process_tree);
    struct user_thread *thread = id == 0 ? user_thread_current() : user_thread_find(id);
    user_ptr_t list = {0};
    if (thread == NULL)
        error = -ESRCH;
    else if (thread->process != process_current() && !identity_is_superuser())
        error = -EPERM;
    else
        list = thread->robust_list;
    spin_unlock(&process_tree, state);
    if (error == 0)
        error = user_copy_out(syscall_pointer(frame, 2), &size, sizeof(size));
    return error != 0 ? error : user_copy_out(syscall_pointer(frame, 1), &list.address, sizeof(list.address));
}
