/* Sleeps of programs: nanosleep(2), clock_nanosleep(2). */
#ifndef LINTEL_TIME_SLEEP_H
#define LINTEL_TIME_SLEEP_H

#include <stdint.h>

#include "mm/types.h"
#include "time/clock_id.h"

/* Sleep until the clock, which can be waited for, shows time_ns. Returns 0, or -ERESTARTNOHAND: a signal is
 * to be delivered. Where the TSC's frequency could not be found, it returns at once. Context: system call, no
 * lock held.  Sleeps: yes. */
int64_t sleep_until(const struct clock_id *clock, uint64_t time_ns);

/* Sleep for a time by the clock; the wall clock's being set does not matter. When a signal is to be
 * delivered, what is left is written to `remaining` (0: nowhere), and the result is -ERESTART_RESTARTBLOCK:
 * the sleep goes on where it was, or ends with -EINTR if there is a handler. Errors: -EFAULT. The same
 * context. */
int64_t sleep_for(const struct clock_id *clock, uint64_t duration_ns, user_ptr_t remaining);

#endif
