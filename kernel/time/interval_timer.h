/* alarm(2), setitimer(2): three timers that each process has.
 * Context: thread.  Takes: process_timers.mutex.  Sleeps: yes. */
#ifndef LINTEL_TIME_INTERVAL_TIMER_H
#define LINTEL_TIME_INTERVAL_TIMER_H

#include "time/process_timers.h"

/* Prepare those of a new process, and its limit of time on a CPU. */
void interval_timers_init(struct process_timers *timers);

/* Set one of the calling thread's process (ITIMER_*); *ret_left is what it was set to.
 * Errors: -EINVAL, -ENOMEM. */
int interval_timer_set(int which, const struct timer_setting *setting, struct timer_setting *ret_left);

/* What it is set to. Errors: -EINVAL. */
int interval_timer_get(int which, struct timer_setting *ret_left);

#endif
