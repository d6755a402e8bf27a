/* Timers: a function called at a time. One ordered queue a CPU and one interrupt for the next deadline of
 * all: a CPU with nothing to wait for gets none (tickless).
 *
 * Beside the timers each CPU has one deadline of its own for the scheduler: the end of the running thread's
 * slice. It is cheap to move, for that happens at each switch: the hardware is left armed for an earlier time
 * and the early interrupt finds out.
 *
 * Times are those of clock_monotonic_ns(). Where the clock does not run, nothing ever expires; where there is
 * no timer interrupt, timer_poll() is what makes timers expire.
 *
 * Takes: the CPU's timer lock, never while `expired` is called.  Sleeps: no. */
#ifndef LINTEL_CORE_TIMER_H
#define LINTEL_CORE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86_64/percpu.h"
#include "core/timer_queue.h"

struct trap_frame;

/* Set up the timers of all CPUs and take TRAP_VECTOR_TIMER. `slice_ended` is called on a CPU when its slice's
 * end has come, in the timer's interrupt, after the expired timers. Context: early boot, once, before any
 * other call; lapic_timer_setup() is done, if it can be. */
void timer_setup(void (*slice_ended)(void));

/* Prepare *timer; `expired` is called on the CPU that started it, with interrupts disabled, in the timer's
 * interrupt. It may start the timer again. Context: any. */
void timer_init(struct timer *timer, void (*expired)(struct timer *timer));

/* Call `expired` on this CPU at deadline_ns or, if that is past, at once (by an interrupt); replaces an
 * earlier start. Only one CPU at a time may start and cancel a timer. Where another CPU has started it
 * before, this waits until `expired` has returned there: hold no spin lock then, unless the timer is known to
 * be neither queued nor called. Context: any but another timer's `expired` that may be cancelling this one.
 */
void timer_start(struct timer *timer, uint64_t deadline_ns);

/* After this `expired` is not running and will not run. Returns whether that prevented it from being called.
 * Context: any, but not inside the timer's own `expired`, nor while holding a lock that it takes. */
bool timer_cancel(struct timer *timer);

/* Whether the timer was started last on the CPU that this is called on. Context: any; as good as a hint where
 * the thread may move, unless what matters is that it was so at some moment. */
static inline bool timer_is_here(const struct timer *timer)
{
    return timer->cpu == percpu_get()->cpu_index;
}

/* Set when this CPU's slice ends; TIMER_NEVER: not by time. Context: interrupts disabled. */
void timer_set_slice_end(uint64_t deadline_ns);

/* Look for expired timers without an interrupt, where timer_has_interrupt() is false.
 * Context: interrupts disabled, no locks held. */
void timer_poll(void);
bool timer_has_interrupt(void);

/* What this CPU's timer interrupt interrupted; NULL where `expired` is called by timer_poll(), or outside of
 * it. Context: interrupts disabled. */
const struct trap_frame *timer_interrupted_frame(void);

/* Timer interrupts that a CPU has taken. Context: any. */
uint64_t timer_interrupt_count(unsigned cpu);

#endif
