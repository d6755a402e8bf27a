#include "proc/priority.h"

#include "abi/errno.h"
#include "abi/resource.h"
#include "arch/x86_64/percpu.h"
#include "proc/process.h"
#include "sched/thread.h"

#define NICE_ZERO 20     /* as getpriority() counts */
#define IO_LEVEL_NICES 5 /* nice levels for one of IOPRIO_LEVEL() */

/* Holds: process_tree. */
static struct user_thread *priority_find(int id)
{
    if (id == 0)
        return user_thread_current();
    struct user_thread *thread = user_thread_find(id);
    struct process *process = thread == NULL ? process_find(id) : NULL;
    if (process == NULL)
        return thread;

    struct spinlock_state state = spin_lock(&process->signals.lock);
    if (!list_is_empty(&process->threads))
        thread = list_entry(list_first(&process->threads), struct user_thread, link);
    spin_unlock(&process->signals.lock, state);
    return thread;
}

static bool is_superuser(void)
{
    return process_current()->identity.effective_uid == 0;
}

/* Whether the caller is the user that the process acts for. */
static bool priority_may_change(const struct process *target)
{
    const uint32_t own = process_current()->identity.effective_uid;

    return own == 0 || own == target->identity.effective_uid || own == target->identity.real_uid;
}

static int thread_nice(struct user_thread *thread)
{
    return thread_get_policy(thread->thread).nice;
}

/* Whether one who is not the superuser may set it: worse than now, or no better than RLIMIT_NICE says. */
static bool nice_is_permitted(const struct user_thread *thread, const struct thread_policy *now, int nice)
{
    const uint64_t best = thread->process->limits.of[RLIMIT_NICE].soft; /* 1 .. 40: 20 - nice */

    return nice >= now->nice || (uint64_t)(NICE_ZERO - nice) <= best;
}

static int thread_set_nice(struct user_thread *thread, int nice)
{
    struct thread_policy policy = thread_get_policy(thread->thread);

    if (!priority_may_change(thread->process))
        return -EPERM;
    if (!is_superuser() && !nice_is_permitted(thread, &policy, nice))
        return -EACCES;
    return thread_set_policy(thread->thread, policy.policy, nice, policy.priority);
}

/* What is done for each thread that a call names. */
struct priority_walk {
    void (*visit)(struct user_thread *thread, struct priority_walk *walk);
    int value;     /* to be set */
    int result;    /* so far */
    bool is_first; /* nobody was visited yet */
};

/* The last error, but no success behind the first one. */
static void walk_add_error(struct priority_walk *walk, int error)
{
    if (walk->is_first || error != 0)
        walk->result = error;
}

/* The best level. */
static void visit_get_nice(struct user_thread *thread, struct priority_walk *walk)
{
    const int level = NICE_ZERO - thread_nice(thread);

    if (walk->is_first || level > walk->result)
        walk->result = level;
}

static void visit_set_nice(struct user_thread *thread, struct priority_walk *walk)
{
    walk_add_error(walk, thread_set_nice(thread, walk->value));
}

static void priority_visit(struct user_thread *thread, struct priority_walk *walk)
{
    walk->visit(thread, walk);
    walk->is_first = false;
}

/* All threads of a process. */
static void priority_visit_process(struct process *process, struct priority_walk *walk)
{
    struct spinlock_state state = spin_lock(&process->signals.lock);

    for (struct list *link = list_first(&process->threads); link != &process->threads; link = link->next)
        priority_visit(list_entry(link, struct user_thread, link), walk);
    spin_unlock(&process->signals.lock, state);
}

static bool priority_is_of(const struct process *process, int which, int who)
{
    const struct process *self = process_current();

    if (which == PRIO_PGRP)
        return process->group->id == (who == 0 ? self->group->id : who);
    return process->identity.real_uid == (who == 0 ? self->identity.real_uid : (uint32_t)who);
}

/* Holds: process_tree. */
static void priority_walk_locked(int which, int who, struct priority_walk *walk)
{
    if (which == PRIO_PROCESS) {
        struct user_thread *thread = priority_find(who);
        if (thread != NULL)
            priority_visit(thread, walk);
        return;
    }
    for (struct process *process = process_next(0); process != NULL; process = process_next(process->id)) {
        if (priority_is_of(process, which, who))
            priority_visit_process(process, walk);
    }
}

/* `which`: PRIO_*. */
static int priority_walk(int which, int who, struct priority_walk walk)
{
    if (which != PRIO_PROCESS && which != PRIO_PGRP && which != PRIO_USER)
        return -EINVAL;
    walk.is_first = true;
    walk.result = -ESRCH;
    struct spinlock_state state = spin_lock(&process_tree);
    priority_walk_locked(which, who, &walk);
    spin_unlock(&process_tree, state);
    return walk.result;
}

int priority_get(int which, int who)
{
    return priority_walk(which, who, (struct priority_walk){.visit = visit_get_nice});
}

int priority_set(int which, int who, int nice)
{
    const int value = nice < NICE_MIN ? NICE_MIN : nice > NICE_MAX ? NICE_MAX : nice;

    return priority_walk(which, who, (struct priority_walk){.visit = visit_set_nice, .value = value});
}

/* What counts for one that has none: its policy says the class, its nice level the rest. */
static unsigned thread_io_priority(const struct user_thread *thread)
{
    const struct thread_policy policy = thread_get_policy(thread->thread);
    const unsigned own = thread->io_priority;
    unsigned class = IOPRIO_CLASS_BE;

    if (IOPRIO_CLASS(own) != IOPRIO_CLASS_NONE)
        return own;
    if (policy.policy != SCHED_NORMAL)
        class = IOPRIO_CLASS_RT;
    else if ((thread->policy & ~SCHED_RESET_ON_FORK) == SCHED_IDLE)
        class = IOPRIO_CLASS_IDLE;
    return IOPRIO_VALUE(class, (unsigned)(NICE_ZERO + policy.nice) / IO_LEVEL_NICES);
}

/* The best one: the lowest number. */
static void visit_get_io(struct user_thread *thread, struct priority_walk *walk)
{
    const int own = (int)thread_io_priority(thread);

    if (walk->is_first || own < walk->result)
        walk->result = own;
}

static void visit_get_own_io(struct user_thread *thread, struct priority_walk *walk)
{
    walk->result = thread->io_priority;
}

static void visit_set_io(struct user_thread *thread, struct priority_walk *walk)
{
    const struct identity *self = &process_current()->identity;
    const uint32_t owner = thread->process->identity.real_uid;
    const bool is_permitted = is_superuser() || owner == self->effective_uid || owner == self->real_uid;

    if (is_permitted)
        thread->io_priority = (unsigned)walk->value;
    walk_add_error(walk, is_permitted ? 0 : -EPERM);
}

/* IOPRIO_WHO_* are PRIO_* and 1. */
#define IO_WHICH(which) ((which)-IOPRIO_WHO_PROCESS + PRIO_PROCESS)

int io_priority_get(int which, int who)
{
    const struct priority_walk walk = {.visit =
                                           which == IOPRIO_WHO_PROCESS ? visit_get_own_io : visit_get_io};

    return priority_walk(IO_WHICH(which), who, walk);
}

static int io_priority_check(unsigned priority)
{
    switch (IOPRIO_CLASS(priority)) {
    case IOPRIO_CLASS_RT:
        return is_superuser() ? 0 : -EPERM;
    case IOPRIO_CLASS_BE:
    case IOPRIO_CLASS_IDLE:
        return 0;
    case IOPRIO_CLASS_NONE:
        return IOPRIO_LEVEL(priority) == 0 ? 0 : -EINVAL;
    default:
        return -EINVAL;
    }
}

int io_priority_set(int which, int who, unsigned priority)
{
    int error = io_priority_check(priority);

    if (error != 0)
        return error;
    return priority_walk(IO_WHICH(which), who,
                         (struct priority_walk){.visit = visit_set_io, .value = (uint16_t)priority});
}

static bool policy_is_realtime(int policy)
{
    return policy == SCHED_FIFO || policy == SCHED_RR;
}

int scheduling_get(int id, struct thread_scheduling *ret_scheduling)
{
    if (id < 0)
        return -EINVAL;
    struct spinlock_state state = spin_lock(&process_tree);
    struct user_thread *thread = priority_find(id);
    if (thread != NULL) {
        const struct thread_policy policy = thread_get_policy(thread->thread);
        *ret_scheduling =
            (struct thread_scheduling){.policy = thread->policy,
                                       .priority = policy.policy == SCHED_NORMAL ? 0 : (int)policy.priority,
                                       .nice = policy.nice};
    }
    spin_unlock(&process_tree, state);
    return thread == NULL ? -ESRCH : 0;
}

static int scheduling_check(const struct thread_scheduling *scheduling)
{
    const int policy = scheduling->policy & ~SCHED_RESET_ON_FORK;

    if (policy_is_realtime(policy))
        return scheduling->priority < REALTIME_PRIORITY_MIN || scheduling->priority > REALTIME_PRIORITY_MAX
                   ? -EINVAL
                   : 0;
    if (policy != SCHED_NORMAL && policy != SCHED_BATCH && policy != SCHED_IDLE)
        return -EINVAL;
    return scheduling->priority != 0 ? -EINVAL : 0;
}

/* Who is not the superuser may raise real-time priorities up to RLIMIT_RTPRIO, and not leave what others
 * imposed. */
static int scheduling_check_permission(const struct user_thread *thread, const struct thread_policy *now,
                                       const struct thread_scheduling *scheduling)
{
    const int policy = scheduling->policy & ~SCHED_RESET_ON_FORK,
              before = thread->policy & ~SCHED_RESET_ON_FORK;
    const uint64_t limit = thread->process->limits.of[RLIMIT_RTPRIO].soft;

    if (!priority_may_change(thread->process))
        return -EPERM;
    if (is_superuser())
        return 0;
    if (!policy_is_realtime(policy) && !nice_is_permitted(thread, now, scheduling->nice))
        return -EPERM;
    if (policy_is_realtime(policy)) {
        if (policy != before && limit == 0)
            return -EPERM;
        unsigned priority = policy_is_realtime(before) ? now->priority : 0;
        if ((unsigned)scheduling->priority > priority && (uint64_t)scheduling->priority > limit)
            return -EPERM;
    }
    return (thread->policy & SCHED_RESET_ON_FORK) != 0 && (scheduling->policy & SCHED_RESET_ON_FORK) == 0
               ? -EPERM
               : 0;
}

/* Holds: process_tree. */
static int scheduling_set_locked(struct user_thread *thread, struct thread_scheduling scheduling)
{
    const struct thread_policy now = thread_get_policy(thread->thread);

    if (scheduling.policy == SCHEDULING_POLICY_SAME)
        scheduling.policy = thread->policy;
    if (scheduling.nice == SCHEDULING_NICE_SAME)
        scheduling.nice = now.nice;
    int error = scheduling_check(&scheduling);
    if (error == 0)
        error = scheduling_check_permission(thread, &now, &scheduling);
    if (error != 0)
        return error;
    const int policy = scheduling.policy & ~SCHED_RESET_ON_FORK;
    const int nice = policy == SCHED_IDLE ? NICE_MAX : scheduling.nice;
    error = policy_is_realtime(policy) ? thread_set_policy(thread->thread, (enum sched_policy)policy,
                                                           now.nice, (unsigned)scheduling.priority)
                                       : thread_set_policy(thread->thread, SCHED_NORMAL, nice, 0);
    if (error == 0)
        thread->policy = scheduling.policy;
    return error;
}

int scheduling_set(int id, const struct thread_scheduling *scheduling)
{
    if (id < 0)
        return -EINVAL;
    struct spinlock_state state = spin_lock(&process_tree);
    struct user_thread *thread = priority_find(id);
    int error = thread == NULL ? -ESRCH : scheduling_set_locked(thread, *scheduling);
    spin_unlock(&process_tree, state);
    return error;
}

int affinity_get(int id, struct cpu_set *ret_cpus)
{
    const struct cpu_set online = cpu_set_first(cpu_count_online());
    struct spinlock_state state = spin_lock(&process_tree);
    struct user_thread *thread = priority_find(id);

    if (thread != NULL)
        *ret_cpus = thread_get_affinity(thread->thread);
    spin_unlock(&process_tree, state);
    if (thread == NULL)
        return -ESRCH;
    for (unsigned i = 0; i < CPU_SET_SIZE / 64; i++)
        ret_cpus->bits[i] &= online.bits[i];
    return 0;
}

/* A thread that may not stay on this CPU leaves it when the lock is released. */
int affinity_set(int id, const struct cpu_set *cpus)
{
    struct spinlock_state state = spin_lock(&process_tree);
    struct user_thread *thread = priority_find(id);
    int error = thread == NULL                          ? -ESRCH
                : !priority_may_change(thread->process) ? -EPERM
                                                        : thread_set_affinity(thread->thread, cpus);

    spin_unlock(&process_tree, state);
    return error;
}
