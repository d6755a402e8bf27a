/* What there is of processes and threads; how they begin stands in fork.c, how they end in exit.c. */
#include "proc/process.h"

#include "fs/fd_table.h"
#include "fs/file.h"
#include "lib/string.h"
#include "mm/addr_space.h"
#include "mm/frames.h"
#include "mm/object_cache.h"
#include "proc/fs_context.h"
#include "proc/group.h"
#include "proc/process_ids.h"
#include "proc/process_internal.h"
#include "proc/user_account.h"

/* As on Linux: the stacks of all threads fill an eighth of the memory at most. */
#define THREAD_STACK_PAGES 4
#define THREAD_MEMORY_SHARE 8
#define THREADS_MIN 64
#define THREADS_MAX 32768

struct spinlock process_tree = SPINLOCK_INITIALIZER(LOCK_RANK_PROCESS_TREE);
struct process *process_first;

static struct object_cache process_cache;
static unsigned threads_max;
static unsigned process_total; /* [t] */
static unsigned thread_total;  /* [t] */
static uint64_t birth_total;   /* [t] */

void process_setup(void)
{
    uint64_t pages = frames_get_stats().total;

    object_cache_init(&process_cache, "process", sizeof(struct process), 64);
    user_account_setup();
    group_setup();
    pages /= THREAD_STACK_PAGES * THREAD_MEMORY_SHARE;
    threads_max = pages < THREADS_MIN ? THREADS_MIN : pages > THREADS_MAX ? THREADS_MAX : (unsigned)pages;
}

unsigned user_thread_maximum(void)
{
    return threads_max;
}

struct process *process_create(void)
{
    struct process *process = object_cache_alloc(&process_cache);

    if (process == NULL)
        return NULL;
    memset(process, 0, offsetof(struct process, signals));
    process->vfork_parent = NULL;
    process->time = (struct process_time){0};
    ref_count_init(&process->references, 2);
    list_init(&process->children);
    list_init(&process->threads);
    wait_queue_init(&process->child_waiters);
    process->is_dumpable = true;
    return process;
}

struct process_belongings process_take_belongings(struct process *process)
{
    const struct process_belongings taken = {process->space, process->files, process->fs,
                                             process->executable};

    process->space = NULL;
    process->files = NULL;
    process->fs = NULL;
    process->executable = NULL;
    return taken;
}

void process_belongings_release(const struct process_belongings *belongings)
{
    if (belongings->space != NULL)
        addr_space_unref(belongings->space);
    if (belongings->files != NULL)
        fd_table_unref(belongings->files);
    if (belongings->fs != NULL)
        fs_context_unref(belongings->fs);
    if (belongings->executable != NULL)
        file_unref(belongings->executable);
}

static void process_free(struct process *process)
{
    if (process->account != NULL)
        user_account_unref(process->account);
    object_cache_free(&process_cache, process);
}

void process_discard(struct process *process)
{
    const struct process_belongings belongings = process_take_belongings(process);

    process_belongings_release(&belongings);
    process_free(process);
}

struct process *process_ref(struct process *process)
{
    ref_count_take(&process->references);
    return process;
}

void process_unref(struct process *process)
{
    if (!ref_count_drop(&process->references))
        return;
    signal_release_process(&process->signals);
    process_free(process);
}

struct user_account *process_account_locked(struct process *process)
{
    const uint32_t uid = process->identity.real_uid;
    struct user_account *before = process->account;

    if (before != NULL && user_account_uid(before) == uid)
        return before;
    struct user_account *account = user_account_get(uid);
    if (account == NULL)
        return before;
    process->account = account;
    if (before != NULL)
        user_account_unref(before);
    return account;
}

struct user_account *process_account_current(void)
{
    struct process *process = process_current();
    struct spinlock_state state = spin_lock(&process->signals.lock);
    struct user_account *account = process_account_locked(process);

    if (account != NULL)
        (void)user_account_ref(account);
    spin_unlock(&process->signals.lock, state);
    return account;
}

void process_set_parent(struct process *process, struct process *parent)
{
    process->parent = parent;
    process->parent_id = parent->id;
    list_push_back(&parent->children, &process->sibling);
}

void process_publish(struct process *process, struct process *parent, struct process_group *group,
                     struct process_names *names, int id)
{
    process->id = id;
    names->process = process;
    if (parent != NULL)
        process_set_parent(process, parent);
    group_enter(group, process);
    process_total++;
}

void process_withdraw(struct process *process)
{
    process->state = PROCESS_DEAD;
    list_remove(&process->sibling);
    group_leave(process);
    process_ids_lookup(process->id)->process = NULL;
    process_ids_put(process->id);
    process_total--;
}

void user_thread_publish(struct user_thread *thread, struct process_names *names, int id)
{
    thread->id = id;
    names->thread = thread;
    list_push_back(&thread->process->threads, &thread->link);
    thread->process->thread_count++;
    thread_total++;
    birth_total++;
}

void user_thread_withdraw(struct user_thread *thread)
{
    list_remove(&thread->link);
    thread->process->thread_count--;
    process_ids_lookup(thread->id)->thread = NULL;
    process_ids_put(thread->id);
    thread_total--;
}

struct process *process_find(int id)
{
    struct process_names *names = process_ids_lookup(id);

    return names == NULL ? NULL : names->process;
}

struct user_thread *user_thread_find(int id)
{
    struct process_names *names = process_ids_lookup(id);

    return names == NULL ? NULL : names->thread;
}

struct process_group *process_group_find(int id)
{
    struct process_names *names = process_ids_lookup(id);

    return names == NULL ? NULL : names->group;
}

struct process *process_next(int id)
{
    while ((id = process_ids_next(id)) != 0) {
        struct process *process = process_find(id);
        if (process != NULL)
            return process;
    }
    return NULL;
}

unsigned process_count(void)
{
    return __atomic_load_n(&process_total, __ATOMIC_RELAXED);
}

unsigned user_thread_count(void)
{
    return __atomic_load_n(&thread_total, __ATOMIC_RELAXED);
}

uint64_t process_birth_count(void)
{
    return __atomic_load_n(&birth_total, __ATOMIC_RELAXED);
}

/* Threads of a user, by his real ID. It is asked only where there are more threads in all than he may have.
 */
static unsigned user_count_threads(uint32_t uid)
{
    unsigned count = 0;

    for (struct process *process = process_next(0); process != NULL; process = process_next(process->id)) {
        struct spinlock_state state = spin_lock(&process->signals.lock);
        if (process->identity.real_uid == uid)
            count += process->state == PROCESS_ALIVE ? process->thread_count : 1;
        spin_unlock(&process->signals.lock, state);
    }
    return count;
}

bool process_may_have_thread(struct process *process)
{
    const struct identity *identity = &process->identity;
    uint64_t limit = process->limits.of[RLIMIT_NPROC].soft;

    if (thread_total >= threads_max || process_total >= threads_max)
        return false;
    return identity->real_uid == 0 || identity->effective_uid == 0 || process_total + thread_total < limit ||
           user_count_threads(identity->real_uid) < limit;
}

void process_times_add(struct process_times *sum, const struct process_times *times)
{
    sum->user_ns += times->user_ns;
    sum->system_ns += times->system_ns;
    sum->minor_faults += times->minor_faults;
    sum->voluntary_switches += times->voluntary_switches;
    if (times->maximum_resident_pages > sum->maximum_resident_pages)
        sum->maximum_resident_pages = times->maximum_resident_pages;
}
