/* Timers as files: timerfd_create(2). Reading tells how often the timer has expired since it was read or set
 * last. */
#ifndef LINTEL_IPC_TIMERFD_H
#define LINTEL_IPC_TIMERFD_H

#include <stdint.h>

#include "fs/file.h"

/* What is left until the first expiry, or when that is; 0: disarmed. And the time between expiries; 0: there
 * is one only. */
struct timerfd_setting {
    uint64_t value_ns;
    uint64_t interval_ns;
};

/* Set up. Context: early boot, once. */
void timerfd_setup(void);

/* timerfd_create(), of CLOCK_REALTIME or another clock, which all count what clock_monotonic_ns() does.
 * flags: TFD_NONBLOCK. Errors: -ENFILE, -ENOMEM.
 *
 * Reading waits for an expiry: 8 bytes, -EINVAL for fewer; -EAGAIN with O_NONBLOCK, -ERESTARTSYS. */
int timerfd_create(uint32_t clock, unsigned flags, const struct credentials *who, struct file **ret_file);

/* timerfd_settime(), timerfd_gettime(). flags: TFD_TIMER_*. With TFD_TIMER_CANCEL_ON_SET a change of the wall
 * clock ends the wait: -ECANCELED. Errors: -EINVAL: no timer. */
int timerfd_set(struct file *file, unsigned flags, const struct timerfd_setting *setting,
                struct timerfd_setting *ret_old);
int timerfd_get(struct file *file, struct timerfd_setting *ret_setting);

#endif
