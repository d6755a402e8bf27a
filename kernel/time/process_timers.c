/* Who sets a timer holds the mutex, and cancels the core's timer without the spin lock, since its `expired`
 * takes that: timer_cancel() waits until it has returned. From then on nobody else touches the timer. */
#include "time/process_timers.h"

#include <stdatomic.h>
#include <stddef.h>

#include "abi/errno.h"
#include "arch/x86_64/percpu.h"
#include "core/clock.h"
#include "lib/time_math.h"
#include "mm/object_cache.h"
#include "proc/process.h"
#include "time/interval_timer.h"
#include "time/posix_timer.h"

/* A short interval is counted, but does not keep the CPU in the interrupt. */
#define EXPIRE_GAP_NS 100000u
/* A process that has used almost all of its time is not looked at more often than this. */
#define CPU_LOOK_GAP_NS 2000000u

static struct object_cache timers_cache;

static bool clock_is_of_cpu(enum clock_kind kind)
{
    return kind != CLOCK_KIND_WALL && kind != CLOCK_KIND_MONOTONIC;
}

static uint64_t process_timer_now(const struct process_timer *timer)
{
    struct clock_id clock = timer->clock;

    clock.kind = timer->base;
    return clock_id_read(&clock);
}

/* So much time on a CPU cannot be used before this time. */
static uint64_t process_timer_earliest(const struct process_timer *timer, uint64_t left_ns)
{
    unsigned threads = timer->clock.kind == CLOCK_KIND_THREAD ? 1 : timer->owner->process->thread_count;
    unsigned cpus = cpu_count_online();

    if (threads > 1)
        left_ns /= threads < cpus ? threads : cpus;
    return time_add(clock_monotonic_ns(), left_ns > CPU_LOOK_GAP_NS ? left_ns : CPU_LOOK_GAP_NS);
}

/* Start the core's timer for an armed one; now_ns: of its clock. Holds: owner->lock. */
static void process_timer_start(struct process_timer *timer, uint64_t now_ns, uint64_t not_before_ns)
{
    uint64_t expires_ns = timer->state.expires_ns, deadline_ns = expires_ns;

    if (timer->is_silent)
        return;
    if (timer->base == CLOCK_KIND_WALL)
        deadline_ns = wall_clock_to_monotonic(expires_ns);
    else if (clock_is_of_cpu(timer->base))
        deadline_ns = process_timer_earliest(timer, time_until(expires_ns, now_ns));
    timer_start(&timer->timer, deadline_ns > not_before_ns ? deadline_ns : not_before_ns);
}

static void process_timer_expired(struct timer *expired)
{
    struct process_timer *timer =
        (struct process_timer *)((char *)expired - offsetof(struct process_timer, timer));
    uint64_t now_ns = process_timer_now(timer);
    struct spinlock_state state = spin_lock(&timer->owner->lock);
    uint64_t count = timer_state_expire(&timer->state, now_ns);

    if (timer->state.is_armed)
        process_timer_start(timer, now_ns, count == 0 ? 0 : clock_monotonic_ns() + EXPIRE_GAP_NS);
    spin_unlock(&timer->owner->lock, state);
    if (count != 0)
        timer->fired(timer, count);
}

/* The wall clock was set. Holds: wall_clock_lock(). */
static void process_timer_clock_changed(struct wall_clock_watch *watch)
{
    struct process_timer *timer =
        (struct process_timer *)((char *)watch - offsetof(struct process_timer, watch));

    (void)timer_cancel(&timer->timer);
    struct spinlock_state state = spin_lock(&timer->owner->lock);
    if (timer->state.is_armed)
        process_timer_start(timer, clock_realtime_ns(), 0);
    spin_unlock(&timer->owner->lock, state);
}

void process_timer_init(struct process_timer *timer, struct process_timers *owner,
                        const struct clock_id *clock,
                        void (*fired)(struct process_timer *timer, uint64_t count))
{
    *timer = (struct process_timer){.owner = owner, .clock = *clock, .fired = fired, .base = clock->kind};
    timer_init(&timer->timer, process_timer_expired);
}

/* A timer that nobody lets expire has to catch up first. Holds: owner->lock. */
static struct timer_setting process_timer_left_locked(struct process_timer *timer, uint64_t now_ns)
{
    if (timer->is_silent)
        (void)timer_state_expire(&timer->state, now_ns);
    return (struct timer_setting){
        .value_ns = timer_state_left(&timer->state, now_ns),
        .interval_ns = timer->state.interval_ns,
    };
}

struct timer_setting process_timer_left(struct process_timer *timer)
{
    uint64_t now_ns = process_timer_now(timer);
    struct spinlock_state state = spin_lock(&timer->owner->lock);
    struct timer_setting left = process_timer_left_locked(timer, now_ns);

    spin_unlock(&timer->owner->lock, state);
    return left;
}

/* Holds: owner->mutex, and wall_clock_lock() if it watches. */
static struct timer_setting process_timer_disarm(struct process_timer *timer)
{
    uint64_t now_ns = process_timer_now(timer);
    struct spinlock_state state = spin_lock(&timer->owner->lock);
    struct timer_setting left = process_timer_left_locked(timer, now_ns);

    timer->state = (struct timer_state){.is_armed = false};
    spin_unlock(&timer->owner->lock, state);
    (void)timer_cancel(&timer->timer);
    if (timer->is_watching)
        wall_clock_unwatch(&timer->watch);
    timer->is_watching = false;
    return left;
}

/* Holds: owner->mutex, and wall_clock_lock() if it is a time of that clock. Nobody else knows of it. */
static void process_timer_arm(struct process_timer *timer, const struct timer_setting *setting)
{
    const bool is_span_of_wall = timer->clock.kind == CLOCK_KIND_WALL && !setting->is_absolute;

    timer->base = is_span_of_wall ? CLOCK_KIND_MONOTONIC : timer->clock.kind;
    if (timer->base == CLOCK_KIND_WALL) {
        timer->is_watching = true;
        wall_clock_watch(&timer->watch, process_timer_clock_changed);
    }
    uint64_t now_ns = process_timer_now(timer);
    struct spinlock_state state = spin_lock(&timer->owner->lock);
    timer->state = (struct timer_state){
        .is_armed = true,
        .expires_ns = setting->is_absolute ? setting->value_ns : time_add(now_ns, setting->value_ns),
        .interval_ns = setting->interval_ns,
    };
    process_timer_start(timer, now_ns, 0);
    spin_unlock(&timer->owner->lock, state);
}

void process_timer_set(struct process_timer *timer, const struct timer_setting *setting,
                       struct timer_setting *ret_left)
{
    const bool needs_clock = timer->clock.kind == CLOCK_KIND_WALL;

    if (needs_clock)
        wall_clock_lock();
    *ret_left = process_timer_disarm(timer);
    if (setting->value_ns != 0)
        process_timer_arm(timer, setting);
    if (needs_clock)
        wall_clock_unlock();
}

void process_timers_setup(void)
{
    object_cache_init(&timers_cache, "process timers", sizeof(struct process_timers), 16);
    posix_timer_setup();
}

static struct process_timers *process_timers_create(struct process *process)
{
    struct process_timers *timers = object_cache_alloc(&timers_cache);

    if (timers == NULL)
        return NULL;
    *timers = (struct process_timers){.process = process};
    ref_count_init(&timers->references, 1);
    mutex_init(&timers->mutex, LOCK_RANK_TIMERS);
    spinlock_init(&timers->lock, LOCK_RANK_ALARM);
    tree_init(&timers->posix);
    interval_timers_init(timers);
    return timers;
}

static void process_timers_unref(struct process_timers *timers)
{
    if (ref_count_drop(&timers->references))
        object_cache_free(&timers_cache, timers);
}

struct process_timers *process_timers_make(void)
{
    struct process *process = process_current();
    struct process_timers *timers = atomic_load(&process->timers), *expected = NULL;

    if (timers != NULL)
        return timers;
    timers = process_timers_create(process);
    if (timers == NULL || atomic_compare_exchange_strong(&process->timers, &expected, timers))
        return timers;
    process_timers_unref(timers); /* somebody was faster */
    return expected;
}

/* The timers of any process, with a reference: those that it has, else `new`, unless that is NULL. NULL: it
 * has none, or ends. */
static struct process_timers *process_timers_ref(struct process *process, struct process_timers *new)
{
    struct process_timers *timers = NULL;
    struct spinlock_state state = spin_lock(&process->signals.lock);

    if (!process->is_ending) {
        if (atomic_compare_exchange_strong(&process->timers, &timers, new))
            timers = new;
        if (timers != NULL)
            ref_count_take(&timers->references);
    }
    spin_unlock(&process->signals.lock, state);
    return timers;
}

/* Nobody finds them any more. */
static void process_timers_take_out(struct process *process)
{
    struct spinlock_state state = spin_lock(&process->signals.lock);
    struct process_timers *timers = atomic_exchange(&process->timers, NULL);

    spin_unlock(&process->signals.lock, state);
    process_timers_unref(timers);
}

void process_timers_reset_for_exec(struct process *process)
{
    struct process_timers *timers = atomic_load(&process->timers);

    if (timers == NULL)
        return;
    mutex_lock(&timers->mutex);
    posix_timers_delete_all(timers);
    mutex_unlock(&timers->mutex);
}

void process_timers_exit(struct process *process)
{
    const struct timer_setting disarmed = {.value_ns = 0};
    struct process_timers *timers = atomic_load(&process->timers);
    struct timer_setting left;

    if (timers == NULL)
        return;
    mutex_lock(&timers->mutex);
    posix_timers_delete_all(timers);
    for (unsigned i = 0; i < PROCESS_INTERVAL_TIMERS; i++)
        process_timer_set(&timers->interval[i], &disarmed, &left);
    process_timer_set(&timers->cpu_limit, &disarmed, &left);
    timers->is_over = true;
    mutex_unlock(&timers->mutex);
    process_timers_take_out(process);
}

/* Set the timer to the limit as it is. */
static void process_timers_set_limit(struct process_timers *timers)
{
    struct timer_setting setting = {.interval_ns = NS_PER_SECOND, .is_absolute = true}, left;

    mutex_lock(&timers->mutex);
    uint64_t seconds = atomic_load(&timers->process->limits.of[RLIMIT_CPU].soft);
    if (seconds != RLIM_INFINITY) /* a limit of 0 comes at once */
        setting.value_ns = seconds == 0 ? 1 : time_make(seconds, 0);
    if (!timers->is_over)
        process_timer_set(&timers->cpu_limit, &setting, &left);
    mutex_unlock(&timers->mutex);
}

int process_timers_limit_cpu(struct process *process)
{
    const bool is_limited = atomic_load(&process->limits.of[RLIMIT_CPU].soft) != RLIM_INFINITY;
    struct process_timers *new = NULL;

    if (atomic_load(&process->timers) == NULL && is_limited) {
        new = process_timers_create(process);
        if (new == NULL)
            return -ENOMEM;
    }
    struct process_timers *timers = process_timers_ref(process, new);
    if (timers != new &&new != NULL)
        process_timers_unref(new);
    if (timers == NULL)
        return 0;
    process_timers_set_limit(timers);
    process_timers_unref(timers);
    return 0;
}
