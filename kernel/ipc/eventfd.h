/* Event descriptors: eventfd(2). A counter that writes add to and reads take from. */
#ifndef LINTEL_IPC_EVENTFD_H
#define LINTEL_IPC_EVENTFD_H

#include <stdint.h>

#include "fs/file.h"

/* Set up. Context: early boot, once. */
void eventfd_setup(void);

/* eventfd2(). flags: EFD_SEMAPHORE, EFD_NONBLOCK. Errors: -ENFILE, -ENOMEM.
 *
 * Reading waits until the counter is not 0, and answers and clears it; with EFD_SEMAPHORE it answers 1 and
 * counts down by 1. Writing waits until the sum is at most UINT64_MAX - 1. Both move 8 bytes: -EINVAL for
 * fewer; with O_NONBLOCK -EAGAIN, -ERESTARTSYS. */
int eventfd_create(uint32_t initial, unsigned flags, const struct credentials *who, struct file **ret_file);

#endif
