#include "sched/thread_list.h"

#include "sched/thread_internal.h"

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
