/* timer_create(2): timers that a process makes, and that send it a signal with a value.
 *
 * A timer that expires while its signal still pends sends no second one: that is its overrun, which the
 * signal tells when it is taken, and timer_getoverrun() afterwards.
 *
 * Context: thread.  Takes: process_timers.mutex.  Sleeps: yes. All act for the calling thread's process. */
#ifndef LINTEL_TIME_POSIX_TIMER_H
#define LINTEL_TIME_POSIX_TIMER_H

#include "abi/time.h"
#include "time/process_timers.h"

/* Prepare the cache. Context: early boot, once. */
void posix_timer_setup(void);

/* Make a timer, disarmed; returns its ID. `event` NULL: SIGALRM, with the ID as its value. Errors: -EINVAL
 * (no such clock; no such signal, notification, or thread of the process), -EOPNOTSUPP (nobody can wait by
 * that clock), -EAGAIN (RLIMIT_SIGPENDING), -ENOMEM. */
int posix_timer_create(int clock, const struct sigevent *event);

/* Errors: -EINVAL (no such timer). */
int posix_timer_set(int id, const struct timer_setting *setting, struct timer_setting *ret_left);
int posix_timer_get(int id, struct timer_setting *ret_left);
int posix_timer_overrun(int id);
int posix_timer_delete(int id);

/* Delete all. Holds: timers->mutex. */
void posix_timers_delete_all(struct process_timers *timers);

#endif
