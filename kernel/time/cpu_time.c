#include "time/cpu_time.h"

#include "core/clock.h"
#include "core/spinlock.h"
#include "sched/sampling.h"
#include "sched/sched.h"
#include "sched/sched_cpu.h"
#include "sched/thread.h"
#include "time/time_split.h"

/* Locks: c = lock */
static struct {
    struct spinlock lock;                  /* rank LOCK_RANK_CPU_TIME */
    struct time_split told[CPU_COUNT_MAX]; /* [c] */
    uint64_t idle_ns[CPU_COUNT_MAX];       /* [c] */
} cpu_times = {.lock = SPINLOCK_INITIALIZER(LOCK_RANK_CPU_TIME)};

struct cpu_time cpu_time_get(unsigned index)
{
    const struct sched_cpu *cpu = sched_cpu_of(index);

    if (cpu == NULL)
        return (struct cpu_time){0};
    struct spinlock_state state = spin_lock(&cpu_times.lock);
    sched_account(cpu->idle);
    const uint64_t now_ns = clock_monotonic_ns(), idle_ns = thread_run_time_ns(cpu->idle);
    const struct thread_samples samples = sampling_of_cpu(index);
    struct time_split *told = &cpu_times.told[index];
    if (idle_ns > cpu_times.idle_ns[index])
        cpu_times.idle_ns[index] = idle_ns;
    time_split(now_ns > idle_ns ? now_ns - idle_ns : 0, samples.user, samples.system, told);
    const struct cpu_time times = {told->user_ns, told->system_ns, cpu_times.idle_ns[index]};
    spin_unlock(&cpu_times.lock, state);
    return times;
}
