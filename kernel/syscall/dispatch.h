/* System calls: the table (syscall/table.h), and the handlers' common form. docs/linux-abi.md tells what each
 * does. */
#ifndef LINTEL_SYSCALL_DISPATCH_H
#define LINTEL_SYSCALL_DISPATCH_H

#include <stdint.h>

#include "arch/x86_64/user_entry.h"
#include "mm/types.h"

struct trap_frame;

/* Answer the system call in the frame: the result or a negative errno; -ENOSYS for numbers without a
 * handler. Called by syscall_entry.S. Context: thread, interrupts enabled. */
int64_t syscall_dispatch(struct trap_frame *frame);

/* Handlers, sys_NAME(), one a call; arguments are taken by syscall_argument(). Same context. */
#define SYSCALL(number, name, arguments) int64_t sys_##name(struct trap_frame *frame);
#include "syscall/table.h"
#undef SYSCALL

/* An argument as what it is: an int (a descriptor, a signal, ...), a pointer. */
static inline int syscall_int(const struct trap_frame *frame, unsigned index)
{
    return (int)syscall_argument(frame, index);
}

static inline user_ptr_t syscall_pointer(const struct trap_frame *frame, unsigned index)
{
    return (user_ptr_t){syscall_argument(frame, index)};
}

#endif
