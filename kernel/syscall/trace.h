/* strace=NAME on the command line: the system calls of all threads of that name, or of all with `*`, one line
 * each in the log, as strace(1) shows them. Who does not ask for it does not pay for it: then the handler
 * below is not installed at all. */
#ifndef LINTEL_SYSCALL_TRACE_H
#define LINTEL_SYSCALL_TRACE_H

#include "arch/x86_64/user_entry.h"

/* The handler to install: syscall_dispatch(), or one that shows calls and calls it. Context: early boot. */
syscall_function trace_choose_handler(void);

#endif
