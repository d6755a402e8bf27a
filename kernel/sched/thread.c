#include "sched/thread.h"

#include "abi/errno.h"
#include "arch/x86_64/cpu.h"
#include "core/clock.h"
#include "core/panic.h"
#include "core/preempt.h"
#include "lib/string.h"
#include "mm/kernel_map.h"
#include "mm/object_cache.h"
#include "sched/inheritance.h"
#include "sched/placement.h"
#include "sched/sched.h"
#include "sched/sched_cpu.h"
#include "sched/thread_internal.h"
#include "sched/thread_list.h"
#include "sched/wake_timer.h"

static struct object_cache thread_cache;
static struct object_cache fpu_cache;

#ifdef LINTEL_DEBUG_LOCKS
static struct lock_rank_list *thread_locks_held(void)
{
    struct thread *current = thread_current();

    return current != NULL ? &current->locks_held : NULL;
}
#endif

void thread_setup(void)
{
    lock_rank_set_thread_list(thread_locks_held);
    object_cache_init(&thread_cache, "thread", sizeof(struct thread), 64);
    object_cache_init(&fpu_cache, "fpu", fpu_state_size(), FPU_STATE_ALIGNMENT);
}

void thread_trim(void)
{
    kernel_stacks_trim();
    object_cache_trim(&thread_cache);
    object_cache_trim(&fpu_cache);
}

static void thread_copy_name(struct thread *thread, const char *name)
{
    size_t length = strnlen(name, THREAD_NAME_SIZE - 1);

    memcpy(thread->name, name, length);
    thread->name[length] = '\0';
}

static bool thread_policy_is_valid(enum sched_policy policy, int nice, unsigned priority)
{
    if (policy == SCHED_NORMAL)
        return nice >= NICE_MIN && nice <= NICE_MAX;
    return (policy == SCHED_FIFO || policy == SCHED_RR) && priority >= REALTIME_PRIORITY_MIN &&
           priority <= REALTIME_PRIORITY_MAX;
}

/* Whether there is a CPU in the set that runs threads. */
static bool thread_affinity_is_valid(const struct cpu_set *cpus)
{
    for (unsigned cpu = 0; cpu < cpu_count_online(); cpu++) {
        if (cpu_set_has(cpus, cpu) && sched_cpu_of(cpu) != NULL)
            return true;
    }
    return false;
}

static bool thread_options_are_valid(const struct thread_options *options)
{
    return thread_policy_is_valid(options->policy, options->nice, options->priority) &&
           (options->cpus == NULL || thread_affinity_is_valid(options->cpus));
}

static struct thread *thread_alloc(const char *name)
{
    struct thread *thread = object_cache_alloc(&thread_cache);

    if (thread == NULL)
        return NULL;
    memset(thread, 0, sizeof(*thread));
    thread_copy_name(thread, name);
    spinlock_init(&thread->lock, LOCK_RANK_THREAD);
    wait_queue_init(&thread->joiners);
    tree_init(&thread->heirs);
    return thread;
}

static void thread_free(struct thread *thread)
{
    thread_list_remove(thread);
    object_cache_free(&thread_cache, thread);
}

struct thread *thread_create_idle(unsigned cpu)
{
    static const struct cpu_set none = {{0}};
    struct thread *thread = thread_alloc("idle");

    if (thread == NULL)
        return NULL;
    thread->state = THREAD_RUNNING;
    thread->rank = PLACEMENT_RANK_IDLE;
    thread->affinity = none;
    cpu_set_add(&thread->affinity, cpu);
    atomic_store(&thread->cpu, cpu);
    thread_list_add(thread);
    return thread;
}

/* A copy of the caller's registers, if that is wanted, else those of a new program. */
static void thread_init_fpu(struct thread *thread, const struct thread_options *options)
{
    struct thread *current = thread_current();

    if (!options->copies_fpu || current->fpu == NULL) {
        fpu_state_init(thread->fpu);
        return;
    }
    bool were_enabled = cpu_interrupts_save();
    fpu_save(current->fpu);
    memcpy(thread->fpu, current->fpu, fpu_state_size());
    cpu_interrupts_restore(were_enabled);
}

/* What a thread has beside its structure. */
static int thread_alloc_context(struct thread *thread, const struct thread_options *options)
{
    thread->stack_top = kernel_stack_create();
    if (thread->stack_top == 0)
        return -ENOMEM;
    if (options->has_fpu || options->space != NULL) {
        thread->fpu = object_cache_alloc(&fpu_cache);
        if (thread->fpu == NULL) {
            kernel_stack_destroy(thread->stack_top);
            return -ENOMEM;
        }
        thread_init_fpu(thread, options);
        thread->has_context = true;
    }
    return 0;
}

/* Never used twice: a CPU knows by it whether the base that it has loaded is the thread's still. */
static uint64_t thread_new_context_id(void)
{
    static _Atomic(uint64_t) last;

    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

static void thread_init(struct thread *thread, const struct thread_options *options)
{
    run_entity_init(&thread->entity, options->policy, options->nice, options->priority);
    thread->policy = (struct thread_policy){options->policy, options->nice, options->priority};
    thread->rank = placement_rank_of(options->policy, options->priority);
    thread->head.priority = thread->entity.priority;
    thread->affinity = options->cpus != NULL ? *options->cpus : cpu_set_all();
    thread->space = options->space;
    thread->fs_base = options->fs_base;
    thread->context_id = thread_new_context_id();
    thread->head.owner = options->owner;
    ref_count_init(&thread->references, options->is_detached ? 1 : 2);
}

int thread_prepare(const char *name, void (*function)(void *argument), void *argument,
                   const struct thread_options *options, struct thread **ret_thread)
{
    if (!thread_options_are_valid(options))
        return -EINVAL;
    struct thread *thread = thread_alloc(name);
    if (thread == NULL)
        return -ENOMEM;
    int error = thread_alloc_context(thread, options);
    if (error != 0) {
        object_cache_free(&thread_cache, thread);
        return error;
    }

    /* Commit: nothing below fails. */
    thread_init(thread, options);
    thread->function = function;
    thread->argument = argument;
    thread->state = THREAD_MOVING;
    sched_prepare(thread);
    thread_list_add(thread);
    *ret_thread = thread;
    return 0;
}

void thread_start(struct thread *thread)
{
    sched_start(thread);
}

void thread_discard(struct thread *thread)
{
    kernel_stack_destroy(thread->stack_top);
    if (thread->fpu != NULL)
        object_cache_free(&fpu_cache, thread->fpu);
    thread_free(thread);
}

int thread_create(const char *name, void (*function)(void *argument), void *argument,
                  const struct thread_options *options, struct thread **ret_thread)
{
    static const struct thread_options defaults = {0};
    struct thread *thread;
    int error = thread_prepare(name, function, argument, options == NULL ? &defaults : options, &thread);

    if (error != 0)
        return error;
    if (ret_thread != NULL)
        *ret_thread = thread;
    thread_start(thread); /* last: a detached one may be gone on return */
    return 0;
}

_Noreturn void thread_run(struct thread *thread)
{
    cpu_interrupts_enable();
    preempt_point(); /* whoever was woken by the end of the thread before this one */
    thread->function(thread->argument);
    thread_exit(0);
}

_Noreturn void thread_exit(int value)
{
    lock_rank_check_may_sleep();
    cpu_interrupts_disable();
    thread_current()->value = value;
    sched_exit();
}

void thread_reap(struct thread *thread)
{
    kernel_stack_destroy(thread->stack_top);
    if (thread->fpu != NULL)
        object_cache_free(&fpu_cache, thread->fpu);

    struct spinlock_state state = spin_lock(&thread->lock);
    bool is_last = ref_count_drop(&thread->references);
    thread->has_ended = true;
    (void)wait_queue_wake_all(&thread->joiners);
    spin_unlock(&thread->lock, state);
    if (is_last)
        thread_free(thread); /* else a joiner may have done that already */
}

int thread_join(struct thread *thread)
{
    struct spinlock_state state = spin_lock(&thread->lock);

    if (thread == thread_current())
        panic("thread: %s waits for its own end", thread->name);
    while (!thread->has_ended)
        wait_queue_sleep(&thread->joiners, &thread->lock, &state);
    int value = thread->value;
    bool is_last = ref_count_drop(&thread->references);
    spin_unlock(&thread->lock, state);
    if (!is_last)
        panic("thread: %s was joined, and somebody holds it still", thread->name);
    thread_free(thread);
    return value;
}

void thread_detach(struct thread *thread)
{
    struct spinlock_state state = spin_lock(&thread->lock);
    bool is_last = ref_count_drop(&thread->references);

    spin_unlock(&thread->lock, state);
    if (is_last)
        thread_free(thread);
}

void thread_sleep_until(uint64_t deadline_ns)
{
    struct wake_timer wake;

    if (clock_tsc_hz() == 0 || clock_monotonic_ns() >= deadline_ns)
        return;
    wake_timer_start(&wake, deadline_ns);
    while (!wake_timer_is_over(&wake, deadline_ns))
        sched_block();
    wake_timer_stop(&wake);
}

int thread_sleep_unless(uint64_t deadline_ns, bool (*is_interrupted)(void))
{
    struct wake_timer wake;
    bool is_over;

    wake_timer_start(&wake, deadline_ns);
    while (!(is_over = wake_timer_is_over(&wake, deadline_ns)) && !is_interrupted())
        sched_block();
    wake_timer_stop(&wake);
    return is_over ? 0 : -EINTR;
}

void thread_sleep_ns(uint64_t duration_ns)
{
    uint64_t now_ns = clock_monotonic_ns();

    thread_sleep_until(duration_ns > UINT64_MAX - now_ns ? UINT64_MAX : now_ns + duration_ns);
}

int thread_set_policy(struct thread *thread, enum sched_policy policy, int nice, unsigned priority)
{
    if (!thread_policy_is_valid(policy, nice, priority))
        return -EINVAL;
    sched_set_policy(thread, &(struct thread_policy){policy, nice, priority});
    inheritance_settle(thread);
    return 0;
}

int thread_set_affinity(struct thread *thread, const struct cpu_set *cpus)
{
    if (!thread_affinity_is_valid(cpus))
        return -EINVAL;
    sched_set_affinity(thread, cpus);
    return 0;
}

struct thread_policy thread_get_policy(struct thread *thread)
{
    return sched_get_policy(thread);
}

struct cpu_set thread_get_affinity(struct thread *thread)
{
    return sched_get_affinity(thread);
}

uint32_t thread_id(const struct thread *thread)
{
    return thread->id;
}

const char *thread_name(const struct thread *thread)
{
    return thread->name;
}

uint64_t thread_fs_base(const struct thread *thread)
{
    return thread->fs_base;
}

void thread_set_fs_base(uint64_t base)
{
    sched_set_fs_base(base, thread_new_context_id());
}

struct fpu_state *thread_sync_fpu(void)
{
    struct thread *current = thread_current();
    bool were_enabled = cpu_interrupts_save();

    fpu_save(current->fpu); /* XSAVEOPT knows what is there already */
    cpu_interrupts_restore(were_enabled);
    return current->fpu;
}

void thread_reset_fpu(void)
{
    struct thread *current = thread_current();
    bool were_enabled = cpu_interrupts_save();

    fpu_state_init(current->fpu);
    fpu_restore(current->fpu);
    cpu_interrupts_restore(were_enabled);
}

void thread_leave_space(void)
{
    thread_current()->space = NULL;
}

void thread_set_name(const char *name)
{
    thread_copy_name(thread_current(), name);
}

void thread_rename(struct thread *thread, const char *name)
{
    thread_copy_name(thread, name);
}

struct addr_space *thread_space(const struct thread *thread)
{
    return thread->space;
}

uint64_t thread_run_time_ns(const struct thread *thread)
{
    sched_account(thread); /* a CPU that has one thread only need not charge it for long */
    return atomic_load(&thread->run_time_ns);
}

uint64_t thread_switch_count(const struct thread *thread)
{
    return atomic_load(&thread->switch_count);
}

struct thread_samples thread_samples(const struct thread *thread)
{
    return (struct thread_samples){atomic_load_explicit(&thread->user_samples, memory_order_relaxed),
                                   atomic_load_explicit(&thread->system_samples, memory_order_relaxed)};
}

bool thread_is_blocked(const struct thread *thread)
{
    return __atomic_load_n(&thread->state, __ATOMIC_RELAXED) == THREAD_BLOCKED;
}

unsigned thread_last_cpu(const struct thread *thread)
{
    return atomic_load_explicit(&thread->cpu, memory_order_relaxed);
}

uint64_t thread_fault_count(const struct thread *thread)
{
    return atomic_load_explicit(&thread->fault_count, memory_order_relaxed);
}

void thread_count_fault(void)
{
    struct thread *current = thread_current();

    atomic_store_explicit(&current->fault_count, thread_fault_count(current) + 1, memory_order_relaxed);
}
