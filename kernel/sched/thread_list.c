/* Who looks at the list may be an interrupt in a kernel that hangs: then the lock is never to be had, and the
 * list is read as it stands, each pointer checked before it is followed. */
#include "sched/thread_list.h"

#include "arch/x86_64/backtrace.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/page_table.h"
#include "core/clock.h"
#include "lib/string.h"
#include "mm/kernel_map.h"
#include "sched/sched_cpu.h"

#define LOCK_WAIT_NS 1000000ull
#define LOCK_TRIES_MAX 100000 /* where the clock does not run */
#define THREADS_MAX KERNEL_STACKS_MAX
#define UNLOCKED_STEPS_MAX THREADS_MAX /* of a list that may be torn */

static struct {
    struct spinlock lock;
    struct list threads; /* struct thread.link, under lock */
    uint32_t last_id;    /* under lock */
    atomic_uint count;
} all = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_THREAD_LIST), .threads = {&all.threads, &all.threads}};

void thread_list_add(struct thread *thread)
{
    struct spinlock_state state = spin_lock(&all.lock);

    thread->id = ++all.last_id;
    list_push_back(&all.threads, &thread->link);
    atomic_store(&all.count, atomic_load(&all.count) + 1);
    spin_unlock(&all.lock, state);
}

void thread_list_remove(struct thread *thread)
{
    struct spinlock_state state = spin_lock(&all.lock);

    list_remove(&thread->link);
    atomic_store(&all.count, atomic_load(&all.count) - 1);
    spin_unlock(&all.lock, state);
}

unsigned thread_count(void)
{
    return atomic_load(&all.count);
}

static bool thread_list_try_lock(struct spinlock_state *ret_state)
{
    uint64_t start_ns = clock_monotonic_ns();

    for (unsigned tries = 0; tries < LOCK_TRIES_MAX; tries++) {
        if (spin_try_lock(&all.lock, ret_state))
            return true;
        if (clock_monotonic_ns() - start_ns >= LOCK_WAIT_NS)
            return false;
        cpu_pause();
    }
    return false;
}

static bool thread_is_readable(const struct thread *thread)
{
    const char *first = (const char *)thread, *last = first + sizeof(*thread) - 1;
    struct page_table table = page_table_current();
    struct page_mapping mapping;

    /* Threads are objects of a cache, which lie in the direct map. */
    return (vaddr_t)first % _Alignof(struct thread) == 0 &&
           page_table_lookup(&table, (vaddr_t)first, &mapping) == 0 && direct_map(mapping.address) == first &&
           page_table_lookup(&table, (vaddr_t)last, &mapping) == 0 && direct_map(mapping.address) == last;
}

/* The CPU that the thread belongs to; NULL if what the thread says makes no sense. */
static const struct sched_cpu *thread_cpu(const struct thread *thread)
{
    unsigned index = atomic_load(&thread->cpu);

    return index < CPU_COUNT_MAX ? sched_cpu_of(index) : NULL;
}

static const struct thread *cpu_current(const struct sched_cpu *cpu)
{
    return cpu != NULL ? __atomic_load_n(&cpu->current, __ATOMIC_RELAXED) : NULL;
}

/* An idle thread always says that it runs; and who has just become READY may still be on its way out. */
static enum thread_state thread_visible_state(const struct thread *thread, bool is_current)
{
    enum thread_state state = __atomic_load_n(&thread->state, __ATOMIC_RELAXED);

    if (state == THREAD_DEAD)
        return THREAD_DEAD;
    if (is_current)
        return THREAD_RUNNING;
    return state == THREAD_RUNNING ? THREAD_READY : state;
}

/* What a thread that runs will be charged for. */
static uint64_t thread_uncharged_ns(const struct thread *thread, const struct sched_cpu *cpu)
{
    if (cpu_current(cpu) != thread)
        return 0;
    int64_t ran_ns = (int64_t)(clock_monotonic_ns() - __atomic_load_n(&cpu->charged_ns, __ATOMIC_RELAXED));
    return ran_ns > 0 ? (uint64_t)ran_ns : 0;
}

static void thread_take_snapshot(const struct thread *thread, struct thread_snapshot *ret)
{
    const struct sched_cpu *cpu = thread_cpu(thread);

    *ret = (struct thread_snapshot){
        .id = thread->id,
        .state = thread_visible_state(thread, cpu_current(cpu) == thread),
        .cpu = atomic_load(&thread->cpu),
        .is_idle_thread = cpu != NULL && cpu->idle == thread,
        .policy = thread->entity.policy,
        .nice = thread->entity.nice,
        .priority = thread->entity.priority,
        .run_time_ns = atomic_load(&thread->run_time_ns) + thread_uncharged_ns(thread, cpu),
        .switch_count = atomic_load(&thread->switch_count),
    };
    memcpy(ret->name, thread->name, sizeof(ret->name) - 1);
}

static void thread_take_calls(const struct thread *thread, struct thread_snapshot *snapshot)
{
    if (snapshot->state == THREAD_READY || snapshot->state == THREAD_BLOCKED)
        snapshot->call_count =
            backtrace_collect_context(__atomic_load_n(&thread->stack_pointer, __ATOMIC_RELAXED),
                                      snapshot->calls, THREAD_SNAPSHOT_DEPTH);
}

static bool thread_is_wanted(const struct thread_walk *walk, const struct thread *thread)
{
    return thread->id > walk->last_id &&
           (!walk->is_of_blocked || __atomic_load_n(&thread->state, __ATOMIC_RELAXED) == THREAD_BLOCKED);
}

/* The first thread behind `link` that the walk is for. */
static struct thread *thread_list_find(const struct thread_walk *walk, const struct list *link)
{
    unsigned steps = 0;

    for (link = link->next; link != &all.threads; link = link->next) {
        struct thread *thread = list_entry(link, struct thread, link);
        if (walk->is_unlocked && (!thread_is_readable(thread) || ++steps > UNLOCKED_STEPS_MAX))
            return NULL;
        if (thread_is_wanted(walk, thread))
            return thread;
    }
    return NULL;
}

static void thread_walk_lock(struct thread_walk *walk, struct spinlock_state *ret_state)
{
    if (!walk->is_unlocked)
        walk->is_unlocked = !thread_list_try_lock(ret_state);
}

static void thread_walk_unlock(const struct thread_walk *walk, struct spinlock_state state)
{
    if (!walk->is_unlocked)
        spin_unlock(&all.lock, state);
}

bool thread_list_next(struct thread_walk *walk, struct thread_snapshot *ret_snapshot)
{
    struct spinlock_state state = {false};

    thread_walk_lock(walk, &state);
    const struct thread *thread = thread_list_find(walk, &all.threads);
    if (thread != NULL) {
        thread_take_snapshot(thread, ret_snapshot);
        thread_take_calls(thread, ret_snapshot);
        walk->last_id = ret_snapshot->id;
    }
    thread_walk_unlock(walk, state);
    return thread != NULL;
}

unsigned thread_list_count_rest(struct thread_walk *walk)
{
    struct spinlock_state state = {false};
    unsigned count = 0;

    thread_walk_lock(walk, &state);
    for (const struct thread *thread = thread_list_find(walk, &all.threads);
         thread != NULL && count < THREADS_MAX; thread = thread_list_find(walk, &thread->link))
        count++;
    thread_walk_unlock(walk, state);
    return count;
}

bool thread_list_running_on(unsigned cpu, struct thread_snapshot *ret_snapshot)
{
    struct spinlock_state state;
    bool is_locked = thread_list_try_lock(&state); /* whoever runs is in the list, and stays there */
    const struct thread *thread = cpu_current(sched_cpu_of(cpu));
    bool is_known = thread != NULL && (is_locked || thread_is_readable(thread));

    if (is_known)
        thread_take_snapshot(thread, ret_snapshot);
    if (is_locked)
        spin_unlock(&all.lock, state);
    return is_known;
}
