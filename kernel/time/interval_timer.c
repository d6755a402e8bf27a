#include "time/interval_timer.h"

#include <stdatomic.h>

#include "abi/errno.h"
#include "lib/time_math.h"
#include "proc/process.h"

static void interval_timer_signal(struct process_timer *timer, int signal)
{
    const struct siginfo info = signal_info_kernel(signal);

    (void)signal_send_process(timer->owner->process, &info);
}

static void real_fired(struct process_timer *timer, uint64_t count)
{
    (void)count;
    interval_timer_signal(timer, SIGALRM);
}

static void virtual_fired(struct process_timer *timer, uint64_t count)
{
    (void)count;
    interval_timer_signal(timer, SIGVTALRM);
}

static void profile_fired(struct process_timer *timer, uint64_t count)
{
    (void)count;
    interval_timer_signal(timer, SIGPROF);
}

static void cpu_limit_fired(struct process_timer *timer, uint64_t count)
{
    struct process *process = timer->owner->process;
    uint64_t hard_s = atomic_load(&process->limits.of[RLIMIT_CPU].hard);

    (void)count;
    interval_timer_signal(timer, process_run_time_ns(process) >= time_make(hard_s, 0) ? SIGKILL : SIGXCPU);
}

void interval_timers_init(struct process_timers *timers)
{
    const struct clock_id monotonic = {.kind = CLOCK_KIND_MONOTONIC, .can_wait = true};
    const struct clock_id cpu = {.kind = CLOCK_KIND_PROCESS, .id = timers->process->id, .can_wait = true};
    struct clock_id user = cpu;

    user.kind = CLOCK_KIND_PROCESS_USER;
    process_timer_init(&timers->interval[ITIMER_REAL], timers, &monotonic, real_fired);
    process_timer_init(&timers->interval[ITIMER_VIRTUAL], timers, &user, virtual_fired);
    process_timer_init(&timers->interval[ITIMER_PROF], timers, &cpu, profile_fired);
    process_timer_init(&timers->cpu_limit, timers, &cpu, cpu_limit_fired);
}

int interval_timer_set(int which, const struct timer_setting *setting, struct timer_setting *ret_left)
{
    if (which < 0 || which >= PROCESS_INTERVAL_TIMERS)
        return -EINVAL;
    struct process_timers *timers = process_timers_make();
    if (timers == NULL)
        return -ENOMEM;
    mutex_lock(&timers->mutex);
    process_timer_set(&timers->interval[which], setting, ret_left);
    mutex_unlock(&timers->mutex);
    return 0;
}

int interval_timer_get(int which, struct timer_setting *ret_left)
{
    struct process_timers *timers = atomic_load(&process_current()->timers);

    if (which < 0 || which >= PROCESS_INTERVAL_TIMERS)
        return -EINVAL;
    *ret_left = (struct timer_setting){.value_ns = 0};
    if (timers == NULL)
        return 0;
    mutex_lock(&timers->mutex);
    *ret_left = process_timer_left(&timers->interval[which]);
    mutex_unlock(&timers->mutex);
    return 0;
}
