/* Registers and call chain, for panics and fault reports. Context: any. */
#ifndef LINTEL_ARCH_BACKTRACE_H
#define LINTEL_ARCH_BACKTRACE_H

#include <stddef.h>
#include <stdint.h>

struct trap_frame;

/* Log all registers of the frame, and CR2 to CR4. */
void backtrace_log_registers(const struct trap_frame *frame);

/* Log the call chain in ring 0 with the functions' names: that of the frame, or the caller's if
 * frame is NULL or of ring 3. */
void backtrace_log(const struct trap_frame *frame);

/* Log the call chain of the program that the frame is of, as far as it keeps frame pointers. Its
 * address space must be loaded. Context: thread. */
void backtrace_log_user(const struct trap_frame *frame);

/* Collect the call chain in ring 0 whose innermost frame pointer is given, innermost call first: the address
 * of each call, and where interrupts on this stack came from. The stack may change or go away meanwhile, or
 * have been garbage before: then the addresses are wrong, but nothing faults. Returns their number, at most
 * max. Context: any, NMI too. */
unsigned backtrace_collect(uint64_t frame_pointer, uint64_t *ret_addresses, unsigned max);

/* The same for a trap's frame, which begins with its RIP; nothing for one of ring 3. */
unsigned backtrace_collect_trap(const struct trap_frame *frame, uint64_t *ret_addresses, unsigned max);

/* The same for a thread that does not run, from what context_switch() saved. */
unsigned backtrace_collect_context(uint64_t stack_pointer, uint64_t *ret_addresses, unsigned max);

/* Write the names of the functions that hold these addresses: "inner < outer < outermost", as many as there
 * is room for. Returns the text's length, below size. */
size_t backtrace_format(const uint64_t *addresses, unsigned count, char *ret_text, size_t size);

#endif
