/* Birth: all is made, and may fail, before anybody knows of it. Then, under the tree lock, the new process or
 * thread gets its ID and its place; at last it runs. A signal that comes to its creator before that moment is
 * taken first, and the call begins anew: so none that is sent to a whole group ever misses a child. */
#include "abi/errno.h"
#include "abi/syscall.h"
#include "arch/x86_64/trap.h"
#include "boot_info.h"
#include "core/clock.h"
#include "fs/fd_table.h"
#include "fs/file.h"
#include "mm/addr_space.h"
#include "mm/user_access.h"
#include "proc/fs_context.h"
#include "proc/process_ids.h"
#include "proc/process_internal.h"
#include "sched/sched.h"
#include "time/process_timers.h"

/* What a thread shares with its process, always. */
#define CLONE_THREAD_NEEDS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND)
#define CLONE_WITHOUT_EFFECT (CLONE_SYSVSEM | CLONE_DETACHED | CLONE_PTRACE | CLONE_UNTRACED | CLONE_IO)
#define CLONE_KNOWN                                                                                        \
    (CLONE_THREAD_NEEDS | CLONE_THREAD | CLONE_VFORK | CLONE_PARENT | CLONE_SETTLS | CLONE_PARENT_SETTID | \
     CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | CLONE_CLEAR_SIGHAND | CLONE_WITHOUT_EFFECT)

static int clone_check(const struct clone_arguments *arguments)
{
    const uint64_t flags = arguments->flags;
    const bool is_thread = (flags & CLONE_THREAD) != 0;

    if ((flags & ~(uint64_t)CLONE_KNOWN) != 0)
        return -EINVAL;
    if (is_thread && ((flags & CLONE_THREAD_NEEDS) != CLONE_THREAD_NEEDS || (flags & CLONE_VFORK) != 0))
        return -EINVAL;
    if (!is_thread && (flags & CLONE_SIGHAND) != 0)
        return -EINVAL;
    if ((flags & CLONE_PARENT) != 0 && process_current() == process_first)
        return -EINVAL;
    if ((flags & CLONE_SETTLS) != 0 && arguments->fs_base >= USER_END)
        return -EPERM;
    return signal_is_pending() ? -ERESTARTNOINTR : 0;
}

/* The thread that goes on where the caller is. */
static int clone_make_thread(struct process *process, const struct trap_frame *frame,
                             const struct clone_arguments *arguments, struct user_thread **ret_thread)
{
    const uint64_t flags = arguments->flags;
    struct trap_frame begin = *frame;
    const struct user_thread_birth birth = {
        .frame = &begin,
        .fs_base = (flags & CLONE_SETTLS) != 0 ? arguments->fs_base : thread_fs_base(thread_current()),
        .name = thread_name(thread_current()),
        .creator = user_thread_current(),
        .keeps_signal_stack = (flags & (CLONE_VM | CLONE_VFORK)) != CLONE_VM,
        .child_tid = (flags & CLONE_CHILD_SETTID) != 0 ? arguments->child_tid : (user_ptr_t){0},
        .clear_child_tid = (flags & CLONE_CHILD_CLEARTID) != 0 ? arguments->child_tid : (user_ptr_t){0},
    };

    begin.rax = 0;
    if (arguments->stack_pointer != 0)
        begin.rsp = arguments->stack_pointer;
    return user_thread_create(process, &birth, ret_thread);
}

/* The new one is known to all, and does not run yet. */
static void clone_tell_id(const struct clone_arguments *arguments, int id)
{
    if ((arguments->flags & CLONE_PARENT_SETTID) != 0)
        (void)user_copy_out(arguments->parent_tid, &id, sizeof(id)); /* as on Linux */
}

/* Holds: process_tree. */
static int clone_take_id(struct process *process, struct process_names **ret_names, int *ret_id)
{
    if (!process_may_have_thread(process))
        return -EAGAIN;
    *ret_names = process_ids_take(ret_id);
    return *ret_names == NULL ? -EAGAIN : 0;
}

static int thread_publish(struct process *process, struct user_thread *thread, int *ret_id)
{
    struct process_names *names;
    struct spinlock_state state = spin_lock(&process_tree);
    int error = clone_take_id(process, &names, ret_id);

    if (error == 0) {
        struct spinlock_state inner = spin_lock(&process->signals.lock);
        if (signal_is_pending()) { /* a stop, or the end, which the new one would not hear of */
            process_ids_put(*ret_id);
            error = -ERESTARTNOINTR;
        } else {
            user_thread_publish(thread, names, *ret_id);
        }
        spin_unlock(&process->signals.lock, inner);
    }
    spin_unlock(&process_tree, state);
    return error;
}

static int64_t clone_thread(const struct trap_frame *frame, const struct clone_arguments *arguments)
{
    struct process *process = process_current();
    struct user_thread *thread;
    int id, error = clone_make_thread(process, frame, arguments, &thread);

    if (error != 0)
        return error;
    error = thread_publish(process, thread, &id);
    if (error != 0) {
        user_thread_discard(thread);
        return error;
    }
    clone_tell_id(arguments, id);
    user_thread_start(thread);
    return id;
}

/* Signal actions for a child, as far as it shall not have its parent's. */
static void clone_clear_actions(struct process_signals *signals)
{
    for (unsigned i = 0; i < SIGNAL_MAX; i++) {
        if (signals->actions[i].handler != SIG_IGN)
            signals->actions[i] = (struct signal_action){.handler = SIG_DFL};
    }
}

/* What a child has by value. */
static void process_copy_values(struct process *child, struct process *parent, uint64_t flags)
{
    signal_init_process(&child->signals, &parent->signals);
    if ((flags & CLONE_CLEAR_SIGHAND) != 0)
        clone_clear_actions(&child->signals);
    struct spinlock_state state = spin_lock(&parent->signals.lock);
    child->identity = parent->identity;
    limits_copy(&child->limits, &parent->limits);
    spin_unlock(&parent->signals.lock, state);
    child->is_dumpable = parent->is_dumpable;
    child->oom_score_adjustment = parent->oom_score_adjustment;
    child->has_no_new_privileges = parent->has_no_new_privileges;
    child->barriers = parent->barriers;
    child->start_ns = clock_monotonic_ns();
}

/* What it shares, or has a copy of. */
static int process_copy_belongings(struct process *child, struct process *parent, uint64_t flags)
{
    if (parent->executable != NULL)
        child->executable = file_ref(parent->executable);
    child->files = (flags & CLONE_FILES) != 0 ? fd_table_ref(parent->files) : fd_table_copy(parent->files);
    child->fs = (flags & CLONE_FS) != 0 ? fs_context_ref(parent->fs) : fs_context_copy(parent->fs);
    if (child->files == NULL || child->fs == NULL)
        return -ENOMEM;
    if ((flags & CLONE_VM) == 0)
        return addr_space_fork(parent->space, &child->space);
    addr_space_ref(parent->space);
    child->space = parent->space;
    return 0;
}

static int child_publish(struct process *child, struct user_thread *thread,
                         const struct clone_arguments *arguments, int *ret_id)
{
    struct process *self = process_current(), *parent = self;
    struct process_names *names;
    struct spinlock_state state = spin_lock(&process_tree);
    int error = signal_is_pending() ? -ERESTARTNOINTR : clone_take_id(self, &names, ret_id);

    if (error == 0) {
        child->has_no_terminal = self->has_no_terminal;
        child->exit_signal = arguments->exit_signal;
        if ((arguments->flags & CLONE_PARENT) != 0) {
            parent = self->parent;
            child->exit_signal = self->exit_signal;
        }
        child->vfork_parent = (arguments->flags & CLONE_VFORK) != 0 ? self : NULL;
        process_publish(child, parent, self->group, names, *ret_id);
        user_thread_publish(thread, names, *ret_id);
    }
    spin_unlock(&process_tree, state);
    return error;
}

static bool is_ending(void)
{
    return user_thread_current()->must_end;
}

/* Wait until the child runs another program or has ended. Only its own end keeps the caller from that. */
static void vfork_wait(struct process *child)
{
    struct process *self = process_current();
    struct spinlock_state state = spin_lock(&process_tree);
    int error = 0;

    while (child->vfork_parent != NULL && error == 0)
        error = wait_queue_sleep_unless(&self->child_waiters, &process_tree, &state, UINT64_MAX, is_ending);
    child->vfork_parent = NULL;
    spin_unlock(&process_tree, state);
    process_unref(child);
}

static int64_t clone_process(const struct trap_frame *frame, const struct clone_arguments *arguments)
{
    struct process *child = process_create();
    struct user_thread *thread;
    int id;

    if (child == NULL)
        return -ENOMEM;
    process_copy_values(child, process_current(), arguments->flags);
    int error = process_copy_belongings(child, process_current(), arguments->flags);
    if (error == 0)
        error = clone_make_thread(child, frame, arguments, &thread);
    if (error == 0) {
        error = child_publish(child, thread, arguments, &id);
        if (error != 0)
            user_thread_discard(thread);
    }
    if (error != 0) {
        process_discard(child);
        return error;
    }

    /* Commit: nothing below fails. */
    const bool is_vfork = (arguments->flags & CLONE_VFORK) != 0;
    if (is_vfork)
        process_ref(child);
    clone_tell_id(arguments, id);
    if (atomic_load(&child->limits.of[RLIMIT_CPU].soft) != RLIM_INFINITY)
        (void)process_timers_limit_cpu(child); /* without memory it runs without */
    user_thread_start(thread);
    if (is_vfork)
        vfork_wait(child);
    return id;
}

int64_t process_clone(const struct trap_frame *frame, const struct clone_arguments *arguments)
{
    int error = clone_check(arguments);

    if (error != 0)
        return error;
    return (arguments->flags & CLONE_THREAD) != 0 ? clone_thread(frame, arguments)
                                                  : clone_process(frame, arguments);
}
