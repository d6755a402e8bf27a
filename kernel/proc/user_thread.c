/* Threads of programs: their structure, from its making to its end. */
#include "abi/errno.h"
#include "abi/resource.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/user_entry.h"
#include "core/log.h"
#include "core/tick.h"
#include "lib/string.h"
#include "mm/object_cache.h"
#include "mm/user_access.h"
#include "proc/process_internal.h"

/* A thread, and what it begins with. */
struct user_thread_start {
    struct user_thread base;
    struct trap_frame frame;
    user_ptr_t child_tid;
};

static struct object_cache user_thread_cache;

void user_thread_setup(void)
{
    object_cache_init(&user_thread_cache, "user thread", sizeof(struct user_thread_start), 16);
}

/* What a user thread does before ring 3. Its creator may have died meanwhile, and it itself be told to end:
 * that is return work. */
static void user_thread_run(void *argument)
{
    struct user_thread_start *start = argument;

    if (start->base.id == FIRST_PROCESS_ID) {
        tick_start();
        log_script_line("mark first-user tsc=%lu", cpu_timestamp());
    }
    if (start->child_tid.address != 0)
        (void)user_copy_out(start->child_tid, &start->base.id, sizeof(start->base.id)); /* as on Linux */
    _Alignas(16) struct trap_frame frame = start->frame;
    user_entry_first(&frame);
}

/* The policy of a new thread: its creator's, but for what that may not pass on. */
static struct thread_policy user_thread_inherited_policy(const struct user_thread *creator,
                                                         struct user_thread *thread)
{
    struct thread_policy policy = thread_get_policy(creator->thread);

    if ((creator->policy & SCHED_RESET_ON_FORK) == 0) {
        thread->policy = creator->policy;
        return policy;
    }
    if (policy.policy != SCHED_NORMAL || policy.nice < 0)
        policy.nice = 0;
    policy.policy = SCHED_NORMAL;
    return policy;
}

static int user_thread_prepare(struct user_thread_start *start, const struct user_thread_birth *birth)
{
    const struct user_thread *creator = birth->creator;
    struct thread_options options = {.is_detached = true,
                                     .copies_fpu = true,
                                     .space = start->base.process->space,
                                     .fs_base = birth->fs_base,
                                     .owner = &start->base};
    struct thread_policy policy;
    struct cpu_set cpus;

    if (creator != NULL) {
        policy = user_thread_inherited_policy(creator, &start->base);
        cpus = thread_get_affinity(creator->thread);
        start->base.io_priority = creator->io_priority;
        options.policy = policy.policy;
        options.nice = policy.nice;
        options.priority = policy.priority;
        options.cpus = &cpus;
    }
    return thread_prepare(birth->name, user_thread_run, start, &options, &start->base.thread);
}

int user_thread_create(struct process *process, const struct user_thread_birth *birth,
                       struct user_thread **ret_thread)
{
    struct user_thread_start *start = object_cache_alloc(&user_thread_cache);
    const struct user_thread *creator = birth->creator;

    if (start == NULL)
        return -ENOMEM;
    memset(&start->base, 0, sizeof(start->base));
    start->base.process = process;
    start->base.clear_child_tid = birth->clear_child_tid;
    start->frame = *birth->frame;
    start->child_tid = birth->child_tid;
    int error = user_thread_prepare(start, birth);
    if (error != 0) {
        object_cache_free(&user_thread_cache, start);
        return error;
    }
    signal_init_thread(&start->base.signals, creator == NULL ? NULL : &creator->signals);
    if (creator != NULL && !birth->keeps_signal_stack)
        signal_reset_stack(&start->base.signals);
    *ret_thread = &start->base;
    return 0;
}

void user_thread_discard(struct user_thread *thread)
{
    thread_discard(thread->thread);
    user_thread_free(thread);
}

void user_thread_free(struct user_thread *thread)
{
    signal_release_thread(&thread->process->signals, &thread->signals);
    object_cache_free(&user_thread_cache, thread);
}

void user_thread_start(struct user_thread *thread)
{
    thread_start(thread->thread);
}
