#include "sched/wake_timer.h"

#include "sched/sched.h"
#include "sched/thread.h"

static void wake_timer_expired(struct timer *timer)
{
    struct wake_timer *wake = (struct wake_timer *)((char *)timer - offsetof(struct wake_timer, timer));

    atomic_store(&wake->has_expired, true);
    sched_wake(wake->thread);
}

void wake_timer_start(struct wake_timer *wake, uint64_t deadline_ns)
{
    wake->thread = thread_current();
    atomic_init(&wake->has_expired, false);
    timer_init(&wake->timer, wake_timer_expired);
    timer_start(&wake->timer, deadline_ns);
}

/* Where this CPU called the timer it has also returned from it: no thread runs in between. */
void wake_timer_stop(struct wake_timer *wake)
{
    if (!atomic_load(&wake->has_expired) || !timer_is_here(&wake->timer))
        (void)timer_cancel(&wake->timer);
}
