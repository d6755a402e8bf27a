/* adjtimex(2): what is told of the wall clock's quality, and steps of it. */
#ifndef LINTEL_TIME_CLOCK_ADJUST_H
#define LINTEL_TIME_CLOCK_ADJUST_H

#include <stdbool.h>

#include "abi/timex.h"

/* Do what timex->modes says, and tell in *timex how the clock is. Returns TIME_OK or TIME_ERROR. Errors:
 * -EPERM (a change, and not is_permitted), -EINVAL (also: another rate than it has, which cannot be).
 * Context: thread.  Takes: wall_clock_lock().  Sleeps: yes. */
int clock_adjust(struct timex *timex, bool is_permitted);

#endif
