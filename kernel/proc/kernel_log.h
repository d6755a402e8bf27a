/* syslog(2): programs read the kernel's log, and say what of it the console shows. */
#ifndef LINTEL_PROC_KERNEL_LOG_H
#define LINTEL_PROC_KERNEL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mm/types.h"

/* Copy the last lines that have room in `size` bytes, oldest first. Returns how many bytes. Errors: -EFAULT.
 * Context: system call. */
int64_t kernel_log_read_all(user_ptr_t buffer, size_t size);

/* What kernel_log_read_all() has shown, it does not show again. */
void kernel_log_clear(void);

/* Copy lines that were not read so far, as many as have room in `size` bytes (of the first one as much as
 * has); wait for one if there is none. Errors: -EFAULT, -ERESTARTSYS. Context: system call.  Sleeps: yes. */
int64_t kernel_log_read_new(user_ptr_t buffer, size_t size);

/* The same to an io, for /proc/kmsg; waits only if `waits`: else -EAGAIN. */
struct io;
int64_t kernel_log_read_io(struct io *io, bool waits);

/* Where kernel_log_clear() has left off, for log_read_record(). */
uint64_t kernel_log_cleared_position(void);

/* How many bytes that would be. */
size_t kernel_log_unread(void);

#endif
