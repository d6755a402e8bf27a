#include "time/process_time.h"

#include <stddef.h>

#include "mm/addr_space.h"
#include "proc/process.h"
#include "sched/thread.h"

static void time_usage_add(struct time_usage *usage, const struct thread *thread)
{
    const struct thread_samples samples = thread_samples(thread);

    usage->run_ns += thread_run_time_ns(thread);
    usage->user_samples += samples.user;
    usage->system_samples += samples.system;
    usage->switches += thread_switch_count(thread);
    usage->faults += thread_fault_count(thread);
}

static struct process_times process_times_make(const struct time_usage *usage, struct time_split *told)
{
    time_split(usage->run_ns, usage->user_samples, usage->system_samples, told);
    return (struct process_times){
        .user_ns = told->user_ns,
        .system_ns = told->system_ns,
        .minor_faults = usage->faults,
        .voluntary_switches = usage->switches,
    };
}

/* Holds: process->signals.lock. */
static struct time_usage process_usage(const struct process *process)
{
    struct time_usage usage = process->time.ended;

    for (const struct list *link = process->threads.next; link != &process->threads; link = link->next)
        time_usage_add(&usage, list_entry(link, struct user_thread, link)->thread);
    return usage;
}

static uint64_t resident_maximum(const struct process *process)
{
    const struct user_thread *self = user_thread_current();

    if (self == NULL || self->process != process || process->space == NULL)
        return 0;
    return __atomic_load_n(&process->space->resident_maximum, __ATOMIC_RELAXED);
}

struct process_times process_times_now(struct process *process)
{
    struct spinlock_state state = spin_lock(&process->signals.lock);
    const struct time_usage usage = process_usage(process);
    struct process_times times = process_times_make(&usage, &process->time.told);

    spin_unlock(&process->signals.lock, state);
    times.maximum_resident_pages = resident_maximum(process);
    return times;
}

struct process_times process_times_of(const struct thread *thread)
{
    struct time_usage usage = {0};
    struct time_split told = {0, 0};

    time_usage_add(&usage, thread);
    return process_times_make(&usage, &told);
}

struct process_times process_times_of_thread(void)
{
    struct process_times times = process_times_of(thread_current());

    times.maximum_resident_pages = resident_maximum(process_current());
    return times;
}

uint64_t process_run_time_ns(struct process *process)
{
    struct spinlock_state state = spin_lock(&process->signals.lock);
    uint64_t run_ns = process_usage(process).run_ns;

    spin_unlock(&process->signals.lock, state);
    return run_ns;
}

uint64_t process_user_time_ns(struct process *process)
{
    struct spinlock_state state = spin_lock(&process->signals.lock);
    const struct time_usage usage = process_usage(process);
    uint64_t user_ns = process_times_make(&usage, &process->time.told).user_ns;

    spin_unlock(&process->signals.lock, state);
    return user_ns;
}

void process_time_leave(struct user_thread *self)
{
    time_usage_add(&self->process->time.ended, self->thread);
}
