/* Times as programs give them: struct timespec and struct timeval, and what they mean as a timeout.
 *
 * A timeout becomes a deadline of clock_monotonic_ns(): 0 does not wait at all, UINT64_MAX for ever.
 * Context: system call. */
#ifndef LINTEL_SYSCALL_USER_TIME_H
#define LINTEL_SYSCALL_USER_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "mm/types.h"

#define USER_TIME_NEVER UINT64_MAX

/* The deadline of a relative timeout at `source`; a null pointer: USER_TIME_NEVER.
 * Errors: -EFAULT; -EINVAL: negative, or nanoseconds out of range. */
int user_timespec_to_deadline(user_ptr_t source, uint64_t *ret_deadline_ns);

/* The same for a struct timeval, whose microseconds may be more than a second, as select() takes them. */
int user_timeval_to_deadline(user_ptr_t source, uint64_t *ret_deadline_ns);

/* The deadline of a timeout in milliseconds; negative: USER_TIME_NEVER. */
uint64_t user_milliseconds_to_deadline(int timeout_ms);

bool user_deadline_is_past(uint64_t deadline_ns);

/* Write what is left until the deadline, not below 0. Errors: -EFAULT. */
int user_timespec_write_left(user_ptr_t destination, uint64_t deadline_ns);
int user_timeval_write_left(user_ptr_t destination, uint64_t deadline_ns);

#endif
