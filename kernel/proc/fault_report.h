/* What a program did that ended it, in words. */
#ifndef LINTEL_PROC_FAULT_REPORT_H
#define LINTEL_PROC_FAULT_REPORT_H

#include <stdint.h>

struct addr_space;
struct trap_frame;

/* Log what the fault was, where, with registers and call chain. Returns the number of the signal
 * that the fault is on Linux. Context: thread, the program's address space is loaded. */
int fault_report_log(int pid, const char *name, struct addr_space *space, const struct trap_frame *frame,
                     uint64_t fault_address);

#endif
