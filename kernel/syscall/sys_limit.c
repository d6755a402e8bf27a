#include "abi/errno.h"
#include "abi/resource.h"
#include "core/clock.h"
#include "mm/user_access.h"
#include "proc/process.h"
#include "proc/usage.h"
#include "syscall/dispatch.h"
#include "time/process_time.h"
#include "time/process_timers.h"

/* Whether the caller may look at, and change, another one's limits: all of its IDs are the caller's. */
static bool limits_may_change(struct process *target)
{
    if (target == process_current())
        return true;
    const struct identity_ids own = identity_get_ids(process_current()), its = identity_get_ids(target);
    return own.effective_uid == 0 || (own.real_uid == its.real_uid && own.real_uid == its.effective_uid &&
                                      own.real_uid == its.saved_uid && own.real_gid == its.real_gid &&
                                      own.real_gid == its.effective_gid && own.real_gid == its.saved_gid);
}

/* The process that prlimit() names, with a reference. */
static int limits_find(int id, struct process **ret_process)
{
    struct spinlock_state state = spin_lock(&process_tree);
    struct process *process = id == 0 ? process_current() : process_find(id);
    int error = process == NULL ? -ESRCH : limits_may_change(process) ? 0 : -EPERM;

    if (error == 0)
        *ret_process = process_ref(process);
    spin_unlock(&process_tree, state);
    return error;
}

static int limit_check(unsigned resource, const struct rlimit64 *new, const struct resource_limit *old)
{
    if (new->soft > new->hard)
        return -EINVAL;
    if (resource == RLIMIT_NOFILE && new->hard > NR_OPEN_MAX)
        return -EPERM;
    return new->hard > old->hard &&process_current()->identity.effective_uid != 0 ? -EPERM : 0;
}

/* `new` NULL: nothing changes. */
static int limit_exchange(struct process *process, unsigned resource, const struct rlimit64 *new,
                          struct rlimit64 *ret_old)
{
    struct resource_limit *limit = &process->limits.of[resource];
    struct spinlock_state state = spin_lock(&process->signals.lock);
    int error = new == NULL ? 0 : limit_check(resource, new, limit);

    *ret_old = (struct rlimit64){limit->soft, limit->hard};
    if (error == 0 && new != NULL) {
        limit->soft = new->soft;
        limit->hard = new->hard;
    }
    spin_unlock(&process->signals.lock, state);
    if (error == 0 && new != NULL && resource == RLIMIT_CPU)
        error = process_timers_limit_cpu(process);
    return error;
}

static int64_t limit_change(int id, unsigned resource, user_ptr_t source, user_ptr_t destination)
{
    struct rlimit64 new, old;
    struct process *process;

    if (source.address != 0 && user_copy_in(&new, source, sizeof(new), NULL) != 0)
        return -EFAULT;
    int error = limits_find(id, &process);
    if (error != 0)
        return error;
    error = resource >= RLIMIT_COUNT
                ? -EINVAL
                : limit_exchange(process, resource, source.address != 0 ? &new : NULL, &old);
    process_unref(process);
    if (error == 0 && destination.address != 0)
        error = user_copy_out(destination, &old, sizeof(old));
    return error;
}

/* prlimit64(pid, resource, new, old) */
int64_t sys_prlimit64(struct trap_frame *frame)
{
    return limit_change(syscall_int(frame, 0), (unsigned)syscall_int(frame, 1), syscall_pointer(frame, 2),
                        syscall_pointer(frame, 3));
}

/* getrlimit(resource, limit) */
int64_t sys_getrlimit(struct trap_frame *frame)
{
    struct rlimit64 old;
    unsigned resource = (unsigned)syscall_int(frame, 0);

    if (resource >= RLIMIT_COUNT)
        return -EINVAL;
    (void)limit_exchange(process_current(), resource, NULL, &old);
    return user_copy_out(syscall_pointer(frame, 1), &old, sizeof(old));
}

/* setrlimit(resource, limit) */
int64_t sys_setrlimit(struct trap_frame *frame)
{
    struct rlimit64 new, old;
    unsigned resource = (unsigned)syscall_int(frame, 0);

    if (user_copy_in(&new, syscall_pointer(frame, 1), sizeof(new), NULL) != 0)
        return -EFAULT;
    return resource >= RLIMIT_COUNT ? -EINVAL : limit_exchange(process_current(), resource, &new, &old);
}

static struct process_times children_times(void)
{
    struct spinlock_state state = spin_lock(&process_tree);
    struct process_times times = process_current()->children_times;

    spin_unlock(&process_tree, state);
    return times;
}

/* getrusage(who, usage) */
int64_t sys_getrusage(struct trap_frame *frame)
{
    struct process_times times;

    switch (syscall_int(frame, 0)) {
    case RUSAGE_SELF:
        times = process_times_now(process_current());
        break;
    case RUSAGE_CHILDREN:
        times = children_times();
        break;
    case RUSAGE_THREAD:
        times = process_times_of_thread();
        break;
    default:
        return -EINVAL;
    }
    const struct rusage usage = usage_make(&times);
    return user_copy_out(syscall_pointer(frame, 1), &usage, sizeof(usage));
}

/* times(buffer): the time since the kernel's entry, in clock ticks. */
int64_t sys_times(struct trap_frame *frame)
{
    user_ptr_t destination = syscall_pointer(frame, 0);

    if (destination.address != 0) {
        const struct process_times own = process_times_now(process_current()), children = children_times();
        const struct tms times = {
            .user = (int64_t)(own.user_ns / NS_PER_CLOCK_TICK),
            .system = (int64_t)(own.system_ns / NS_PER_CLOCK_TICK),
            .children_user = (int64_t)(children.user_ns / NS_PER_CLOCK_TICK),
            .children_system = (int64_t)(children.system_ns / NS_PER_CLOCK_TICK),
        };
        if (user_copy_out(destination, &times, sizeof(times)) != 0)
            return -EFAULT;
    }
    return (int64_t)(clock_monotonic_ns() / NS_PER_CLOCK_TICK);
}
