#include "abi/errno.h"
#include "abi/resource.h"
#include "abi/syscall.h"
#include "arch/x86_64/percpu.h"
#include "mm/user_access.h"
#include "proc/priority.h"
#include "proc/process.h"
#include "sched/thread.h"
#include "syscall/dispatch.h"

#define NS_PER_SECOND 1000000000ull
#define PERSONALITY_ASK 0xffffffffu

int64_t sys_sched_yield(struct trap_frame *frame)
{
    (void)frame;
    thread_yield();
    return 0;
}

/* getpriority(which, who) */
int64_t sys_getpriority(struct trap_frame *frame)
{
    return priority_get(syscall_int(frame, 0), syscall_int(frame, 1));
}

/* setpriority(which, who, nice) */
int64_t sys_setpriority(struct trap_frame *frame)
{
    return priority_set(syscall_int(frame, 0), syscall_int(frame, 1), syscall_int(frame, 2));
}

static int64_t scheduling_change(int id, int policy, user_ptr_t source)
{
    int priority;

    if (source.address == 0 || id < 0)
        return -EINVAL;
    if (user_copy_in(&priority, source, sizeof(priority), NULL) != 0)
        return -EFAULT;
    return scheduling_set(id, &(const struct thread_scheduling){policy, priority, SCHEDULING_NICE_SAME});
}

/* sched_setscheduler(pid, policy, param) */
int64_t sys_sched_setscheduler(struct trap_frame *frame)
{
    int policy = syscall_int(frame, 1);

    return policy < 0 ? -EINVAL : scheduling_change(syscall_int(frame, 0), policy, syscall_pointer(frame, 2));
}

/* sched_setparam(pid, param) */
int64_t sys_sched_setparam(struct trap_frame *frame)
{
    return scheduling_change(syscall_int(frame, 0), SCHEDULING_POLICY_SAME, syscall_pointer(frame, 1));
}

int64_t sys_sched_getscheduler(struct trap_frame *frame)
{
    struct thread_scheduling scheduling;
    int error = scheduling_get(syscall_int(frame, 0), &scheduling);

    return error != 0 ? error : scheduling.policy;
}

/* sched_getparam(pid, param) */
int64_t sys_sched_getparam(struct trap_frame *frame)
{
    struct thread_scheduling scheduling;

    if (syscall_argument(frame, 1) == 0)
        return -EINVAL;
    int error = scheduling_get(syscall_int(frame, 0), &scheduling);
    if (error != 0)
        return error;
    return user_copy_out(syscall_pointer(frame, 1), &scheduling.priority, sizeof(scheduling.priority));
}

/* A structure of the size that it says it has; what is not known here must be 0. With -E2BIG the program is
 * told the size that is known. */
static int64_t attributes_copy_in(struct sched_attr *attributes, user_ptr_t source)
{
    uint32_t size;

    if (user_copy_in(&size, source, sizeof(size), NULL) != 0)
        return -EFAULT;
    if (size == 0)
        size = SCHED_ATTR_SIZE_VER0;
    int error = size < SCHED_ATTR_SIZE_VER0 || size > PAGE_SIZE
                    ? -E2BIG
                    : user_copy_struct_in(attributes, sizeof(*attributes), source, size);
    if (error == -E2BIG) {
        size = sizeof(*attributes);
        return user_copy_out(source, &size, sizeof(size)) != 0 ? -EFAULT : -E2BIG;
    }
    if (error != 0)
        return error;
    const bool has_clamp = (attributes->flags & (SCHED_FLAG_UTIL_CLAMP_MIN | SCHED_FLAG_UTIL_CLAMP_MAX)) != 0;
    return has_clamp && size < sizeof(*attributes) ? -EINVAL : 0;
}

static int64_t attributes_set(int id, const struct sched_attr *attributes)
{
    const uint64_t flags = attributes->flags;
    const int reset = (flags & SCHED_FLAG_RESET_ON_FORK) != 0 ? SCHED_RESET_ON_FORK : 0;
    struct thread_scheduling now, wanted = {.nice = attributes->nice < NICE_MIN   ? NICE_MIN
                                                    : attributes->nice > NICE_MAX ? NICE_MAX
                                                                                  : attributes->nice};
    int error = scheduling_get(id, &now);

    if (error != 0)
        return error;
    wanted.policy = (flags & SCHED_FLAG_KEEP_POLICY) != 0 ? now.policy : (int)attributes->policy | reset;
    wanted.priority = attributes->priority > INT32_MAX ? -1 : (int)attributes->priority;
    if ((flags & SCHED_FLAG_KEEP_PARAMS) != 0) {
        wanted.priority = now.priority;
        wanted.nice = SCHEDULING_NICE_SAME;
    }
    return scheduling_set(id, &wanted);
}

#define SCHED_FLAGS_KNOWN                                                                             \
    (SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_RECLAIM | SCHED_FLAG_DL_OVERRUN | SCHED_FLAG_KEEP_POLICY | \
     SCHED_FLAG_KEEP_PARAMS | SCHED_FLAG_UTIL_CLAMP_MIN | SCHED_FLAG_UTIL_CLAMP_MAX)

/* sched_setattr(pid, attributes, flags): without clamps of utilisation. */
int64_t sys_sched_setattr(struct trap_frame *frame)
{
    const int id = syscall_int(frame, 0);
    struct sched_attr attributes = {0};

    if (syscall_argument(frame, 1) == 0 || id < 0 || syscall_int(frame, 2) != 0)
        return -EINVAL;
    int64_t error = attributes_copy_in(&attributes, syscall_pointer(frame, 1));
    if (error != 0)
        return error;
    if ((int32_t)attributes.policy < 0)
        return -EINVAL;
    struct thread_scheduling now;
    error = scheduling_get(id, &now);
    if (error == 0 && (attributes.flags & ~(uint64_t)SCHED_FLAGS_KNOWN) != 0)
        error = -EINVAL;
    if (error == 0 && (attributes.flags & (SCHED_FLAG_UTIL_CLAMP_MIN | SCHED_FLAG_UTIL_CLAMP_MAX)) != 0)
        error = -EOPNOTSUPP;
    return error != 0 ? error : attributes_set(id, &attributes);
}

/* sched_getattr(pid, attributes, size, flags) */
int64_t sys_sched_getattr(struct trap_frame *frame)
{
    const int id = syscall_int(frame, 0);
    const uint32_t size = (uint32_t)syscall_argument(frame, 2);
    struct sched_attr attributes = {.size = size < sizeof(attributes) ? size : sizeof(attributes)};
    struct thread_scheduling now;

    if (syscall_argument(frame, 1) == 0 || id < 0 || size > PAGE_SIZE || size < SCHED_ATTR_SIZE_VER0 ||
        syscall_int(frame, 3) != 0)
        return -EINVAL;
    int error = scheduling_get(id, &now);
    if (error != 0)
        return error;
    attributes.policy = (uint32_t)(now.policy & ~SCHED_RESET_ON_FORK);
    attributes.flags = (now.policy & SCHED_RESET_ON_FORK) != 0 ? SCHED_FLAG_RESET_ON_FORK : 0;
    attributes.priority = (uint32_t)now.priority;
    if (attributes.policy != SCHED_FIFO && attributes.policy != SCHED_RR)
        attributes.nice = now.nice;
    return user_copy_struct_out(syscall_pointer(frame, 1), size, &attributes, sizeof(attributes));
}

/* ioprio_set(which, who, priority) */
int64_t sys_ioprio_set(struct trap_frame *frame)
{
    return io_priority_set(syscall_int(frame, 0), syscall_int(frame, 1),
                           (uint32_t)syscall_argument(frame, 2));
}

/* ioprio_get(which, who) */
int64_t sys_ioprio_get(struct trap_frame *frame)
{
    return io_priority_get(syscall_int(frame, 0), syscall_int(frame, 1));
}

/* The bounds of a policy's priorities. */
static int64_t policy_bound(int policy, int of_realtime)
{
    switch (policy) {
    case SCHED_FIFO:
    case SCHED_RR:
        return of_realtime;
    case SCHED_NORMAL:
    case SCHED_BATCH:
    case SCHED_IDLE:
    case SCHED_DEADLINE:
        return 0;
    default:
        return -EINVAL;
    }
}

int64_t sys_sched_get_priority_max(struct trap_frame *frame)
{
    return policy_bound(syscall_int(frame, 0), REALTIME_PRIORITY_MAX);
}

int64_t sys_sched_get_priority_min(struct trap_frame *frame)
{
    return policy_bound(syscall_int(frame, 0), REALTIME_PRIORITY_MIN);
}

/* sched_rr_get_interval(pid, timespec) */
int64_t sys_sched_rr_get_interval(struct trap_frame *frame)
{
    struct thread_scheduling scheduling;
    int error = scheduling_get(syscall_int(frame, 0), &scheduling);

    if (error != 0)
        return error;
    const int policy = scheduling.policy & ~SCHED_RESET_ON_FORK;
    const uint64_t slice_ns = policy == SCHED_FIFO ? 0
                              : policy == SCHED_RR ? RUN_QUEUE_RR_SLICE_NS
                                                   : RUN_QUEUE_GRANULE_NS;
    const struct timespec64 time = {(int64_t)(slice_ns / NS_PER_SECOND), (int64_t)(slice_ns % NS_PER_SECOND)};
    return user_copy_out(syscall_pointer(frame, 1), &time, sizeof(time));
}

/* sched_setaffinity(pid, size, mask): CPUs that are not there are left out. */
int64_t sys_sched_setaffinity(struct trap_frame *frame)
{
    uint64_t size = (uint32_t)syscall_argument(frame, 1);
    struct cpu_set cpus = {{0}};

    if (user_copy_in(&cpus, syscall_pointer(frame, 2), size < sizeof(cpus) ? size : sizeof(cpus), NULL) != 0)
        return -EFAULT;
    return affinity_set(syscall_int(frame, 0), &cpus);
}

/* sched_getaffinity(pid, size, mask): returns how many bytes of the mask it wrote. */
int64_t sys_sched_getaffinity(struct trap_frame *frame)
{
    const uint64_t size = (uint32_t)syscall_argument(frame, 1);
    const uint64_t needed = (cpu_count_online() + 63) / 64 * sizeof(uint64_t);
    struct cpu_set cpus;

    if (size * 8 < cpu_count_online() || size % sizeof(uint64_t) != 0)
        return -EINVAL;
    int error = affinity_get(syscall_int(frame, 0), &cpus);
    if (error == 0)
        error = user_copy_out(syscall_pointer(frame, 2), &cpus, needed);
    return error != 0 ? error : (int64_t)needed;
}

/* getcpu(cpu, node): there is one node. */
int64_t sys_getcpu(struct trap_frame *frame)
{
    const uint32_t cpu = percpu_get()->cpu_index, node = 0; /* it may be another one on return, anyway */
    int error = 0;

    if (syscall_argument(frame, 0) != 0)
        error = user_copy_out(syscall_pointer(frame, 0), &cpu, sizeof(cpu));
    if (error == 0 && syscall_argument(frame, 1) != 0)
        error = user_copy_out(syscall_pointer(frame, 1), &node, sizeof(node));
    return error;
}

/* personality(): there is but PER_LINUX. */
int64_t sys_personality(struct trap_frame *frame)
{
    uint32_t personality = (uint32_t)syscall_argument(frame, 0);

    return personality == 0 || personality == PERSONALITY_ASK ? 0 : -EINVAL;
}
