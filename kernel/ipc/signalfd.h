/* Signals as bytes to be read: signalfd(2). Whoever reads gets the signals that pend for him, be it the
 * process that made the file or another one. */
#ifndef LINTEL_IPC_SIGNALFD_H
#define LINTEL_IPC_SIGNALFD_H

#include "fs/file.h"
#include "signal/signal.h"

/* Set up. Context: early boot, once. */
void signalfd_setup(void);

/* signalfd4() with fd -1. flags: SFD_NONBLOCK. Errors: -ENFILE, -ENOMEM.
 *
 * Reading waits for a signal of the set; as many as pend, and fit, are taken: struct signalfd_siginfo, of 128
 * bytes each; -EINVAL for fewer bytes; -EAGAIN with O_NONBLOCK, -ERESTARTSYS. */
int signalfd_create(signal_set wanted, unsigned flags, const struct credentials *who, struct file **ret_file);

/* signalfd4() with fd. Errors: -EINVAL: not made by signalfd_create(). */
int signalfd_set_wanted(struct file *file, signal_set wanted);

#endif
