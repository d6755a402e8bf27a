/* What a program did that ended it, in words. */
#ifndef LINTEL_SIGNAL_FAULT_REPORT_H
#define LINTEL_SIGNAL_FAULT_REPORT_H

#include <stdint.h>

struct addr_space;
struct signal_trap;
struct trap_frame;

/* Log that a signal ended the program: where, with registers and call chain, and for a fault, which `trap` is
 * then, what it was. Of many in a few seconds only the first are logged. Context: thread, the program's
 * address space is loaded. */
void fault_report_log(int pid, const char *name, struct addr_space *space, const struct trap_frame *frame,
                      int signal, const struct signal_trap *trap);

#endif
