/* System calls: the table, and the handlers' common form. docs/linux-abi.md tells what each does. */
#ifndef LINTEL_SYSCALL_DISPATCH_H
#define LINTEL_SYSCALL_DISPATCH_H

#include <stdint.h>

#include "arch/x86_64/user_entry.h"

struct trap_frame;

/* Answer the system call in the frame: the result or a negative errno; -ENOSYS for numbers without a
 * handler. Called by syscall_entry.S. Context: thread, interrupts enabled. */
int64_t syscall_dispatch(struct trap_frame *frame);

/* Handlers, one a call; arguments are taken by syscall_argument(). Same context. */
int64_t sys_write(struct trap_frame *frame);
int64_t sys_sched_yield(struct trap_frame *frame);
int64_t sys_nanosleep(struct trap_frame *frame);
int64_t sys_getpid(struct trap_frame *frame);
int64_t sys_clone(struct trap_frame *frame);
int64_t sys_exit(struct trap_frame *frame);
int64_t sys_reboot(struct trap_frame *frame);
int64_t sys_gettid(struct trap_frame *frame);
int64_t sys_clock_gettime(struct trap_frame *frame);
int64_t sys_clock_nanosleep(struct trap_frame *frame);
int64_t sys_exit_group(struct trap_frame *frame);

#endif
