#include "time/wall_clock.h"

#include "abi/errno.h"
#include "core/clock.h"
#include "core/spinlock.h"
#include "exec/vdso.h"
#include "sched/mutex.h"
#include "sched/wait_queue.h"
#include "signal/signal.h"

static struct mutex wall_mutex = MUTEX_INITIALIZER(wall_mutex, LOCK_RANK_WALL_CLOCK);
static struct list wall_watches = {&wall_watches, &wall_watches};

/* Those who sleep; rank LOCK_RANK_WAIT_QUEUE. The clock is set with it held. */
static struct spinlock sleeper_lock = SPINLOCK_INITIALIZER(LOCK_RANK_WAIT_QUEUE);
static struct wait_queue sleepers = WAIT_QUEUE_INITIALIZER(sleepers);

void wall_clock_lock(void)
{
    mutex_lock(&wall_mutex);
}

void wall_clock_unlock(void)
{
    mutex_unlock(&wall_mutex);
}

void wall_clock_watch(struct wall_clock_watch *watch, void (*changed)(struct wall_clock_watch *watch))
{
    watch->changed = changed;
    list_push_back(&wall_watches, &watch->link);
}

void wall_clock_unwatch(struct wall_clock_watch *watch)
{
    list_remove(&watch->link);
}

uint64_t wall_clock_to_monotonic(uint64_t wall_ns)
{
    uint64_t offset_ns = clock_wall_offset_ns();

    return wall_ns > offset_ns ? wall_ns - offset_ns : 0;
}

int wall_clock_set(uint64_t realtime_ns)
{
    uint64_t now_ns = clock_monotonic_ns();

    if (realtime_ns < now_ns)
        return -EINVAL;
    wall_clock_lock();
    struct spinlock_state state = spin_lock(&sleeper_lock);
    clock_set_wall_offset(realtime_ns - now_ns);
    vdso_update();
    (void)wait_queue_wake_all(&sleepers);
    spin_unlock(&sleeper_lock, state);
    for (struct list *link = list_first(&wall_watches); link != &wall_watches; link = link->next) {
        struct wall_clock_watch *watch = list_entry(link, struct wall_clock_watch, link);
        watch->changed(watch);
    }
    wall_clock_unlock();
    return 0;
}

int wall_clock_sleep_until(uint64_t realtime_ns)
{
    struct spinlock_state state = spin_lock(&sleeper_lock);
    int result = 0;

    while (result != -EINTR && clock_realtime_ns() < realtime_ns)
        result = wait_queue_sleep_unless(&sleepers, &sleeper_lock, &state,
                                         wall_clock_to_monotonic(realtime_ns), signal_is_pending);
    spin_unlock(&sleeper_lock, state);
    return result == -EINTR ? -EINTR : 0;
}
