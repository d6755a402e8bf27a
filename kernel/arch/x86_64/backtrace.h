/* Registers and call chain, for panics and fault reports. Context: any. */
#ifndef LINTEL_ARCH_BACKTRACE_H
#define LINTEL_ARCH_BACKTRACE_H

struct trap_frame;

/* Log all registers of the frame, and CR2 to CR4. */
void backtrace_log_registers(const struct trap_frame *frame);

/* Log the call chain in ring 0 with the functions' names: that of the frame, or the caller's if
 * frame is NULL or of ring 3. */
void backtrace_log(const struct trap_frame *frame);

/* Log the call chain of the program that the frame is of, as far as it keeps frame pointers. Its
 * address space must be loaded. Context: thread. */
void backtrace_log_user(const struct trap_frame *frame);

#endif
