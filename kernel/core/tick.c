#include "core/tick.h"

#include "arch/x86_64/trap.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/timer.h"

#define TICK_NS (1000000000ull / TICK_HZ)

static struct timer tick_timer;
static uint64_t
    tick_deadline_ns; /* one period after the other: a late tick does not delay those that follow */
static unsigned tick_count, tick_count_user;

static void tick_expired(struct timer *timer)
{
    const struct trap_frame *frame = timer_interrupted_frame();

    tick_count++;
    if (frame != NULL && trap_frame_is_user(frame))
        tick_count_user++;
    if (tick_count_user == TICK_HZ)
        log_debug("timer: interrupted ring 3 %d times and resumed it, now at rip 0x%lx", TICK_HZ, frame->rip);
    else if (tick_count < 10 * TICK_HZ)
        timer_start(timer, tick_deadline_ns += TICK_NS);
}

void tick_start(void)
{
    timer_init(&tick_timer, tick_expired);
    tick_deadline_ns = clock_monotonic_ns() + TICK_NS;
    timer_start(&tick_timer, tick_deadline_ns);
}
